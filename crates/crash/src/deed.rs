//! One step of an operation, and doing it with the engine.

use std::path::{Path, PathBuf};

use linkstead_store::format::TreePath;
use linkstead_store::{
    Activation, ExtraFiles, Finding, GcOptions, HostFile, InstallOptions, LinkMode, OpenMode,
    OpenOptions, RemoveOptions, RepairOptions, Silent, Store, SyncPolicy, VerifyOptions,
};
use serde::{Deserialize, Serialize};

use crate::between;
use crate::checking_out;
use crate::mishap::Mishap;
use crate::naming;
use crate::sample::{HOST_FILE, Sample};

/// What a driver does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Opens the store for writing; makes it where there is none, recovers what a crash left.
    Open,
    /// Installs a bundle.
    Install(Sample, Manner),
    /// Removes one.
    Remove(Sample),
    /// Makes an installed bundle what its name alone means.
    Use(Sample),
    /// Pins an installed bundle.
    Pin(Sample),
    /// Takes its pin back.
    Unpin(Sample),
    /// Checks an installed bundle out to the one path.
    CheckOut(Sample),
    /// The same while somebody holds what is there.
    CheckOutHeld(Sample),
    /// Fails to do so while another process is at work at the path.
    CheckOutBeside(Sample),
    /// Forgets what is checked out there.
    ForgetCheckout,
    /// Collects.
    Gc,
    /// Leases a bundle, which must be whole then, unless it is gone.
    Lease(Sample),
    /// Leases what its name alone means.
    LeaseCurrent(Sample),
    /// Collects, and of each name takes all versions but one, however lately they were used.
    GcKeepingOne,
    /// Collects, and a bundle is installed between the plan and the sweep.
    GcAround(Sample),
    /// Removes a bundle that is leased: its names now, the rest when nobody holds it.
    RemoveWhenIdle(Sample),
    /// Fails to remove a bundle that is leased.
    RemoveLeased(Sample),
    /// Collects while a directory that no name means is leased.
    GcLeased(Sample),
    /// Verifies; damage is an error here.
    Verify,
    /// Repairs, with what the store has; what stays damaged is an error here.
    Repair,
    /// Repairs, also from the archive of a bundle.
    RepairFrom(Sample),
    /// Repairs what this bundle has lost for good: it is named, and put aside.
    RepairInVain(Sample),
    /// Not the engine's doing.
    Mishap(Mishap),
}

/// How a bundle is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manner {
    /// As by default.
    Linked,
    /// With one sync of the filesystem in place of one a file.
    WholeFilesystem,
    /// As copies.
    Isolated,
    /// With a file of the host's own.
    WithHostFile,
    /// Without making it what the name alone means.
    Aside,
    /// While a gc comes between what is staged and its names.
    AroundGc,
    /// While another bundle is installed between what is staged and its names.
    AroundInstall(Sample),
    /// While somebody is in the window of an install: recovery has to wait, and what does not need it goes on.
    BesideBystander,
}

impl Deed {
    /// Does it.
    ///
    /// # Errors
    /// What the engine says.
    pub fn perform(self, root: &Path) -> Result<(), linkstead_store::Error> {
        match self {
            Deed::Open => open(root).map(drop),
            Deed::Install(sample, Manner::AroundGc) => {
                between::gc_during_install(&open(root)?, sample)
            }
            Deed::Install(sample, Manner::AroundInstall(other)) => {
                between::install_during_install(&open(root)?, sample, other)
            }
            Deed::Install(sample, Manner::BesideBystander) => {
                let _bystander = between::hold_window(root)?;
                install(&open(root)?, sample, Manner::Linked).map(drop)
            }
            Deed::Install(sample, manner) => install(&open(root)?, sample, manner).map(drop),
            Deed::Remove(sample) => {
                let store = open(root)?;
                store
                    .remove(&sample.reference(), &removal(), &Silent)
                    .map(drop)
            }
            Deed::Use(sample) => naming::activate(root, sample),
            Deed::Pin(sample) => naming::pin(root, sample),
            Deed::Unpin(sample) => naming::unpin(root, sample),
            Deed::Lease(sample) => naming::lease(root, sample),
            Deed::LeaseCurrent(sample) => naming::lease_current(root, sample),
            Deed::CheckOut(sample) => checking_out::check_out(root, sample),
            Deed::CheckOutHeld(sample) => checking_out::check_out_while_held(root, sample),
            Deed::CheckOutBeside(sample) => checking_out::check_out_beside_another(root, sample),
            Deed::ForgetCheckout => checking_out::forget(root),
            Deed::Gc => {
                let store = open(root)?;
                let options = collection();
                store.gc(&options, &Silent)?.sweep().map(drop)
            }
            Deed::Verify => {
                let report = open(root)?.verify(&VerifyOptions::default(), &Silent)?;
                is_sound(report.findings)
            }
            Deed::Repair => repair(root, Vec::new()),
            Deed::RepairFrom(sample) => {
                // Not on the disk of the store, which may be full or sick.
                let elsewhere = crate::scratch::directory();
                let archive = elsewhere.path().join("healing.mcpb");
                sample.bundle().pack(&archive);
                repair(root, vec![archive])
            }
            Deed::RepairInVain(sample) => repair_in_vain(root, sample),
            Deed::GcKeepingOne => between::collect_by_policy(root),
            Deed::GcAround(sample) => between::install_during_gc(root, sample),
            Deed::RemoveWhenIdle(sample) => between::remove_when_idle(root, sample),
            Deed::RemoveLeased(sample) => between::remove_while_leased(root, sample),
            Deed::GcLeased(sample) => between::collect_while_leased(root, sample),
            Deed::Mishap(mishap) => mishap.befall(root),
        }
    }
}

