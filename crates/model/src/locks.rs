//! The locks of section 13, with their order.
//!
//! Promise: a lock that is waited for out of order is reported, whether or not it leads to a deadlock in the explored states.

use crate::bundle::{Bundle, PerBundle};

/// Index of a process.
pub(crate) type Pid = usize;

/// The locks that are waited for, ascending in the order of section 13.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Waited {
    Gc,
    Archive(Bundle),
    Turnstile,
    StoreShared,
    StoreExclusive,
    Name,
}

impl Waited {
    fn rank(self) -> u8 {
        match self {
            Self::Gc => 0,
            Self::Archive(_) => 1,
            Self::Turnstile => 2,
            Self::StoreShared | Self::StoreExclusive => 3,
            Self::Name => 4,
        }
    }
}

/// Whether a lock was got.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    Got,
    Held,
    /// Waited for leftwards: a fault, whatever comes of it.
    OutOfOrder,
}

/// Who holds what. A set of processes is a bit mask.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Locks {
    gc: u8,
    archive: PerBundle<u8>,
    turnstile: u8,
    store_exclusive: u8,
    store_shared: u8,
    name: u8,
    /// On the directory that now lies in `bundles/`; locks on directories moved away concern nobody.
    directory_exclusive: PerBundle<u8>,
    directory_shared: PerBundle<u8>,
}

impl Locks {
    fn owners(&mut self) -> [&mut u8; 11] {
        let [archive_a, archive_b] = &mut self.archive.0;
        let [exclusive_a, exclusive_b] = &mut self.directory_exclusive.0;
        let [shared_a, shared_b] = &mut self.directory_shared.0;
        [
            &mut self.gc,
            archive_a,
            archive_b,
            &mut self.turnstile,
            &mut self.store_exclusive,
            &mut self.store_shared,
            &mut self.name,
            exclusive_a,
            exclusive_b,
            shared_a,
            shared_b,
        ]
    }

    fn highest_rank(&self, pid: Pid) -> Option<u8> {
        let mine = |owners: u8| owners & (1 << pid) != 0;
        if mine(self.name) {
            Some(4)
        } else if mine(self.store_exclusive | self.store_shared) {
            Some(3)
        } else if mine(self.turnstile) {
            Some(2)
        } else if mine(self.archive[Bundle::A] | self.archive[Bundle::B]) {
            Some(1)
        } else {
            mine(self.gc).then_some(0)
        }
    }

    /// Takes a lock that is waited for.
    pub(crate) fn take(&mut self, pid: Pid, lock: Waited) -> Grant {
        if self
            .highest_rank(pid)
            .is_some_and(|held| held >= lock.rank())
        {
            return Grant::OutOfOrder;
        }
        let (owners, hindered) = match lock {
            Waited::Gc => (&mut self.gc, 0),
            Waited::Archive(bundle) => (&mut self.archive[bundle], 0),
            Waited::Turnstile => (&mut self.turnstile, 0),
            Waited::StoreExclusive => (&mut self.store_exclusive, self.store_shared),
            Waited::Name => (&mut self.name, 0),
            Waited::StoreShared if self.store_exclusive != 0 => return Grant::Held,
            Waited::StoreShared => {
                self.store_shared |= 1 << pid;
                return Grant::Got;
            }
        };
        if *owners | hindered != 0 {
            return Grant::Held;
        }
        *owners = 1 << pid;
        Grant::Got
    }

    /// Whether it has the store lock exclusively.
    pub(crate) fn has_store(&self, pid: Pid) -> bool {
        self.store_exclusive & (1 << pid) != 0
    }

    /// Tries the exclusive lock of a published directory; never waits.
    pub(crate) fn try_directory(&mut self, pid: Pid, bundle: Bundle) -> Grant {
        if self.directory_exclusive[bundle] | self.directory_shared[bundle] != 0 {
            return Grant::Held;
        }
        self.directory_exclusive[bundle] = 1 << pid;
        Grant::Got
    }

    /// Whether it has the exclusive lock of a published directory.
    pub(crate) fn has_directory(&self, pid: Pid, bundle: Bundle) -> bool {
        self.directory_exclusive[bundle] & (1 << pid) != 0
    }

    /// Tries the shared lock of a published directory; never waits.
    pub(crate) fn try_lease(&mut self, pid: Pid, bundle: Bundle) -> Grant {
        if self.directory_exclusive[bundle] != 0 {
            return Grant::Held;
        }
        self.directory_shared[bundle] |= 1 << pid;
        Grant::Got
    }

    pub(crate) fn is_leased(&self, bundle: Bundle) -> bool {
        self.directory_shared[bundle] != 0
    }

    /// The directory was moved away and took its locks along.
    pub(crate) fn directory_moved(&mut self, bundle: Bundle) {
        self.directory_exclusive[bundle] = 0;
        self.directory_shared[bundle] = 0;
    }

    pub(crate) fn release_turnstile(&mut self, pid: Pid) {
        self.turnstile &= !(1 << pid);
    }

    /// Ends a window or a batch.
    pub(crate) fn release_store(&mut self, pid: Pid) {
        self.name &= !(1 << pid);
        self.store_exclusive &= !(1 << pid);
        self.store_shared &= !(1 << pid);
    }

    /// All locks of a process vanish: it is done, or dead.
    pub(crate) fn release_all(&mut self, pid: Pid) {
        for owners in self.owners() {
            *owners &= !(1 << pid);
        }
    }

    /// True while no window is open and nobody judges.
    pub(crate) fn is_store_free(&self) -> bool {
        self.store_exclusive | self.store_shared == 0
    }

    /// The same locks after the processes changed places: `order[new]` is the old index.
    pub(crate) fn reordered(mut self, order: &[Pid]) -> Self {
        for owners in self.owners() {
            let old = *owners;
            *owners = order
                .iter()
                .enumerate()
                .map(|(new, &pid)| (old >> pid & 1) << new)
                .sum();
        }
        self
    }
}
