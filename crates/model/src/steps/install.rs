//! Install: steps 2 to 18 of section 14. Steps 4 to 6 change nothing that anyone can see and are one step here.

use super::{Choice, Progress, Turn};
use crate::bundle::OBJECTS;
use crate::cell::{ABSENT, UNSYNCED, WHOLE};
use crate::disk::{Manifest, Naming};
use crate::flaw::Flaw;
use crate::locks::{Grant, Waited};
use crate::process::{Marked, Operation, Staging, Step};
use crate::world::Epoch;

impl Turn<'_> {
    pub(super) fn install(&mut self, step: Step, choice: Choice) -> Progress {
        match step {
            Step::InstallArchive => self.wait(Waited::Archive(self.bundle()), Step::InstallLook),
            Step::InstallLook => self.look(choice),
            Step::InstallKnown => self.known(),
            Step::StagingFile | Step::StagingLock | Step::StagingCheck => self.stage(step),
            Step::InstallIngest => self.ingest(),
            Step::InstallInTheWay | Step::InstallInTheWaySync | Step::InstallInTheWayReceipt => {
                self.clear_the_way(step)
            }
            Step::InstallRef | Step::InstallSyncRef => self.name(step),
            Step::InstallClear => self.finish(),
            _ => self.commit(step),
        }
    }

    fn look(&mut self, choice: Choice) -> Progress {
        let bundle = self.bundle();
        self.read_epoch();
        self.me().saw_tree = self.disk().trees[bundle].is_there();
        let known = choice == Choice::First && self.disk().is_sound(bundle);
        self.go(if known {
            Step::WindowTurnstile
        } else {
            Step::StagingFile
        })
    }

    /// Step 2 in its window: looks again, walks, and makes the refs say so, durably.
    fn known(&mut self) -> Progress {
        let bundle = self.bundle();
        if !self.disk().is_sound(bundle) {
            self.leave_store();
            return self.go(Step::StagingFile);
        }
        let equal = self.disk().resolves(bundle) && self.disk().is_current(bundle);
        if equal && self.has(Flaw::EqualRefUnsynced) {
            return self.acknowledge();
        }
        self.go(Step::InstallRef)
    }

    fn stage(&mut self, step: Step) -> Progress {
        let (staging, next) = match (step, self.me().staging) {
            (Step::StagingFile, _) => (Staging::Made, Step::StagingLock),
            (Step::StagingLock, Staging::Made) => (Staging::Locked, Step::StagingCheck),
            (Step::StagingLock, _) => (Staging::Unseen, Step::StagingCheck),
            (_, Staging::Unseen) if !self.has(Flaw::StagingWithoutRecheck) => {
                (Staging::None, Step::StagingFile)
            }
            (_, staging) => (staging, Step::InstallIngest),
        };
        self.me().staging = staging;
        if next == Step::InstallIngest && self.has(Flaw::EpochReadAfterTree) {
            self.read_epoch();
        }
        self.go(next)
    }

    /// Before the first look at a tree or an object. While it is odd nothing can be said.
    pub(super) fn read_epoch(&mut self) {
        let ends = !self.has(Flaw::EpochNotEnded);
        self.me().undisturbed = self.world.epoch == Epoch::Even || !ends;
    }

    /// Steps 3 to 6: known objects are linked into staging, new ones made and synced there.
    fn ingest(&mut self) -> Progress {
        let objects = self.disk().objects;
        self.me().objects = (0..OBJECTS)
            .filter(|&object| objects[object].is_there())
            .fold(0, |mask, object| mask | 1 << object);
        self.go(Step::WindowTurnstile)
    }

    fn commit(&mut self, step: Step) -> Progress {
        let bundle = self.bundle();
        match step {
            Step::InstallObjects => {
                self.name_objects();
                self.go(Step::InstallTree)
            }
            Step::InstallTree => {
                if !self.me().saw_tree {
                    self.disk().trees[bundle].write(WHOLE);
                }
                self.me().saw_tree = false;
                self.go(Step::InstallInTheWay)
            }
            Step::InstallReceipt => {
                self.disk().receipts[bundle].write(WHOLE);
                self.go(Step::InstallSync)
            }
            Step::InstallSync => {
                self.sync_relied_on();
                self.go(Step::InstallPublish)
            }
            Step::InstallPublish => {
                let content = if self.has(Flaw::PublishUnsyncedTree) {
                    UNSYNCED
                } else {
                    WHOLE
                };
                self.disk().directories[bundle].write(content);
                self.go(if self.has(Flaw::RecordBeforePublishSync) {
                    Step::InstallRecord
                } else {
                    Step::InstallSyncPublish
                })
            }
            Step::InstallSyncPublish => {
                self.disk().sync_published(bundle);
                let named_first =
                    self.has(Flaw::RefBeforeRecord) || self.has(Flaw::RecordBeforePublishSync);
                self.go(if named_first {
                    Step::InstallRef
                } else {
                    Step::InstallRecord
                })
            }
            _ => self.record(),
        }
    }

    /// Step 8: names what is new, and what a sweep took since it was linked into staging. Whether the tree is trusted to be there is
    /// settled too: no sweep comes before step 9.
    fn name_objects(&mut self) {
        let known = self.me().objects;
        let content = if self.has(Flaw::ObjectNamedBeforeSync) {
            UNSYNCED
        } else {
            WHOLE
        };
        let undisturbed = self.me().undisturbed;
        let trusted = undisturbed || self.has(Flaw::NoLinkBack);
        self.me().saw_tree &= undisturbed || self.has(Flaw::SeenTreeTrusted);
        self.me().undisturbed = false;
        let mut named = 0;
        for object in self.bundle().objects() {
            let believed_there = trusted && known & (1 << object) != 0;
            if !self.disk().objects[object].is_there() && !believed_there {
                self.disk().objects[object].write(content);
                named |= 1 << object;
            }
        }
        self.me().objects = named;
    }

    /// Step 10.
    fn clear_the_way(&mut self, step: Step) -> Progress {
        let bundle = self.bundle();
        match step {
            Step::InstallInTheWay if !self.disk().directories[bundle].is_there() => {
                // Gone, but perhaps not durably: it must not come back beside a receipt that is not its own.
                self.disk().sync_published(bundle);
                self.go(Step::InstallReceipt)
            }
            Step::InstallInTheWay if self.disk().records.has(bundle) => self.go(Step::InstallRef),
            Step::InstallInTheWay if self.has(Flaw::OrphanReused) => self.go(Step::InstallRecord),
            Step::InstallInTheWay => self.doom_in_the_way(),
            Step::InstallInTheWaySync => {
                self.disk().sync_published(bundle);
                self.go(Step::InstallInTheWayReceipt)
            }
            _ => {
                self.disk().receipts[bundle].write(ABSENT);
                self.go(Step::InstallReceipt)
            }
        }
    }

    fn doom_in_the_way(&mut self) -> Progress {
        let bundle = self.bundle();
        let leased = self.world.locks.try_directory(self.pid, bundle) == Grant::Held;
        if leased && !self.has(Flaw::OrphanDoomedUnderLease) {
            return self.finish();
        }
        self.disk().move_to_trash(bundle);
        self.directory_moved(bundle);
        self.go(Step::InstallInTheWaySync)
    }

    /// Step 12: whoever created the names.
    fn sync_relied_on(&mut self) {
        let bundle = self.bundle();
        let named = self.me().objects;
        if !self.has(Flaw::PublishBeforeObjectSync) {
            self.disk().sync_object_bytes(named);
            bundle
                .objects()
                .into_iter()
                .for_each(|object| self.disk().objects[object].sync());
        }
        self.disk().trees[bundle].sync();
        self.disk().sync_published(bundle);
    }

    /// Step 15. To a gc that has marked, this record is newer, unless the sequences began anew in between.
    fn record(&mut self) -> Progress {
        let bundle = self.bundle();
        self.disk().records.add(bundle);
        self.disk().manifest = Manifest::There;
        let by_sequence = self.sweep_goes_by_sequence();
        for process in &mut self.world.processes {
            if by_sequence && process.has_marked() && process.marked == Marked::ThisManifest {
                process.newer.add(bundle);
            }
        }
        let next = match self.flaw {
            Some(Flaw::RefBeforeRecord) if self.makes_current() => Step::Current,
            Some(Flaw::RecordBeforePublishSync) => Step::InstallSyncPublish,
            _ => Step::InstallRef,
        };
        self.go(next)
    }

    /// Step 16.
    fn name(&mut self, step: Step) -> Progress {
        let bundle = self.bundle();
        if step == Step::InstallRef && self.disk().naming == Naming::OneVersionTwice {
            return self.go(Step::InstallSyncRef);
        }
        if step == Step::InstallRef {
            self.disk().refs[bundle].write(WHOLE);
            return self.go(Step::InstallSyncRef);
        }
        self.disk().sync_refs();
        if self.has(Flaw::RefBeforeRecord) && !self.disk().records.has(bundle) {
            return self.go(Step::InstallRecord);
        }
        if self.makes_current() {
            self.go(Step::Current)
        } else {
            self.acknowledge()
        }
    }

    fn makes_current(&self) -> bool {
        self.world.processes[self.pid].operation == Operation::Install
    }
}
