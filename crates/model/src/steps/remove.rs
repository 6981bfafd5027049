//! Remove: the order of deletes of I4, under the directory's lock.

use super::{Progress, Turn};
use crate::cell::{ABSENT, BROKEN};
use crate::disk::{Naming, current_value};
use crate::flaw::Flaw;
use crate::locks::Grant;
use crate::process::{Operation, Step};

impl Turn<'_> {
    pub(super) fn remove(&mut self, step: Step) -> Progress {
        let bundle = self.bundle();
        match step {
            Step::RemoveCheck => self.check_removable(),
            Step::RemoveCurrent => self.replace_current(),
            Step::RemoveSyncCurrent => {
                self.disk().current.sync();
                self.go(Step::RemoveRef)
            }
            Step::RemoveRef => {
                self.world.promised.installed.remove(bundle);
                self.disk().refs[bundle].write(ABSENT);
                self.go(if self.has(Flaw::RemoveRefUnsynced) {
                    Step::RemoveRecord
                } else {
                    Step::RemoveSyncRef
                })
            }
            Step::RemoveSyncRef => {
                self.disk().sync_refs();
                if self.is_for_gc() {
                    return self.finish();
                }
                self.go(self.after_refs())
            }
            Step::RemoveRecord => {
                self.disk().records.remove(bundle);
                self.go(self.after_record())
            }
            Step::RemoveMove => self.move_away(),
            Step::RemoveSyncMove => {
                self.disk().sync_published(bundle);
                self.after_move()
            }
            Step::RemoveReceipt => {
                self.disk().receipts[bundle].write(ABSENT);
                self.go(Step::RemoveSyncReceipt)
            }
            _ => {
                self.disk().sync_published(bundle);
                self.after_receipt()
            }
        }
    }

    fn check_removable(&mut self) -> Progress {
        let bundle = self.bundle();
        if !self.disk().resolves(bundle) {
            return self.finish();
        }
        let leased = !self.has(Flaw::RemoveWithoutDirectoryLock)
            && self.world.locks.try_directory(self.pid, bundle) == Grant::Held;
        if leased && self.me().operation != Operation::RemoveWhenIdle {
            self.finish()
        } else {
            self.go(Step::RemoveCurrent)
        }
    }

    /// Somebody held it: what is left is a record that no ref names.
    fn is_for_gc(&self) -> bool {
        self.world.processes[self.pid].operation == Operation::RemoveWhenIdle
            && !self.has(Flaw::IdleIgnored)
            && !self.world.locks.has_directory(self.pid, self.bundle())
    }

    fn replace_current(&mut self) -> Progress {
        let bundle = self.bundle();
        // What the refs say, or do not say, may be the unsynced work of a dead process.
        if !self.has(Flaw::CurrentBeforeRefSync) {
            self.disk().sync_refs();
        }
        if !self.disk().is_current(bundle) {
            return self.go(Step::RemoveRef);
        }
        let other = bundle.other();
        let any_record = self.has(Flaw::SuccessorWithoutRef);
        let disk = self.disk();
        let succeeds = disk.records.has(other) && (disk.resolves(other) || any_record);
        disk.current.write(if succeeds {
            current_value(other)
        } else {
            ABSENT
        });
        self.world.promised.current = None;
        if self.disk().naming == Naming::OneVersionTwice {
            self.world.promised.installed.remove(bundle);
        }
        self.go(Step::RemoveSyncCurrent)
    }

    fn after_refs(&self) -> Step {
        match self.flaw {
            Some(Flaw::RemoveDirectoryBeforeRecord) => Step::RemoveMove,
            Some(Flaw::RemoveReceiptBeforeRecord) => Step::RemoveReceipt,
            _ => Step::RemoveRecord,
        }
    }

    fn after_record(&self) -> Step {
        match self.flaw {
            Some(
                Flaw::RemoveDirectoryBeforeRecord
                | Flaw::RemoveReceiptBeforeDirectory
                | Flaw::RemoveInPlace,
            ) => Step::RemoveReceipt,
            _ => Step::RemoveMove,
        }
    }

    fn after_move(&mut self) -> Progress {
        match self.flaw {
            Some(Flaw::RemoveDirectoryBeforeRecord) => self.go(Step::RemoveRecord),
            Some(Flaw::RemoveReceiptBeforeDirectory | Flaw::RemoveInPlace) => self.finish(),
            _ => self.go(Step::RemoveReceipt),
        }
    }

    fn after_receipt(&mut self) -> Progress {
        match self.flaw {
            Some(Flaw::RemoveReceiptBeforeRecord) if self.world.disk.records.has(self.bundle()) => {
                self.go(Step::RemoveRecord)
            }
            Some(Flaw::RemoveReceiptBeforeDirectory | Flaw::RemoveInPlace) => {
                self.go(Step::RemoveMove)
            }
            _ => self.finish(),
        }
    }

    fn move_away(&mut self) -> Progress {
        let bundle = self.bundle();
        let in_place = self.has(Flaw::RemoveFilesBeforeReceipt) || self.has(Flaw::RemoveInPlace);
        if in_place && self.disk().directories[bundle].seen() != BROKEN {
            self.disk().directories[bundle].write(BROKEN);
            return Progress::Made;
        }
        if self.has(Flaw::RemoveInPlace) {
            self.disk().directories[bundle].write(ABSENT);
        } else {
            self.disk().park(bundle);
        }
        self.directory_moved(bundle);
        self.go(Step::RemoveSyncMove)
    }
}
