//! How an install learns that no object lost its name while it worked: the epoch (store-format.md, section 13).

use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::lock::FileLock;
use linkstead_fs::stat;

use crate::error::Result;

/// The length of the store lock's file. Odd from before somebody takes a name away until the last is gone; whoever dies in between
/// leaves it odd.
///
/// A length takes no block of the disk. It needs no sync: a power cut leaves nobody who could compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl Epoch {
    /// The one that is now, by the path of the file.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let file = stat::stat(&root.join(paths::LOCK_STORE))?;
        Ok(Epoch(file.map_or(0, |file| file.size)))
    }

    /// The one that is now, by whoever holds the lock.
    pub(super) fn of(lock: &FileLock) -> Result<Self> {
        Ok(Epoch(lock.length()?))
    }

    /// Whether no name was taken away from when this was read until `now` was.
    pub(crate) fn lasts_until(self, now: Epoch) -> bool {
        self.0.is_multiple_of(2) && self == now
    }
}

/// Names are being taken away, under the exclusive store lock. The epoch that comes after it begins when it is dropped; if that fails
/// it stays odd, and costs others a look more.
#[must_use]
#[derive(Debug)]
pub(crate) struct NewEpoch<'a> {
    lock: &'a FileLock,
    length: u64,
}

impl<'a> NewEpoch<'a> {
    pub(super) fn begin(lock: &'a FileLock) -> Result<Self> {
        let last = lock.length()?;
        let length = last + 1 + last % 2;
        lock.set_length(length)?;
        Ok(NewEpoch { lock, length })
    }

    /// The one that somebody left who died in the middle.
    pub(super) fn of_the_dead(lock: &'a FileLock) -> Result<Option<Self>> {
        let length = lock.length()?;
        let is_odd = !length.is_multiple_of(2);
        Ok(is_odd.then(|| NewEpoch { lock, length }))
    }
}

impl Drop for NewEpoch<'_> {
    fn drop(&mut self) {
        let _ = self.lock.set_length(self.length + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Locks;
    use super::super::scratch::{name, root};
    use crate::control::Control;
    use crate::observe::Silent;

    // Seen to fail when `begin` sets no length, when the end sets none, and when `lasts_until` takes an odd one.
    #[test]
    fn it_lasts_while_nobody_takes_names_away() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
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

    // Seen to fail when `begin` adds one to any length, and when it leaves an odd length as it is.
    #[test]
    fn who_died_in_the_middle_is_told_from_who_takes_names_next() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
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

    // Seen to fail when recovery's step does nothing, and when an even length is changed, as by a `then_some` that is dropped.
    #[test]
    fn recovery_ends_the_epoch_of_the_dead() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
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
