//! How many directories a process holds open: a part of the files that it may open at all, for handles save time, and everything
//! else cannot do without.

use std::os::fd::RawFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Resource, getrlimit};

use crate::platform;

/// One handle in so many files that the process may open.
const ONE_IN: u64 = 4;

/// Handles where the system sets no limit.
const ENOUGH: u64 = 1024;

static HELD: AtomicU64 = AtomicU64::new(0);

/// The right to hold one directory, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: &'static AtomicU64,
}

impl Share {
    /// `None` if as many are held as should be.
    pub(super) fn take() -> Option<Self> {
        Share::of(&HELD, most())
    }

    fn of(held: &'static AtomicU64, most: u64) -> Option<Self> {
        let one_more = |held| (held < most).then_some(held + 1);
        let taken = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        // Made only where it was taken: a share that is dropped is given back.
        taken.is_ok().then(|| Share { of: held })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.fetch_sub(1, Ordering::Relaxed);
    }
}

/// As the limit is when the first is asked for.
fn most() -> u64 {
    static MOST: OnceLock<u64> = OnceLock::new();
    *MOST.get_or_init(|| {
        let files = getrlimit(Resource::Nofile).current;
        files.map_or(ENOUGH, |files| (files / ONE_IN).min(ENOUGH))
    })
}

/// Lets the process's table of open files have room for as many handles at once.
///
/// Linux doubles the table when it is full, and lets a process of several threads wait 5 to 10 ms each time, until no processor
/// looks at the old one (an RCU grace period; `expand_fdtable` in its sources). Done before the threads are there it costs
/// nothing, and later it is one wait instead of several. Where it fails, the table grows as ever.
pub fn make_room() {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | platform::ONLY_NAMES;
    if let Ok(any) = rustix::fs::open("/", flags, Mode::empty()) {
        // The table reaches to the highest descriptor that was ever in use; this one is closed at once.
        drop(rustix::io::fcntl_dupfd_cloexec(&any, room()));
    }
}

/// A descriptor above those of all handles, and of some other files.
fn room() -> RawFd {
    RawFd::try_from(most() + most() / 2).unwrap_or(RawFd::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_given_than_there_are() {
        static HELD: AtomicU64 = AtomicU64::new(0);
        let share = || Share::of(&HELD, 2);
        let (one, two) = (share(), share());
        assert!(one.is_some() && two.is_some());
        // Twice: asking in vain gives nothing back.
        assert!(share().is_none() && share().is_none());
        drop(one);
        assert!(share().is_some());
    }
}
