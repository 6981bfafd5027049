//! Step 3: the same is there already, whole. Whoever wrote that it is complete had synced it before; that the disks of the record
//! and of the directory still take writes is seen by a fresh one on each (I7).

use std::path::Path;

use linkstead_fs::file::{self, Attributes};
use linkstead_fs::stat::{self, FileKind};
use linkstead_fs::{dir, sync};

use super::Work;
use super::occupant::Occupant;
use super::records::Recorded;
use super::report::{CheckedOut, CheckoutOutcome};
use super::standing;
use crate::error::Result;
use crate::observe::{Meter, Phase, Unit};
use crate::staging::Staging;
use crate::walk::{self, Depth, PrivateFiles};

/// How often the empty file may be taken before somebody must be told.
const TRIES: usize = 20;

impl Work<'_> {
    /// What there is to tell if nothing needs to be done.
    pub(super) fn acknowledge(&self, occupant: &Occupant) -> Result<Option<CheckedOut>> {
        let Occupant::Ours { record, .. } = occupant else {
            return Ok(None);
        };
        let Some(judged) = &record.checkout.directory else {
            return Ok(None);
        };
        let checkout = &record.checkout;
        let is_same = checkout.tree == self.receipt.tree
            && checkout.layout == self.layout
            && checkout.host == self.receipt.exceptions.host;
        if !is_same || !self.is_whole()? {
            return Ok(None);
        }
        // The trace that makes the next open look, should nobody live to delete what is written beside the path.
        let _mark = Staging::mark(self.store.root())?;
        self.write_beside(record)?;
        let _window = self.locks.window(&self.bundle.name)?;
        // It may have been deleted or replaced since, and then there is nothing to acknowledge.
        let now = standing::identity_at(&self.target.path)?;
        let Some(now) = now.filter(|now| now.is(judged)) else {
            return Ok(None);
        };
        let mut record = Recorded::clone(record);
        record.checkout.name = self.bundle.name.clone();
        record.checkout.version = self.bundle.version.clone();
        // The same still, but its device may have another number by now.
        record.checkout.directory = Some(now);
        record.checkout.mount = standing::mount_of(&self.target.parent)?;
        record.write(self.store.root())?;
        Ok(Some(self.report(CheckoutOutcome::AlreadyThere)))
    }

    fn is_whole(&self) -> Result<bool> {
        let entries = self.tree.entries().len() as u64;
        let meter = Meter::start(self.observer, Phase::Walk, entries, Unit::Files);
        let walked = walk::walk(
            self.store.pool()?,
            &walk::Directory {
                path: &self.target.path,
                tree: &self.tree,
                layout: &self.layout,
                copied: &self.receipt.exceptions.copied,
            },
            Depth::Stat,
            PrivateFiles::Present,
            &self.options.control,
            &meter,
        )?;
        Ok(walked.findings.is_empty())
    }

    /// A file beside the path, durable for a moment: an empty one, which a full disk takes too. Its name goes with what the record
    /// displaced.
    fn write_beside(&self, record: &Recorded) -> Result<()> {
        let names = [self.target.fresh(&record.id), self.target.old(&record.id)];
        // Somebody may hold what was displaced to one of them.
        let is_free =
            |found: Option<stat::FileStat>| found.is_none_or(|it| it.kind != FileKind::Directory);
        for path in names {
            if is_free(stat::stat(&path)?) {
                dir::remove_file(&path)?;
                write_durably(&path)?;
                dir::remove_file(&path)?;
                break;
            }
        }
        Ok(())
    }
}

/// An empty file. Whoever clears what checkouts displaced takes no lock of the path and may take it before it is synced: then
/// another one is made.
fn write_durably(path: &Path) -> Result<()> {
    let attributes = Attributes {
        mode: 0o600,
        mtime: None,
    };
    let mut tries = 0;
    loop {
        file::write_new(path, b"", &attributes)?;
        match sync::sync_file(path) {
            Err(error) if error.is_not_found() && tries < TRIES => tries += 1,
            done => return Ok(done?),
        }
    }
}
