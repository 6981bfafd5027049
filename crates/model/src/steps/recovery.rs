//! Opening a store, and recovery: what dead processes left is judged under the exclusive store lock.

use super::{Progress, Turn};
use crate::bundle::{Bundle, Bundles};
use crate::cell::{ABSENT, WHOLE};
use crate::disk::{DeadStaging, Manifest};
use crate::flaw::Flaw;
use crate::locks::{Grant, Waited};
use crate::process::{Marked, Operation, Staging, Step};
use crate::world::Fault;

impl Turn<'_> {
    /// Recovers if there is reason to and the store lock is free; else leaves it to the next open.
    pub(super) fn open(&mut self) -> Progress {
        let first = self.first_step();
        match self.me().operation {
            Operation::Lease => return self.go(first),
            Operation::Gc | Operation::GcByPolicy => return self.go(Step::GcLock),
            _ => {}
        }
        let reason = self.disk().dead_staging == DeadStaging::Some || self.must_rebuild_first();
        if !reason {
            return self.go(first);
        }
        if self.has(Flaw::RecoveryWithoutStoreLock) {
            return self.go(Step::RecoverManifest);
        }
        match self.wait(Waited::StoreExclusive, Step::RecoverManifest) {
            Progress::Waits => self.go(first),
            Progress::Made => Progress::Made,
        }
    }

    pub(super) fn recovery(&mut self, step: Step) -> Progress {
        match step {
            Step::RecoverManifest => {
                self.end_epoch_of_the_dead();
                self.rebuild_manifest();
                self.go(Step::RecoverStaging)
            }
            Step::RecoverStaging => {
                self.clear_dead_stagings();
                self.go(Step::RecoverOrphans)
            }
            Step::RecoverOrphans => {
                self.doom_orphans();
                self.go(Step::RecoverSync)
            }
            Step::RecoverSync => {
                Bundle::ALL
                    .into_iter()
                    .for_each(|bundle| self.disk().sync_published(bundle));
                self.go(Step::RecoverReceipts)
            }
            Step::RecoverReceipts => {
                self.delete_lone_receipts();
                self.go(Step::RecoverRelease)
            }
            Step::RecoverRelease => {
                self.leave_store();
                self.go(Step::RecoverTrash)
            }
            _ => {
                self.delete_trash();
                self.go(self.first_step())
            }
        }
    }

    /// Records each directory that a ref names and that a walk with hashing finds whole.
    fn rebuild_manifest(&mut self) {
        let trusts_absence = self.has(Flaw::AbsentRefTrusted);
        let disk = self.disk();
        if disk.manifest == Manifest::There {
            return;
        }
        if !trusts_absence {
            disk.sync_refs();
        }
        let named = disk.named();
        disk.records = Bundles::matching(|bundle| {
            named.has(bundle)
                && disk.directories[bundle].seen() == WHOLE
                && disk.receipts[bundle].is_there()
                && disk.trees[bundle].is_there()
        });
        for bundle in disk.records.iter() {
            disk.sync_published(bundle);
            disk.trees[bundle].sync();
        }
        disk.manifest = Manifest::There;
        if self.sweep_goes_by_sequence() {
            self.sequences_begin_anew();
        }
    }

    fn sequences_begin_anew(&mut self) {
        let processes = self.world.processes.iter_mut();
        for process in processes.filter(|process| process.has_marked()) {
            process.marked = Marked::AnOlderOne;
        }
    }

    fn clear_dead_stagings(&mut self) {
        self.disk().dead_staging = DeadStaging::None;
        for process in &mut self.world.processes {
            match process.staging {
                // Not locked yet: it looks dead, and its maker has to find out.
                Staging::Made => process.staging = Staging::Vanished,
                // Before its maker has looked again there is nothing in it to lose.
                Staging::Unseen if process.step == Step::StagingCheck => {}
                Staging::Unseen => self.world.fault = Fault::LiveStagingTaken,
                Staging::None | Staging::Vanished | Staging::Locked => {}
            }
        }
    }

    fn doom_orphans(&mut self) {
        for bundle in Bundle::ALL {
            if !self.disk().is_orphan(bundle) {
                continue;
            }
            let free = self.world.locks.try_directory(self.pid, bundle) == Grant::Got;
            if free || self.has(Flaw::OrphanDoomedUnderLease) {
                self.disk().move_to_trash(bundle);
                self.directory_moved(bundle);
            }
        }
    }

    fn delete_lone_receipts(&mut self) {
        let disk = self.disk();
        for bundle in Bundle::ALL {
            if !disk.directories[bundle].is_there() {
                disk.receipts[bundle].write(ABSENT);
                disk.sync_published(bundle);
            }
        }
    }

    /// Deletes what lay in `trash/` under the lock. What came since may come back by a power cut, with its receipt.
    pub(super) fn delete_trash(&mut self) {
        let unsettled_too = self.has(Flaw::TrashUnsettled);
        let disk = self.disk();
        disk.trash_settled = Bundles::NONE;
        if unsettled_too {
            disk.delete_unsettled_trash();
        }
    }
}