/// What stays unshared or left over is as bad here as what stays damaged.
fn repair(root: &Path, archives: Vec<PathBuf>) -> Result<(), linkstead_store::Error> {
    let options = RepairOptions {
        archives,
        ..RepairOptions::default()
    };
    let remaining = open(root)?.repair(&options, &Silent)?.remaining;
    if let Some(unshared) = remaining.unshared.first() {
        return Err(linkstead_store::Error::Damaged {
            problem: format!("{} is less shared than it could be", unshared.bundle),
            path: root.to_path_buf(),
        });
    }
    if let Some(left) = remaining.leftovers.into_iter().next() {
        return Err(damaged(left));
    }
    is_sound(remaining.findings)
}

fn repair_in_vain(root: &Path, sample: Sample) -> Result<(), linkstead_store::Error> {
    let report = open(root)?.repair(&RepairOptions::default(), &Silent)?;
    match report.reinstall == [sample.to_string()] {
        true => Ok(()),
        false => Err(linkstead_store::Error::Damaged {
            problem: format!("a repair names {:?}", report.reinstall),
            path: root.to_path_buf(),
        }),
    }
}

fn is_sound(findings: Vec<Finding>) -> Result<(), linkstead_store::Error> {
    match findings.into_iter().next() {
        None => Ok(()),
        Some(finding) => Err(damaged(finding)),
    }
}

fn damaged(finding: Finding) -> linkstead_store::Error {
    linkstead_store::Error::Damaged {
        problem: finding.defect.to_string(),
        path: finding.path,
    }
}

/// A removal that takes also what a mishap put into a directory: it was told to.
#[must_use]
pub fn removal() -> RemoveOptions {
    RemoveOptions {
        extra_files: ExtraFiles::Discard,
        ..RemoveOptions::default()
    }
}

/// A gc that goes on with such a removal, where that died.
#[must_use]
pub fn collection() -> GcOptions {
    GcOptions {
        extra_files: ExtraFiles::Discard,
        ..GcOptions::default()
    }
}

/// Opens a store as a careful host would: made if absent, one thread, a short patience for locks.
///
/// # Errors
/// What the engine says.
pub fn open(root: &Path) -> Result<Store, linkstead_store::Error> {
    checking_out::bring_home(root);
    let mut options = OpenOptions::new(OpenMode::ReadWriteOrCreate);
    options.threads = 1;
    Store::open(root, &options)
}

/// Installs a sample; its directory.
///
/// # Errors
/// What the engine says.
pub fn install(
    store: &Store,
    sample: Sample,
    manner: Manner,
) -> Result<PathBuf, linkstead_store::Error> {
    let mut options = InstallOptions::default();
    match manner {
        Manner::Linked | Manner::AroundGc | Manner::AroundInstall(_) | Manner::BesideBystander => {}
        Manner::Aside => options.activation = Activation::Leave,
        Manner::WholeFilesystem => options.sync = SyncPolicy::Filesystem,
        Manner::Isolated => options.link_mode = LinkMode::Copy,
        Manner::WithHostFile => options.host_files.push(HostFile {
            path: TreePath::parse(HOST_FILE.0).expect("a plain path"),
            bytes: HOST_FILE.1.to_vec(),
        }),
    }
    Ok(store.install(sample.source(), &options, &Silent)?.directory)
}
