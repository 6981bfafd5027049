//! What one process does next. Each operation is a file; this one starts them and leads through the common steps of a window.

mod activate;
mod gc;
mod install;
mod lease;
mod recovery;
mod remove;

use crate::bundle::Bundle;
use crate::disk::{Disk, Manifest};
use crate::flaw::Flaw;
use crate::locks::{Grant, Pid, Waited};
use crate::process::{Handle, Operation, Process, Staging, Step};
use crate::world::{Epoch, Fault, World};

/// Whether a process moved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Made,
    /// It waits for a lock.
    Waits,
}

/// Which way a step goes where the outside decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    First,
    Second,
}

/// The ways that the next step of a process may go.
pub(crate) fn choices(world: &World, pid: Pid) -> &'static [Choice] {
    match world.processes[pid].step {
        // The archive is one that was seen, or another with the same tree.
        Step::InstallLook => &[Choice::First, Choice::Second],
        _ => &[Choice::First],
    }
}

/// Gives an idle process an operation.
pub(crate) fn start(
    world: &mut World,
    pid: Pid,
    operation: Operation,
    bundle: Bundle,
    flaw: Option<Flaw>,
) {
    let staging = match operation {
        Operation::Remove | Operation::RemoveWhenIdle => Staging::Locked,
        _ => Staging::None,
    };
    world.processes[pid] = Process {
        operation,
        bundle,
        staging,
        ..Process::IDLE
    };
    Turn { world, pid, flaw }.open();
}

/// Takes the next step of a process, if no lock hinders it.
pub(crate) fn take(world: &mut World, pid: Pid, choice: Choice, flaw: Option<Flaw>) -> Progress {
    let mut turn = Turn { world, pid, flaw };
    match turn.me().step {
        Step::Idle => Progress::Waits,
        step @ (Step::WindowTurnstile | Step::WindowStore | Step::WindowName) => turn.window(step),
        step if step < Step::WindowTurnstile => turn.recovery(step),
        step if step < Step::Current => turn.install(step, choice),
        step if step < Step::RemoveCheck => turn.activate(step),
        step if step < Step::LeaseRead => turn.remove(step),
        step if step < Step::GcLock => turn.lease(step),
        step => turn.gc(step),
    }
}

/// A process that is about to take one step.
struct Turn<'a> {
    world: &'a mut World,
    pid: Pid,
    flaw: Option<Flaw>,
}

