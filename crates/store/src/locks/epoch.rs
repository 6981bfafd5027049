//! How an install learns that no object and no tree lost its name while it worked: the epoch (store-format.md, section 13).

use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::lock::FileLock;
use linkstead_fs::stat::{self, Mtime};

use crate::error::{Error, Result};

/// The modification time of the store lock's file, in units of two seconds, which are the coarsest times that file systems
/// keep. Odd from before somebody takes a name away until the last is gone; whoever dies in between leaves it odd.
///
/// A time can be set where no block is free. It needs no sync: a power cut leaves nobody who could compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(i64);

/// Seconds.
const UNIT: i64 = 2;

impl Epoch {
    /// The one that is now, by the path of the file.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let file = stat::stat(&root.join(paths::LOCK_STORE))?;
        Ok(file.map_or(Epoch(0), |file| Epoch::at(file.mtime)))
    }

    /// The one that is now, by whoever holds the lock.
    pub(super) fn of(lock: &FileLock) -> Result<Self> {
        lock.mtime().map(Epoch::at).map_err(Error::from)
    }

    fn at(mtime: Mtime) -> Self {
        Epoch(mtime.seconds.div_euclid(UNIT))
    }

    /// Whether no name was taken away from when this was read until `now` was.
    pub(crate) fn lasts_until(self, now: Epoch) -> bool {
        self.is_even() && self == now
    }

    fn is_even(self) -> bool {
        self.0.rem_euclid(2) == 0
    }

    fn set(self, lock: &FileLock) -> Result<()> {
        Ok(lock.set_mtime(Mtime {
            seconds: self.0 * UNIT,
            nanos: 0,
        })?)
    }
}

/// Names are being taken away, under the exclusive store lock. The epoch that comes after it begins when it is dropped; if that fails
/// it stays odd, and costs others a look more.
#[must_use]
#[derive(Debug)]
pub(crate) struct NewEpoch<'a> {
    lock: &'a FileLock,
    odd: Epoch,
}

impl<'a> NewEpoch<'a> {
    pub(super) fn begin(lock: &'a FileLock) -> Result<Self> {
        let last = Epoch::of(lock)?;
        let odd = Epoch(last.0 + if last.is_even() { 1 } else { 2 });
        odd.set(lock)?;
        // Names that went without a word would be relied on.
        match Epoch::of(lock)? == odd {
            true => Ok(NewEpoch { lock, odd }),
            false => Err(Error::Damaged {
                path: lock.path().to_path_buf(),
                problem: "it does not keep the time that it is given, so nothing can be deleted from this store".into(),
            }),
        }
    }

    /// The one that somebody left who died in the middle.
    pub(super) fn of_the_dead(lock: &'a FileLock) -> Result<Option<Self>> {
        let odd = Epoch::of(lock)?;
        Ok((!odd.is_even()).then(|| NewEpoch { lock, odd }))
    }
}

impl Drop for NewEpoch<'_> {
    fn drop(&mut self) {
        let _ = Epoch(self.odd.0 + 1).set(self.lock);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Locks;
    use super::super::scratch::{name, root};
    use super::*;
    use crate::control::Control;
    use crate::observe::Silent;

    /// The file is made now, at an odd time or an even one: it is made even.
    fn locks<'a>(root: &'a Path, control: &'a Control) -> Locks<'a> {
        let locks = Locks::new(root, control, &Silent);
        let exclusive = locks.exclusive().expect("it is free");
        exclusive.end_epoch_of_the_dead();
        drop(exclusive);
        locks
    }

    // Seen to fail in units of a second.
    #[test]
    fn it_outlives_the_rounding_of_times_to_two_seconds() {
        for seconds in [-3i64, -2, -1, 0, 1, 2, 3, 1_700_000_001] {
            let rounded = seconds - seconds.rem_euclid(2);
            let at = |seconds| Epoch::at(Mtime { seconds, nanos: 0 });
            assert_eq!(at(seconds), at(rounded), "{seconds}");
        }
    }

    // Seen to fail when `begin` sets no time, when the end sets none, and when `lasts_until` takes an odd one.
    #[test]
    fn it_lasts_while_nobody_takes_names_away() {
        let (root, control) = (root(), Control::default());
        let locks = locks(root.path(), &control);
        let epoch = || locks.epoch().expect("it can be looked at");

        let before = epoch();
        let window = locks.window(&name()).expect("it is free");
        let within = window.epoch().expect("it can be looked at");
        assert!(before.lasts_until(within));
        drop(window);

        let exclusive = locks.exclusive().expect("it is free");
        assert!(before.lasts_until(epoch()), "no name has gone");
        let new_epoch = exclusive.new_epoch().expect("it is locked");
        let within = epoch();
        assert!(!before.lasts_until(within));
        assert!(!within.lasts_until(epoch()), "more may go");
        drop(new_epoch);
        assert!(!before.lasts_until(epoch()) && !within.lasts_until(epoch()));
        assert!(epoch().lasts_until(epoch()));
    }

    // Seen to fail when `begin` adds one to any time, and when it leaves an odd one as it is.
    #[test]
    fn who_died_in_the_middle_is_told_from_who_takes_names_next() {
        let (root, control) = (root(), Control::default());
        let locks = locks(root.path(), &control);
        let epoch = || locks.epoch().expect("it can be looked at");
        let exclusive = locks.exclusive().expect("it is free");
        std::mem::forget(exclusive.new_epoch().expect("it is locked"));
        drop(exclusive);
        let dead = epoch();
        assert!(!dead.lasts_until(epoch()));

        let exclusive = locks.exclusive().expect("it is free");
        let new_epoch = exclusive.new_epoch().expect("it is locked");
        assert!(epoch() != dead && !epoch().lasts_until(epoch()));
        drop(new_epoch);
        assert!(epoch().lasts_until(epoch()));
    }

    // Seen to fail when recovery's step does nothing, and when an even time is changed, as by a `then_some` that is dropped.
    #[test]
    fn recovery_ends_the_epoch_of_the_dead() {
        let (root, control) = (root(), Control::default());
        let locks = locks(root.path(), &control);
        let epoch = || locks.epoch().expect("it can be looked at");
        let before = epoch();
        let exclusive = locks.exclusive().expect("it is free");
        exclusive.end_epoch_of_the_dead();
        assert!(before.lasts_until(epoch()), "nobody died");
        std::mem::forget(exclusive.new_epoch().expect("it is locked"));
        exclusive.end_epoch_of_the_dead();
        assert!(epoch().lasts_until(epoch()) && !before.lasts_until(epoch()));
    }
}
