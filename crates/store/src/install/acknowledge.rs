//! Step 2 and step 10: a bundle that is published and recorded. It is acknowledged only after a walk that stats every file, and
//! after the refs have been written anew: a fresh durable write on that file system (I7). What is damaged is healed in place.

use linkstead_format::TreeKind;
use linkstead_fs::sync::Synced;
use rayon::prelude::*;

use super::bundle::Bundle;
use super::commit::counted;
use super::host_files::EntryKind;
use super::report::{InstallReport, Installed, Outcome};
use super::{Install, Staging};
use crate::error::Result;
use crate::heal;
use crate::objects::{self, Need};
use crate::observe::{Event, Meter, Notice, Phase, Unit};
use crate::published::{self, Published, Slot};
use crate::walk::{self, Depth, PrivateFiles, Walked};

impl Install<'_> {
    /// Acknowledges a known archive whose bundle is published, recorded and sound, or can be healed from the store alone; `None`
    /// if it is not, or if the store lacks an object of it.
    pub(super) fn acknowledge(&self, bundle: &Bundle) -> Result<Option<Installed>> {
        self.check_host_files(bundle.tree.entries().iter().map(|entry| {
            let kind = match entry.kind {
                TreeKind::Directory => EntryKind::Directory,
                _ => EntryKind::NoDirectory,
            };
            (&entry.path, kind)
        }))?;
        let _window = self.locks.window(&bundle.name)?;
        let found = published::find(
            self.store.root(),
            &bundle.name,
            &bundle.version,
            &bundle.directory,
        )?;
        match found {
            Slot::Ours(ours) if self.is_recorded(&ours.key())? => {
                let walked = self.walk(bundle, &ours)?;
                if !self.are_whole(bundle, &walked.unshared)? {
                    return Ok(None);
                }
                let staging = Staging::mark(self.store.root())?;
                self.settle(&staging, bundle, &ours, &walked.findings)
            }
            _ => Ok(None),
        }
    }

    /// Stats every file of a published directory against its tree (I7).
    pub(super) fn walk(&self, bundle: &Bundle, published: &Published) -> Result<Walked> {
        let entries = bundle.tree.entries().len() as u64;
        let meter = Meter::start(self.observer, Phase::Walk, entries, Unit::Files);
        walk::walk(
            self.store.pool()?,
            &walk::Directory::of_receipt(&published.path, &bundle.tree, &published.receipt),
            Depth::Stat,
            PrivateFiles::Present,
            &self.options.control,
            &meter,
        )
    }

    /// Whether the objects of these entries are there with a whole seal. A file with a second name needs no such look: it has
    /// the seal, and mostly the other name is its object's.
    fn are_whole(&self, bundle: &Bundle, entries: &[usize]) -> Result<bool> {
        self.store.pool()?.run(|| {
            Ok(entries.par_iter().all(|entry| {
                bundle.tree.entries()[*entry].file().is_none_or(|file| {
                    let need = objects::need(self.store.root(), &file.key, file.size);
                    matches!(need, Ok(Need::Nothing))
                })
            }))
        })
    }

    /// Heals a published directory of what a walk found, and writes its refs; `None` if the store has not all that it takes.
    pub(super) fn settle(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        published: &Published,
        findings: &[walk::Finding],
    ) -> Result<Option<Installed>> {
        let (outcome, healed) = if findings.is_empty() {
            (Outcome::AlreadyInstalled, 0)
        } else if self.heal(staging, bundle, published, findings)? {
            (Outcome::Healed, findings.len() as u64)
        } else {
            return Ok(None);
        };
        self.store.settle_what_the_dead_did()?;
        // The next install finds there what was renamed and perhaps not synced.
        self.restore_host_files(&published.path)
            .inspect_err(|_| staging.leave_trace())?;
        self.write_refs(bundle, &published.directory)?;
        let report = InstallReport {
            healed,
            saved_bytes: bundle.tree.total_bytes(),
            not_inflated_bytes: bundle.tree.total_bytes(),
            ..counted(bundle)
        };
        Ok(Some(self.installed(
            bundle,
            published.path.clone(),
            outcome,
            report,
        )))
    }

    /// Mends what a walk found, from the store's objects; false if some of these are not there or not sound.
    fn heal(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        published: &Published,
        findings: &[walk::Finding],
    ) -> Result<bool> {
        for finding in findings {
            if let Some(file) = bundle.tree.entries()[finding.entry].file()
                && file.size > 0
                && objects::need(self.store.root(), &file.key, file.size)? != Need::Nothing
            {
                return Ok(false);
            }
        }
        staging.fill()?;
        let roles = bundle.roles();
        let patient = heal::Patient {
            root: self.store.root(),
            directory: &published.path,
            tree: &bundle.tree,
            roles: &roles,
            link_mode: self.options.link_mode,
        };
        let mut traces = heal::Traces::default();
        let missing = heal::heal(&patient, staging, findings, &mut traces);
        for path in traces.kept {
            self.observer.event(&Event::Notice {
                notice: Notice::Quarantined { path },
            });
        }
        // Also where it came to nothing: the next walk finds what was mended sound.
        let synced = self.sync(Vec::new(), traces.changed.into_iter().collect());
        let _: Synced = synced.inspect_err(|_| staging.leave_trace())?;
        Ok(missing?.is_empty())
    }
}