impl Turn<'_> {
    fn me(&mut self) -> &mut Process {
        &mut self.world.processes[self.pid]
    }

    fn disk(&mut self) -> &mut Disk {
        &mut self.world.disk
    }

    fn bundle(&self) -> Bundle {
        self.world.processes[self.pid].bundle
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn go(&mut self, step: Step) -> Progress {
        self.me().step = step;
        Progress::Made
    }

    /// The operation is over, done or given up.
    fn finish(&mut self) -> Progress {
        self.end_epoch();
        self.world.locks.release_all(self.pid);
        self.world.note_free_store();
        *self.me() = Process::IDLE;
        Progress::Made
    }

    /// Takes a lock that is waited for, then goes on.
    fn wait(&mut self, lock: Waited, then: Step) -> Progress {
        match self.world.locks.take(self.pid, lock) {
            Grant::Held => return Progress::Waits,
            Grant::OutOfOrder => self.world.fault = Fault::LockOrder,
            Grant::Got => {}
        }
        self.go(then)
    }

    /// Names of trees or objects will be taken away.
    fn begin_epoch(&mut self) {
        if !self.has(Flaw::EpochLeftAlone) && !self.has(Flaw::EpochNotBegun) {
            self.change_epoch(Epoch::Odd);
        }
    }

    /// The store lock is about to be let go.
    fn end_epoch(&mut self) {
        if self.me().takes_names()
            && self.world.locks.has_store(self.pid)
            && !self.has(Flaw::EpochLeftAlone)
            && !self.has(Flaw::EpochNotEnded)
        {
            self.change_epoch(Epoch::Even);
        }
    }

    fn end_epoch_of_the_dead(&mut self) {
        if self.world.epoch == Epoch::Odd && self.world.locks.has_store(self.pid) {
            self.change_epoch(Epoch::Even);
        }
    }

    /// To a time that it never had.
    fn change_epoch(&mut self, epoch: Epoch) {
        self.world.epoch = epoch;
        for process in &mut self.world.processes {
            process.undisturbed = false;
        }
    }

    /// The first step after the store has been opened.
    fn first_step(&self) -> Step {
        match self.world.processes[self.pid].operation {
            Operation::Install | Operation::InstallAside => Step::InstallArchive,
            Operation::Remove | Operation::RemoveWhenIdle | Operation::Use => Step::WindowTurnstile,
            Operation::Lease => Step::LeaseRead,
            Operation::Gc | Operation::GcByPolicy => Step::MarkRecords,
        }
    }

    fn window(&mut self, step: Step) -> Progress {
        match step {
            Step::WindowTurnstile if self.has(Flaw::NameBeforeStore) => {
                match self.wait(Waited::Name, Step::WindowTurnstile) {
                    Progress::Waits => Progress::Waits,
                    Progress::Made => self.wait(Waited::Turnstile, Step::WindowStore),
                }
            }
            Step::WindowTurnstile => {
                if self.has(Flaw::EpochReadLate) {
                    self.read_epoch();
                }
                self.wait(Waited::Turnstile, Step::WindowStore)
            }
            Step::WindowStore => self.enter_store(),
            _ if self.has(Flaw::WindowWithoutName) => self.window_is_open(),
            _ => match self.wait(Waited::Name, Step::WindowName) {
                Progress::Waits => Progress::Waits,
                Progress::Made => self.window_is_open(),
            },
        }
    }

    fn enter_store(&mut self) -> Progress {
        let others_are_in = !self.world.locks.is_store_free();
        // The turnstile is held here, and the store comes after it.
        let progress = self.wait(Waited::StoreShared, Step::WindowName);
        if progress == Progress::Made {
            self.world.locks.release_turnstile(self.pid);
            if others_are_in
                && self
                    .world
                    .processes
                    .iter()
                    .any(Process::waits_for_whole_store)
            {
                self.world.overtakes = World::MOST_OVERTAKES.min(self.world.overtakes + 1);
            }
        }
        progress
    }

    /// Ends a window or a batch. A waiting batch could go on now if the store is free.
    fn leave_store(&mut self) {
        self.end_epoch();
        self.world.locks.release_store(self.pid);
        self.world.note_free_store();
    }

    fn window_is_open(&mut self) -> Progress {
        let process = *self.me();
        if self.world.disk.manifest == Manifest::Lost && !self.has(Flaw::AbsentRefTrusted) {
            // No refs and no manifest is a new store only if the refs are durably absent.
            self.disk().sync_refs();
        }
        if process.operation != Operation::Use
            && self.must_rebuild_first()
            && !self.has(Flaw::FreshManifestBesideRefs)
        {
            return self.finish();
        }
        self.go(match (process.operation, process.staging) {
            (Operation::Install | Operation::InstallAside, Staging::None) => Step::InstallKnown,
            (Operation::Install | Operation::InstallAside, _) => Step::InstallObjects,
            (Operation::Remove | Operation::RemoveWhenIdle, _) => Step::RemoveCheck,
            _ => Step::UseCheck,
        })
    }

    /// Only wrong protocols need to know which records are newer than a mark; the right one has fewer states without.
    fn sweep_goes_by_sequence(&self) -> bool {
        matches!(
            self.flaw,
            Some(Flaw::SweepForgetsSkipped | Flaw::SweepTrustsSequence)
        )
    }

    /// The manifest is gone and refs say that it had records: only recovery may make another.
    fn must_rebuild_first(&self) -> bool {
        self.world.disk.manifest == Manifest::Lost && !self.world.disk.named().is_empty()
    }

    /// The directory leaves `bundles/`: whoever has it open holds something that is no longer at its path.
    fn directory_moved(&mut self, bundle: Bundle) {
        self.world.locks.directory_moved(bundle);
        for process in &mut self.world.processes {
            if process.operation == Operation::Lease
                && process.bundle == bundle
                && process.step > Step::LeaseOpen
            {
                process.handle = Handle::MovedAway;
            }
        }
    }
}
