//! The whole state: disk, locks, processes, and what users were promised; and everything that may happen next.

use crate::bundle::{Bundle, Bundles};
use crate::cell::Value;
use crate::disk::{DeadStaging, Disk, Manifest};
use crate::flaw::Flaw;
use crate::locks::{Locks, Pid};
use crate::process::{Operation, Process, Staging, Step};
use crate::scenario::Scenario;
use crate::steps;

/// Most processes of a scenario.
pub(crate) const PROCESSES: usize = 3;

/// What a step did that no state shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    None,
    LockOrder,
    LiveStagingTaken,
}

/// The time of the store lock's file: odd from when a batch that takes names of trees or objects begins until it ends. Whoever
/// dies in between leaves it odd.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Epoch {
    Even,
    Odd,
}

/// What users were told is done, and have not asked to be undone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Promised {
    pub(crate) installed: Bundles,
    /// The value of `current.json`, unless an operation on it is under way or died.
    pub(crate) current: Option<Value>,
}

/// How often things may still happen.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) operations: u8,
    pub(crate) kills: u8,
    pub(crate) cuts: u8,
    pub(crate) manifest_losses: u8,
}

/// One state.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) disk: Disk,
    pub(crate) locks: Locks,
    pub(crate) epoch: Epoch,
    pub(crate) processes: [Process; PROCESSES],
    pub(crate) promised: Promised,
    pub(crate) budget: Budget,
    /// Windows that opened, one overlapping the other, while a batch waited for the store lock; at most
    /// [`World::MOST_OVERTAKES`], which two processes reach only by taking turns, and then for ever.
    pub(crate) overtakes: u8,
    pub(crate) fault: Fault,
}

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Start(Operation, Bundle),
    Step(Operation, Bundle, Step),
    Kill(Operation, Bundle, Step),
    PowerCut,
    ManifestLost,
}

impl World {
    pub(crate) const MOST_OVERTAKES: u8 = 3;

    /// Calls `visit` with everything that may happen next. Returns how many of these are steps of running processes.
    pub(crate) fn each_successor(
        &self,
        scenario: &Scenario,
        mut visit: impl FnMut(Event, World),
    ) -> usize {
        let mut steps = 0;
        for pid in 0..scenario.processes {
            let process = self.processes[pid];
            if process.step == Step::Idle {
                self.starts(scenario, pid, &mut visit);
                continue;
            }
            for &choice in steps::choices(self, pid) {
                let mut next = *self;
                if steps::take(&mut next, pid, choice, scenario.flaw) == steps::Progress::Made {
                    steps += 1;
                    visit(
                        Event::Step(process.operation, process.bundle, process.step),
                        next.canonical(scenario.processes),
                    );
                }
            }
            if self.budget.kills > 0 {
                let event = Event::Kill(process.operation, process.bundle, process.step);
                visit(event, self.killed(pid).canonical(scenario.processes));
            }
        }
        if self.budget.cuts > 0 {
            self.each_cut(|next| visit(Event::PowerCut, next));
        }
        if self.budget.manifest_losses > 0
            && self.disk.manifest == Manifest::There
            && self.locks.is_store_free()
        {
            visit(Event::ManifestLost, self.manifest_lost());
        }
        steps
    }

    fn starts(&self, scenario: &Scenario, pid: Pid, visit: &mut impl FnMut(Event, World)) {
        if self.budget.operations == 0 {
            return;
        }
        for &(operation, bundle) in scenario.menu {
            let mut next = *self;
            next.budget.operations -= 1;
            steps::start(&mut next, pid, operation, bundle, scenario.flaw);
            visit(
                Event::Start(operation, bundle),
                next.canonical(scenario.processes),
            );
        }
    }

    fn killed(&self, pid: Pid) -> World {
        let mut next = *self;
        next.budget.kills -= 1;
        next.die(pid);
        next
    }

    /// Locks vanish, what lies in staging stays.
    fn die(&mut self, pid: Pid) {
        if matches!(self.processes[pid].staging, Staging::Made | Staging::Locked) {
            self.disk.dead_staging = DeadStaging::Some;
        }
        self.locks.release_all(pid);
        self.processes[pid] = Process::IDLE;
        self.note_free_store();
    }

    /// Windows that overlap keep a batch waiting; a moment without any lets it in.
    pub(crate) fn note_free_store(&mut self) {
        if self.locks.is_store_free() || !self.processes.iter().any(Process::waits_for_whole_store)
        {
            self.overtakes = 0;
        }
    }

    fn each_cut(&self, mut visit: impl FnMut(World)) {
        let mut dead = *self;
        dead.budget.cuts -= 1;
        (0..PROCESSES).for_each(|pid| dead.die(pid));
        for disk in dead.disk.after_cut() {
            visit(World { disk, ..dead });
        }
    }

    fn manifest_lost(&self) -> World {
        let mut next = *self;
        next.budget.manifest_losses -= 1;
        next.disk.manifest = Manifest::Lost;
        next.disk.records = Bundles::NONE;
        next
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.processes
            .iter()
            .all(|process| process.step == Step::Idle)
    }

    /// Runs one operation alone, to its end.
    pub(crate) fn run_alone(&self, operation: Operation, flaw: Option<Flaw>) -> World {
        let mut world = *self;
        steps::start(&mut world, 0, operation, Bundle::A, flaw);
        while world.processes[0].step != Step::Idle {
            assert!(
                steps::take(&mut world, 0, steps::Choice::First, flaw) == steps::Progress::Made,
                "a process that is alone waits"
            );
        }
        world
    }

    /// The same state with its processes in order: they are alike, so which is which says nothing.
    fn canonical(mut self, processes: usize) -> World {
        let mut order = [0, 1, 2];
        order[..processes].sort_by_key(|&pid| self.processes[pid]);
        if order != [0, 1, 2] {
            let old = self.processes;
            (0..processes).for_each(|new| self.processes[new] = old[order[new]]);
            self.locks = self.locks.reordered(&order);
        }
        self
    }
}
