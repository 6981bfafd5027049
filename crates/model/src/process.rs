//! A process: which operation it carries out, at which step, and what it remembers.

use crate::bundle::{Bundle, Bundles};

/// What a process may be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Operation {
    /// Install a bundle and make it current.
    Install,
    /// Install a bundle and leave what the name alone means.
    InstallAside,
    /// Remove a bundle.
    Remove,
    /// Remove a bundle; of one that is held only the names.
    RemoveWhenIdle,
    /// Make an installed version current.
    Use,
    /// Hold a directory, as a running server does.
    Lease,
    /// Collect what nobody needs.
    Gc,
    /// Collect, and take every version that is neither current nor held.
    GcByPolicy,
}

/// The next thing that a process will do. The names follow the tables of section 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Step {
    Idle,

    RecoverManifest,
    RecoverStaging,
    RecoverOrphans,
    RecoverSync,
    RecoverReceipts,
    RecoverRelease,
    RecoverTrash,

    WindowTurnstile,
    WindowStore,
    WindowName,

    InstallArchive,
    InstallLook,
    InstallKnown,
    StagingFile,
    StagingLock,
    StagingCheck,
    InstallIngest,
    InstallObjects,
    InstallTree,
    InstallInTheWay,
    InstallInTheWaySync,
    InstallInTheWayReceipt,
    InstallReceipt,
    InstallSync,
    InstallPublish,
    InstallSyncPublish,
    InstallRecord,
    InstallRef,
    InstallSyncRef,
    InstallClear,

    Current,
    SyncCurrent,
    UseCheck,

    RemoveCheck,
    RemoveCurrent,
    RemoveSyncCurrent,
    RemoveRef,
    RemoveSyncRef,
    RemoveRecord,
    RemoveMove,
    RemoveSyncMove,
    RemoveReceipt,
    RemoveSyncReceipt,

    LeaseRead,
    LeaseOpen,
    LeaseLock,
    LeaseCheck,
    LeaseHeld,

    GcLock,
    BatchTurnstile,
    BatchStore,
    BatchRead,
    MarkRecords,
    MarkRoots,
    SweepPick,
    SweepRef,
    SweepSyncRef,
    SweepRecord,
    SweepMove,
    SweepSync,
    SweepReceipt,
    SweepParked,
    SweepTrash,
    SweepTrees,
    SweepObjects,
    SweepRelease,
}

/// Number of kinds of steps, of which being idle is none.
pub const STEPS: usize = Step::SweepRelease as usize;

/// How far the staging of a process is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Staging {
    None,
    /// The lock file lies there, not yet locked.
    Made,
    /// Somebody deleted the lock file between its making and its locking.
    Vanished,
    /// Locked, and at its path.
    Locked,
    /// Locked, but no longer at its path: nobody sees that this process lives.
    Unseen,
}

/// Whether an open directory descriptor still is what lies at its path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Handle {
    AtItsPath,
    MovedAway,
}

/// What the batch of a gc deletes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    Recovery,
    Records,
    Trees,
    Objects,
}

/// Whether the manifest is the one that a gc marked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Marked {
    ThisManifest,
    /// It was lost and rebuilt since: its sequences say nothing about the mark.
    AnOlderOne,
}

/// One process. A process that died is an idle one: what it did not write is forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Process {
    pub(crate) step: Step,
    pub(crate) operation: Operation,
    pub(crate) bundle: Bundle,
    pub(crate) staging: Staging,
    pub(crate) handle: Handle,
    pub(crate) phase: Phase,
    pub(crate) marked: Marked,
    /// gc: bundles whose trees and objects stay.
    pub(crate) needed: Bundles,
    /// gc: records to delete.
    pub(crate) planned: Bundles,
    /// gc: those of them that a name means, and a policy takes.
    pub(crate) policy: Bundles,
    /// gc, in flaws only: records newer than the mark by their sequence.
    pub(crate) newer: Bundles,
    /// gc, in flaws only: records whose directory was held.
    pub(crate) skipped: Bundles,
    /// install: the epoch is even, and what it was before the first look at a tree or an object.
    pub(crate) undisturbed: bool,
    /// install: the tree was there at the first look.
    pub(crate) saw_tree: bool,
    /// install: objects that the store had when the archive was ingested; later those that this window named.
    pub(crate) objects: u8,
}

impl Process {
    pub(crate) const IDLE: Self = Self {
        step: Step::Idle,
        operation: Operation::Install,
        bundle: Bundle::A,
        staging: Staging::None,
        handle: Handle::AtItsPath,
        phase: Phase::Recovery,
        marked: Marked::ThisManifest,
        needed: Bundles::NONE,
        planned: Bundles::NONE,
        policy: Bundles::NONE,
        newer: Bundles::NONE,
        skipped: Bundles::NONE,
        undisturbed: false,
        saw_tree: false,
        objects: 0,
    };

    /// True from the mark of a gc to its end.
    pub(crate) fn has_marked(&self) -> bool {
        matches!(self.operation, Operation::Gc | Operation::GcByPolicy)
            && self.phase != Phase::Recovery
    }

    /// Whether the batches of this gc take names of trees or objects away.
    pub(crate) fn takes_names(&self) -> bool {
        self.has_marked() && matches!(self.phase, Phase::Trees | Phase::Objects)
    }

    pub(crate) fn waits_for_whole_store(&self) -> bool {
        self.step == Step::BatchStore
    }
}
