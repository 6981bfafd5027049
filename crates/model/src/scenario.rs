//! What is explored: how many processes, what they may be asked, what may go wrong, and how often.

use crate::bundle::{Bundle, Bundles};
use crate::disk::{Disk, Naming, current_value};
use crate::flaw::Flaw;
use crate::locks::Locks;
use crate::process::{Operation, Process};
use crate::world::{Budget, Epoch, Fault, PROCESSES, Promised, World};

/// A store to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing installed.
    Empty,
    /// `B` installed and current.
    One,
    /// Both installed, `B` current.
    Both,
}

/// One bounded world to explore. Operations, kills and cuts are budgets of the whole world, not of a process.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name in reports.
    pub name: &'static str,
    /// Processes at a time, at most 3. A process that died is replaced.
    pub processes: usize,
    /// What the two bundles are to each other.
    pub naming: Naming,
    /// What lies on disk.
    pub start: Start,
    /// What a process may be asked to do.
    pub menu: &'static [(Operation, Bundle)],
    /// Operations that may be started.
    pub operations: u8,
    /// Processes that may be killed, at any step.
    pub kills: u8,
    /// Power cuts, at any step.
    pub cuts: u8,
    /// Times that the manifest may be lost between windows.
    pub manifest_losses: u8,
    /// The fault in the protocol, if any.
    pub flaw: Option<Flaw>,
}

impl Scenario {
    /// The same world with a wrong protocol.
    #[must_use]
    pub const fn with(mut self, flaw: Flaw) -> Self {
        self.flaw = Some(flaw);
        self
    }

    pub(crate) fn initial(&self) -> World {
        assert!(
            self.processes <= PROCESSES,
            "the model has room for {PROCESSES} processes"
        );
        let (disk, installed, current) = match self.start {
            Start::Empty => (Disk::empty(self.naming), Bundles::NONE, 0),
            Start::One => (
                Disk::empty(self.naming).with_installed(Bundle::B),
                Bundles::matching(|b| b == Bundle::B),
                current_value(Bundle::B),
            ),
            Start::Both => (
                Disk::empty(self.naming)
                    .with_installed(Bundle::A)
                    .with_installed(Bundle::B),
                Bundles::matching(|bundle| {
                    self.naming == Naming::TwoVersions || bundle == Bundle::B
                }),
                current_value(Bundle::B),
            ),
        };
        World {
            disk,
            locks: Locks::default(),
            epoch: Epoch::Even,
            processes: [Process::IDLE; PROCESSES],
            promised: Promised {
                installed,
                current: Some(current),
            },
            budget: Budget {
                operations: self.operations,
                kills: self.kills,
                cuts: self.cuts,
                manifest_losses: self.manifest_losses,
            },
            overtakes: 0,
            fault: Fault::None,
        }
    }
}
