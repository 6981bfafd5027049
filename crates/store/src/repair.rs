//! `verify --repair`: mends what verify found, with what is there (store-format.md, section 14).
//!
//! Whole contents come from any published directory, from the object of the other exec class, or from an archive that the caller
//! gives; they are hashed while they are copied. Everything is judged again under the lock it is changed under, and what a repair
//! says in the end is what another verify found.

mod archives;
mod bring;
mod directories;
mod objects;
mod records;
mod republish;
mod share;
mod strays;
mod trees;

use std::collections::BTreeSet;
use std::path::PathBuf;

use linkstead_fs::sync::{Filesystem, SyncBatch, SyncMethod, Synced};
use serde::Serialize;

use crate::error::Result;
use crate::locks::Locks;
use crate::observe::{Event, Observer, Phase};
use crate::options::{RepairOptions, VerifyDepth, VerifyOptions};
use crate::staging::Staging;
use crate::store::Store;
use crate::verify::{Finding, Hurt, HurtCheckout, Remedy, Verified, VerifyReport};

use archives::Archives;

pub(crate) use trees::tree_of;

/// What a repair did and what it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepairReport {
    /// What was found before and is found no more.
    pub healed: Vec<Finding>,
    /// Files that share the inode of their object again.
    pub shared_files: u64,
    /// Their bytes.
    pub shared_bytes: u64,
    /// What was put into `quarantine/`, where it lies now.
    pub quarantined: Vec<PathBuf>,
    /// The bundles that must be installed again, `name@version`: what they need is nowhere in the store.
    pub reinstall: Vec<String>,
    /// The checkouts that must be made again: a repair changes nothing outside the store.
    pub check_out: Vec<HurtCheckout>,
    /// What another verify found afterwards.
    pub remaining: VerifyReport,
}

/// Passes over the store: a tree that comes back shows what else its bundle lacks, and more than that is not to be expected.
const PASSES: usize = 3;

impl Store {
    /// Verifies, mends what can be mended, and verifies again.
    ///
    /// # Errors
    /// The store may not be written, an archive is refused or cannot be read, a lock could not be had in time, the operation was
    /// cancelled, or the file system failed. Damage that stays is no error: it is in the report.
    pub fn repair(&self, options: &RepairOptions, observer: &dyn Observer) -> Result<RepairReport> {
        self.require_writable()?;
        let mut archives = Archives::plan(&options.archives)?;
        let look = VerifyOptions {
            control: options.control.clone(),
            depth: VerifyDepth::Full,
        };
        let first = self.verified(&look, observer)?;
        let (found, apart) = (all(&first.report), twins(&first.report));
        let mut quarantined = Vec::new();
        let mut now = first;
        for _ in 0..PASSES {
            if !has_something_to_do(&now.report) {
                break;
            }
            let before = now.report.clone();
            self.mend(now, &mut archives, options, observer, &mut quarantined)?;
            now = self.verified(&look, observer)?;
            if now.report == before {
                break;
            }
        }
        let left = twins(&now.report);
        Ok(RepairReport {
            healed: self.healed(found, &now.report, &look, observer)?,
            shared_files: apart.0.saturating_sub(left.0),
            shared_bytes: apart.1.saturating_sub(left.1),
            quarantined,
            reinstall: to_install(&now.report),
            check_out: to_check_out(&now.report),
            remaining: now.report,
        })
    }

    /// What was found and is found no more. A verify passes over what nothing has a record of while somebody is at work, and what
    /// somebody holds: so what was left over counts only if it is gone, or is known by now.
    fn healed(
        &self,
        found: Vec<Finding>,
        after: &VerifyReport,
        look: &VerifyOptions,
        observer: &dyn Observer,
    ) -> Result<Vec<Finding>> {
        let left: BTreeSet<PathBuf> = all(after).into_iter().map(|finding| finding.path).collect();
        let mut healed = found;
        healed.retain(|finding| !left.contains(&finding.path));
        if healed.iter().any(|finding| finding.defect.is_leftover()) {
            let strangers = self.strangers(look, observer)?;
            healed.retain(|finding| {
                !finding.defect.is_leftover() || !strangers.contains(&finding.path)
            });
        }
        Ok(healed)
    }

