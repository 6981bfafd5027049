//! gc: recovery, mark, then batches under the exclusive store lock (I5).

use super::{Progress, Turn};
use crate::bundle::{Bundle, Bundles};
use crate::cell::{ABSENT, Cell};
use crate::disk::{Disk, Manifest};
use crate::flaw::Flaw;
use crate::locks::{Grant, Waited};
use crate::process::{Operation, Phase, Step};

impl Turn<'_> {
    pub(super) fn gc(&mut self, step: Step) -> Progress {
        match step {
            Step::GcLock if self.has(Flaw::TwoGcs) => self.batch(Phase::Recovery),
            Step::GcLock => match self.wait(Waited::Gc, Step::BatchTurnstile) {
                Progress::Waits => Progress::Waits,
                Progress::Made => self.batch(Phase::Recovery),
            },
            Step::BatchTurnstile => self.wait(Waited::Turnstile, Step::BatchStore),
            Step::BatchStore => self.take_whole_store(),
            Step::BatchRead => self.read_again(),
            Step::MarkRecords | Step::MarkRoots => self.mark(step),
            Step::SweepPick => self.pick(),
            Step::SweepParked => self.sweep_parked(),
            Step::SweepTrash => {
                self.delete_trash();
                self.batch_or_skip(Phase::Trees)
            }
            Step::SweepTrees => self.sweep_trees(),
            Step::SweepObjects => self.sweep_objects(),
            Step::SweepRelease => self.finish(),
            _ => self.sweep_record(step),
        }
    }

    fn batch(&mut self, phase: Phase) -> Progress {
        self.me().phase = phase;
        let skips_turnstile = self.has(Flaw::GcWithoutTurnstile)
            || phase == Phase::Recovery && self.has(Flaw::GcRecoveryWithoutTurnstile);
        self.go(if skips_turnstile {
            Step::BatchStore
        } else {
            Step::BatchTurnstile
        })
    }

    /// Starts a batch if a look without the lock finds work for it.
    fn batch_or_skip(&mut self, phase: Phase) -> Progress {
        let needed = self.me().needed;
        let disk = self.disk();
        let trees = Bundles::matching(|bundle| disk.trees[bundle].is_there()).and_not(needed);
        let unneeded_object =
            |index: usize, object: &Cell| object.is_there() && needed.objects() & (1 << index) == 0;
        let objects = disk
            .objects
            .iter()
            .enumerate()
            .any(|(index, object)| unneeded_object(index, object));
        match phase {
            Phase::Trees if trees.is_empty() => self.batch_or_skip(Phase::Objects),
            Phase::Objects if !objects => self.finish(),
            _ => self.batch(phase),
        }
    }

    fn take_whole_store(&mut self) -> Progress {
        let next = if self.me().phase == Phase::Recovery {
            Step::RecoverManifest
        } else {
            Step::BatchRead
        };
        let progress = self.wait(Waited::StoreExclusive, next);
        if progress == Progress::Made {
            self.world.locks.release_turnstile(self.pid);
            if self.me().takes_names() {
                self.begin_epoch();
            }
        }
        progress
    }

    /// Step 2. Not under the store lock: what comes later is added by each batch.
    fn mark(&mut self, step: Step) -> Progress {
        if self.disk().manifest == Manifest::Lost && !self.has(Flaw::LostManifestMeansEmpty) {
            return self.finish();
        }
        if step == Step::MarkRecords {
            let records = self.disk().records;
            let me = self.me();
            me.planned = records;
            me.phase = Phase::Records;
            return self.go(Step::MarkRoots);
        }
        let policy = self.policy_takes();
        let roots = self.roots().and_not(policy);
        let me = self.me();
        me.policy = policy;
        let unneeded = me.planned.and_not(roots);
        me.needed = me.planned.and_not(unneeded);
        me.planned = unneeded;
        let idle = unneeded.is_empty() && self.disk().parked.is_empty();
        if idle {
            self.go(Step::SweepTrash)
        } else {
            self.batch(Phase::Records)
        }
    }

    /// What a policy takes of what a name means: what is neither current nor held, and recorded.
    fn policy_takes(&self) -> Bundles {
        if self.world.processes[self.pid].operation != Operation::GcByPolicy {
            return Bundles::NONE;
        }
        let disk = &self.world.disk;
        let is_kept = |bundle| disk.is_current(bundle) || self.world.locks.is_leased(bundle);
        disk.named()
            .and(disk.records)
            .and_not(Bundles::matching(is_kept))
    }

    /// What refs and leases name.
    fn roots(&self) -> Bundles {
        let leased = Bundles::matching(|bundle| self.world.locks.is_leased(bundle));
        self.world.disk.named().or(leased)
    }

    /// I5: what a batch adds to what is needed: what the roots outside the manifest name by now, and every record that is
    /// there and not in the plan, whether it is newer, was skipped, or came by a rebuild.
    fn needed_by_now(&mut self) -> Bundles {
        let still = match self.flaw {
            Some(Flaw::PolicyTrustsPlan) => Bundles::NONE,
            _ => self.policy_takes(),
        };
        let taken = match self.flaw {
            Some(Flaw::PolicyTrustsPlan) => self.me().policy,
            _ => self.me().policy.and(still),
        };
        let roots = self.roots().and_not(taken);
        // A planned one that nothing names any more is another's doing: its record is needed till the next gc.
        let dropped = self.me().policy.and_not(self.disk().named());
        let me = self.me();
        me.planned = me.planned.and_not(dropped);
        me.policy = me.policy.and_not(dropped);
        let disk = self.world.disk;
        let me = *self.me();
        let unplanned = disk.records.and_not(me.planned);
        match self.flaw {
            Some(Flaw::SweepIgnoresNewRecords) => roots,
            Some(Flaw::SweepIgnoresNewRefs) => unplanned,
            Some(Flaw::SweepForgetsSkipped) => roots.or(me.newer),
            Some(Flaw::SweepTrustsSequence) => roots.or(me.newer).or(me.skipped),
            Some(Flaw::LostManifestMeansEmpty) => roots.and(disk.records).or(unplanned),
            _ => roots.or(unplanned),
        }
    }

    fn read_again(&mut self) -> Progress {
        if self.disk().manifest == Manifest::Lost && !self.has(Flaw::LostManifestMeansEmpty) {
            return self.finish();
        }
        let needed = self.needed_by_now();
        let me = self.me();
        me.needed = me.needed.or(needed);
        let next = match me.phase {
            Phase::Trees => Step::SweepTrees,
            Phase::Objects => Step::SweepObjects,
            Phase::Recovery | Phase::Records => Step::SweepPick,
        };
        self.go(next)
    }

    /// Takes the next record of the plan that is still unneeded and not held.
    fn pick(&mut self) -> Progress {
        let me = self.me();
        me.planned = me.planned.and_not(me.needed);
        let Some(bundle) = self.next_planned() else {
            return self.go(Step::SweepParked);
        };
        if !self.disk().records.has(bundle) {
            self.me().planned.remove(bundle);
            return Progress::Made;
        }
        if self.world.locks.try_directory(self.pid, bundle) == Grant::Held {
            self.me().planned.remove(bundle);
            if self.has(Flaw::SweepTrustsSequence) {
                self.me().skipped.add(bundle);
            }
            return Progress::Made;
        }
        if !self.has(Flaw::AbsentRefTrusted) {
            self.disk().sync_refs();
        }
        let is_named = self.me().policy.has(bundle);
        self.go(if is_named {
            Step::SweepRef
        } else {
            Step::SweepRecord
        })
    }

    fn next_planned(&mut self) -> Option<Bundle> {
        self.me().planned.iter().next()
    }

    /// Step 4, for the first record of the plan.
    fn sweep_record(&mut self, step: Step) -> Progress {
        let Some(bundle) = self.next_planned() else {
            return self.go(Step::SweepParked);
        };
        match step {
            Step::SweepRef => {
                self.world.promised.installed.remove(bundle);
                self.disk().refs[bundle].write(ABSENT);
                self.go(if self.has(Flaw::PolicyRefUnsynced) {
                    Step::SweepRecord
                } else {
                    Step::SweepSyncRef
                })
            }
            Step::SweepSyncRef => {
                self.disk().sync_refs();
                self.go(Step::SweepRecord)
            }
            Step::SweepRecord => {
                self.disk().records.remove(bundle);
                self.go(Step::SweepMove)
            }
            Step::SweepMove => {
                self.disk().move_to_trash(bundle);
                self.directory_moved(bundle);
                self.go(Step::SweepSync)
            }
            Step::SweepSync => {
                self.disk().sync_published(bundle);
                self.go(Step::SweepReceipt)
            }
            _ => {
                self.disk().receipts[bundle].write(ABSENT);
                self.disk().sync_published(bundle);
                self.me().planned.remove(bundle);
                self.go(Step::SweepPick)
            }
        }
    }

    /// Step 5. A dead remove may have left the rename into `parked/` unsynced.
    fn sweep_parked(&mut self) -> Progress {
        let disk = self.disk();
        for bundle in disk.parked.iter() {
            disk.parked.remove(bundle);
            disk.sync_published(bundle);
            disk.trash_settled.add(bundle);
        }
        self.leave_store();
        self.go(Step::SweepTrash)
    }

    /// Step 8. Like the objects, the trees go in any order: one sync at the end makes that durable, and needed by no promise.
    fn sweep_trees(&mut self) -> Progress {
        let needed = self.me().needed;
        let disk: &mut Disk = self.disk();
        for bundle in Bundle::ALL
            .into_iter()
            .filter(|&bundle| !needed.has(bundle))
        {
            disk.trees[bundle].write(ABSENT);
        }
        self.leave_store();
        self.batch_or_skip(Phase::Objects)
    }

    /// Step 9.
    fn sweep_objects(&mut self) -> Progress {
        let needed = self.me().needed.objects();
        for (index, object) in self.disk().objects.iter_mut().enumerate() {
            if needed & (1 << index) == 0 {
                object.write(ABSENT);
            }
        }
        self.go(Step::SweepRelease)
    }
}
