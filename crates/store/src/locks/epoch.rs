//! How an install learns that nobody had the store lock exclusively while it worked: the epoch (store-format.md, section 13).

use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::lock::FileLock;
use linkstead_fs::stat;

use crate::error::Result;

/// The length of the store lock's file. Odd from when somebody takes the lock exclusively until it is let go; whoever dies with it
/// leaves it odd.
///
/// A length takes no block: a full disk is no hindrance. It needs no sync: a power cut leaves nobody who could compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl Epoch {
    /// The one that is now.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let file = stat::stat(&root.join(paths::LOCK_STORE))?;
        Ok(Epoch(file.map_or(0, |file| file.size)))
    }

    /// Of whoever takes the lock exclusively, a new odd one.
    pub(super) fn begin(lock: &FileLock) -> Result<Self> {
        let last = lock.length()?;
        let begun = last + 1 + last % 2;
        lock.set_length(begun)?;
        Ok(Epoch(begun))
    }

    /// Of whoever began it, and holds the lock still. If that fails it stays odd, and costs others a look more.
    pub(super) fn end(self, lock: &FileLock) {
        let _ = lock.set_length(self.0 + 1);
    }

    /// Whether nobody had the lock exclusively from when this was read until `now` was.
    pub(crate) fn lasts_until(self, now: Epoch) -> bool {
        self.0.is_multiple_of(2) && self == now
    }
}

#[cfg(test)]
mod tests {
    use linkstead_format::BundleName;
    use linkstead_fs::lock::{LockMode, try_lock_file};

    use super::super::Locks;
    use super::*;
    use crate::control::Control;
    use crate::observe::Silent;

    fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary directory");
        for directory in [paths::LOCKS, paths::LOCKS_NAME] {
            linkstead_fs::dir::create_dir(&root.path().join(directory), 0o755).expect("it is ours");
        }
        root
    }

    // Seen to fail when `begin` sets no length, when `end` sets none, and when `lasts_until` takes an odd one.
    #[test]
    fn it_lasts_while_nobody_has_the_store_lock_exclusively() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
        let epoch = || locks.epoch().expect("it can be looked at");

        let before = epoch();
        let name = BundleName::parse("name").expect("a name");
        drop(locks.window(&name).expect("it is free"));
        assert!(before.lasts_until(epoch()), "a window is no matter");

        let exclusive = locks.exclusive().expect("it is free");
        let within = epoch();
        assert!(!before.lasts_until(within));
        assert!(!within.lasts_until(epoch()), "more may go");
        drop(exclusive);
        assert!(!before.lasts_until(epoch()) && !within.lasts_until(epoch()));

        let after = epoch();
        assert!(after.lasts_until(epoch()));
        let exclusive = locks.try_exclusive().expect("it can be tried");
        drop(exclusive.expect("it is free"));
        assert!(!after.lasts_until(epoch()));
    }

    // Seen to fail when `begin` adds one to any length, and when it leaves an odd length as it is.
    #[test]
    fn who_died_with_the_lock_is_told_from_who_has_it_next() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
        let epoch = || locks.epoch().expect("it can be looked at");
        let lock = try_lock_file(&root.path().join(paths::LOCK_STORE), LockMode::Exclusive);
        let lock = lock.expect("it can be tried").expect("it is free");
        let dead = Epoch::begin(&lock).expect("it is locked");
        drop(lock);
        assert_eq!(epoch(), dead);

        let exclusive = locks.exclusive().expect("it is free");
        assert!(epoch() != dead && !epoch().lasts_until(epoch()));
        drop(exclusive);
        assert!(epoch().lasts_until(epoch()));
    }
}
