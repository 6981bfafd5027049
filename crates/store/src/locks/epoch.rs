//! How an install learns that no object lost its name while it worked: the epoch (store-format.md, section 13).

use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::lock::FileLock;
use linkstead_fs::stat::{self, Mtime};

use crate::error::Result;

/// The modification time of the store lock's file, in seconds. Odd from before somebody takes a name away until the last is gone;
/// whoever dies in between leaves it odd.
///
/// A time can be set where no block is free. It needs no sync: a power cut leaves nobody who could compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(i64);

impl Epoch {
    /// The one that is now, by the path of the file.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let file = stat::stat(&root.join(paths::LOCK_STORE))?;
        Ok(Epoch(file.map_or(0, |file| file.mtime.seconds)))
    }

    /// The one that is now, by whoever holds the lock.
    pub(super) fn of(lock: &FileLock) -> Result<Self> {
        Ok(Epoch(lock.mtime()?.seconds))
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
            seconds: self.0,
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
        Ok(NewEpoch { lock, odd })
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
    use crate::control::Control;
    use crate::observe::Silent;

    // Seen to fail when `begin` sets no time, when the end sets none, and when `lasts_until` takes an odd one.
    #[test]
    fn it_lasts_while_nobody_takes_names_away() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
        // The file is made now, at an odd time or an even one.
        locks
            .exclusive()
            .expect("it is free")
            .end_epoch_of_the_dead();
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
        let locks = Locks::new(root.path(), &control, &Silent);
        // The file is made now, at an odd time or an even one.
        locks
            .exclusive()
            .expect("it is free")
            .end_epoch_of_the_dead();
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
        let locks = Locks::new(root.path(), &control, &Silent);
        // The file is made now, at an odd time or an even one.
        locks
            .exclusive()
            .expect("it is free")
            .end_epoch_of_the_dead();
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