    /// One pass. Its mark lies in staging from before the first change until all of them are durable.
    fn mend(
        &self,
        found: Verified,
        archives: &mut Archives,
        options: &RepairOptions,
        observer: &dyn Observer,
        quarantined: &mut Vec<PathBuf>,
    ) -> Result<()> {
        observer.event(&Event::Phase {
            phase: Phase::Repair,
        });
        let mut repair = Repair {
            store: self,
            observer,
            locks: self.locks(&options.control, observer),
            filesystem: self.open_filesystem()?,
            staging: Staging::create(self.root())?,
            archives,
            quarantined,
        };
        repair.manifest(&found.report)?;
        repair.strays(&found.report)?;
        repair.trees(&found.touched)?;
        let objects = repair.objects(&found.report, found.hashed.sound)?;
        repair.directories(found.touched, &objects)?;
        repair.records(&found.report)?;
        repair.staging.clear()?;
        self.empty_trash(observer)
    }
}

/// One pass of a repair.
struct Repair<'a> {
    store: &'a Store,
    observer: &'a dyn Observer,
    locks: Locks<'a>,
    filesystem: Filesystem,
    staging: Staging,
    archives: &'a mut Archives,
    quarantined: &'a mut Vec<PathBuf>,
}

/// Up to so many files and directories are synced one by one; see the sync of an install.
const FEW: usize = 64;

impl Repair<'_> {
    /// Makes files and names durable. Where that fails, the mark stays behind, so that whoever relies on them syncs first.
    #[track_caller]
    fn sync(&self, files: Vec<PathBuf>, directories: BTreeSet<PathBuf>) -> Result<Synced> {
        let method = match files.len() + directories.len() <= FEW {
            true => SyncMethod::EachFile,
            false => SyncMethod::WholeFilesystem,
        };
        let mut batch = SyncBatch::new();
        for file in files {
            batch.add_file(file);
        }
        for directory in directories {
            batch.add_directory(directory);
        }
        let synced = batch.sync(method, &self.filesystem);
        Ok(synced.inspect_err(|_| self.staging.leave_trace())?)
    }
}

fn has_something_to_do(report: &VerifyReport) -> bool {
    !report.findings.is_empty() || !report.leftovers.is_empty() || !report.unshared.is_empty()
}

fn all(report: &VerifyReport) -> Vec<Finding> {
    let all = report.findings.iter().chain(&report.leftovers);
    all.cloned().collect()
}

/// Files and bytes that could share an inode and do not.
fn twins(report: &VerifyReport) -> (u64, u64) {
    let unshared = report.unshared.iter();
    unshared.fold((0, 0), |(files, bytes), of| {
        (files + of.files, bytes + of.bytes)
    })
}

/// The bundles that only their archives can mend, and those of the checkouts that rest on what only an archive brings.
fn to_install(report: &VerifyReport) -> Vec<String> {
    let bundles: BTreeSet<String> = hurt(report)
        .filter_map(|(remedy, hurt)| match (remedy, hurt) {
            (Remedy::Archive | Remedy::Reinstall | Remedy::Repair, Hurt::Bundle { bundle }) => {
                Some(bundle.clone())
            }
            (Remedy::Archive | Remedy::Reinstall, Hurt::Checkout(checkout)) => {
                Some(checkout.of.clone())
            }
            _ => None,
        })
        .collect();
    bundles.into_iter().collect()
}

/// The checkouts with damage of their own.
fn to_check_out(report: &VerifyReport) -> Vec<HurtCheckout> {
    let checkouts: BTreeSet<HurtCheckout> = hurt(report)
        .filter_map(|(remedy, hurt)| match (remedy, hurt) {
            (Remedy::CheckOut, Hurt::Checkout(checkout)) => Some(checkout.clone()),
            _ => None,
        })
        .collect();
    checkouts.into_iter().collect()
}

/// Everybody who is hurt, and what can be done about it.
fn hurt(report: &VerifyReport) -> impl Iterator<Item = (Remedy, &Hurt)> {
    let findings = report.findings.iter();
    findings.flat_map(|finding| {
        finding
            .harms
            .iter()
            .map(|harm| (finding.remedy, &harm.hurt))
    })
}
