//! The locks of a store and their order (store-format.md, section 13).
//!
//! Order, never waited for leftwards: gc < archive < checkout < turnstile < store < name < bundle directory < manifest. Debug builds
//! check it at each wait. Every wait is bounded by the operation's [`Control`] and is told to the observer.

mod epoch;

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use linkstead_format::{ArchiveId, BundleName, paths};
use linkstead_fs::lock::{self, FileLock, LockError, LockMode, Wait};

use crate::control::Control;
use crate::error::{Error, Result};
use crate::observe::{Event, Observer};

pub(crate) use epoch::{Epoch, NewEpoch};

/// The place of a lock in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Gc,
    Archive,
    Checkout,
    Turnstile,
    Store,
    Name,
    Directory,
    Manifest,
}

impl Rank {
    fn word(self) -> &'static str {
        match self {
            Rank::Gc => "gc",
            Rank::Archive => "archive",
            Rank::Checkout => "checkout",
            Rank::Turnstile => "turnstile",
            Rank::Store => "store",
            Rank::Name => "name",
            Rank::Directory => "bundle directory",
            Rank::Manifest => "manifest",
        }
    }
}

thread_local! {
    static HELD: RefCell<Vec<Rank>> = const { RefCell::new(Vec::new()) };
}

/// A lock that knows its place in the order. Unlocks when dropped.
#[must_use]
#[derive(Debug)]
pub(crate) struct Held {
    lock: FileLock,
    rank: Rank,
}

impl Held {
    fn new(lock: FileLock, rank: Rank) -> Self {
        HELD.with_borrow_mut(|held| held.push(rank));
        Held { lock, rank }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| {
            if let Some(at) = held.iter().rposition(|rank| *rank == self.rank) {
                held.remove(at);
            }
        });
    }
}

/// A commit window: the store lock (shared) and the lock of one bundle name.
#[must_use]
#[derive(Debug)]
pub(crate) struct Window {
    // Fields are dropped in this order: right to left in the order of locks.
    _name: Held,
    store: Held,
}

impl Window {
    /// The epoch that is now; it lasts as long as the window is open.
    pub(crate) fn epoch(&self) -> Result<Epoch> {
        Epoch::of(&self.store.lock)
    }
}

/// The exclusive store lock: whoever has it is alone with the store (store-format.md, section 13, says who takes it).
#[must_use]
#[derive(Debug)]
pub(crate) struct Exclusive {
    store: Held,
}

impl Exclusive {
    /// What must be held while names in `objects/` or `trees/` are taken away: installs that looked at one before look again.
    pub(crate) fn new_epoch(&self) -> Result<NewEpoch<'_>> {
        NewEpoch::begin(&self.store.lock)
    }

    /// Ends the epoch of whoever died while names were taken away. Where that fails it stays odd.
    pub(crate) fn end_epoch_of_the_dead(&self) {
        drop(NewEpoch::of_the_dead(&self.store.lock));
    }
}

/// The exclusive lock of a bundle's directory, if nobody has it now. It is never waited for, but what is waited for while it is
/// held is checked against its place.
pub(crate) fn try_directory(path: &Path) -> Result<Option<Held>> {
    let lock = lock::try_lock_dir(path, LockMode::Exclusive)?;
    Ok(lock.map(|lock| Held::new(lock, Rank::Directory)))
}

/// Takes the locks of one store for one operation.
pub(crate) struct Locks<'a> {
    root: &'a Path,
    control: &'a Control,
    observer: &'a dyn Observer,
}

impl<'a> Locks<'a> {
    pub(crate) fn new(root: &'a Path, control: &'a Control, observer: &'a dyn Observer) -> Self {
        Locks {
            root,
            control,
            observer,
        }
    }

    /// The patience of the operation that takes these locks.
    pub(crate) fn control(&self) -> &Control {
        self.control
    }

    /// One gc at a time. It is taken first, and another thread may let it go: no thread's memory of what it holds has it.
    pub(crate) fn gc(&self) -> Result<FileLock> {
        self.take(Rank::Gc, paths::LOCK_GC, LockMode::Exclusive)
    }

    /// One extraction of an archive at a time.
    pub(crate) fn archive(&self, id: &ArchiveId) -> Result<Held> {
        self.wait(Rank::Archive, paths::lock_archive(id), LockMode::Exclusive)
    }

    /// One checkout of a path at a time.
    pub(crate) fn checkout(&self, path: &str) -> Result<Held> {
        let file = paths::lock_checkout(path);
        self.wait(Rank::Checkout, file, LockMode::Exclusive)
    }

    /// Opens a commit window for `name`: passes the turnstile, so that a waiting gc batch goes first.
    pub(crate) fn window(&self, name: &BundleName) -> Result<Window> {
        let store = self.behind_turnstile(LockMode::Shared)?;
        let name = self.wait(Rank::Name, paths::lock_name(name), LockMode::Exclusive)?;
        Ok(Window { _name: name, store })
    }

    /// Waits for the exclusive store lock; new windows queue behind it.
    pub(crate) fn exclusive(&self) -> Result<Exclusive> {
        let store = self.behind_turnstile(LockMode::Exclusive)?;
        Ok(Exclusive { store })
    }

    /// The exclusive store lock, if it is free now.
    pub(crate) fn try_exclusive(&self) -> Result<Option<Exclusive>> {
        let path = self.root.join(paths::LOCK_STORE);
        let lock = lock::try_lock_file(&path, LockMode::Exclusive)?;
        Ok(lock.map(|lock| Exclusive {
            store: Held::new(lock, Rank::Store),
        }))
    }

    /// The epoch that is now, for whoever will compare it with that of a window.
    pub(crate) fn epoch(&self) -> Result<Epoch> {
        Epoch::read(self.root)
    }

    /// The right to open the manifest.
    pub(crate) fn manifest(&self) -> Result<Held> {
        self.wait(Rank::Manifest, paths::LOCK_MANIFEST, LockMode::Exclusive)
    }

    /// A share in a published directory, which is a lease; `None` if the directory is not there. Waits only while somebody has
    /// it for its removal.
    pub(crate) fn directory(&self, path: &Path) -> Result<Option<FileLock>> {
        let shared = |wait: &mut Wait<'_>| lock::lock_dir(path, LockMode::Shared, wait);
        match self.bounded("bundle directory", path, shared) {
            Ok(lock) => Ok(Some(lock)),
            Err(Error::Fs(error)) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn behind_turnstile(&self, mode: LockMode) -> Result<Held> {
        let _turnstile = self.wait(Rank::Turnstile, paths::LOCK_TURNSTILE, LockMode::Exclusive)?;
        self.wait(Rank::Store, paths::LOCK_STORE, mode)
    }

    fn wait(&self, rank: Rank, file: impl AsRef<Path>, mode: LockMode) -> Result<Held> {
        Ok(Held::new(self.take(rank, file, mode)?, rank))
    }

    fn take(&self, rank: Rank, file: impl AsRef<Path>, mode: LockMode) -> Result<FileLock> {
        HELD.with_borrow(|held| {
            debug_assert!(
                held.iter().all(|h| *h < rank),
                "waiting for the {rank:?} lock while holding {held:?}"
            );
        });
        let path = self.root.join(file);
        let take = |wait: &mut Wait<'_>| lock::lock_file(&path, mode, wait);
        self.bounded(rank.word(), &path, take)
    }

    /// Takes a lock within the operation's patience, and tells whom it waits for.
    fn bounded(
        &self,
        word: &'static str,
        path: &Path,
        take: impl FnOnce(&mut Wait<'_>) -> std::result::Result<FileLock, LockError>,
    ) -> Result<FileLock> {
        let mut told = Duration::ZERO;
        let mut on_wait = |waited: Duration| {
            if waited >= told + Duration::from_secs(1) {
                told = waited;
                self.observer.event(&Event::Waiting {
                    lock: word,
                    seconds: waited.as_secs(),
                    holders: holders(path),
                });
            }
        };
        let started = Instant::now();
        let mut wait = Wait {
            deadline: self.control.lock_deadline(),
            cancelled: &|| self.control.cancel.is_cancelled(),
            on_wait: &mut on_wait,
        };
        match take(&mut wait) {
            Ok(lock) => Ok(lock),
            Err(LockError::Cancelled) => Err(Error::Cancelled),
            Err(LockError::Io(error)) => Err(error.into()),
            Err(_) => {
                self.control.check()?;
                Err(Error::LockTimeout {
                    lock: word,
                    holders: holders(path),
                    path: path.to_path_buf(),
                    waited: started.elapsed(),
                })
            }
        }
    }
}

/// Who holds the lock on `path`, as far as the system tells.
pub(crate) fn holders(path: &Path) -> Vec<String> {
    lock::holders(path)
        .into_iter()
        .map(|holder| match holder.command {
            Some(command) => format!("{command} (process {})", holder.pid),
            None => format!("process {}", holder.pid),
        })
        .collect()
}

#[cfg(test)]
mod scratch {
    use super::*;

    /// A place for lock files.
    pub(super) fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary directory");
        for directory in [paths::LOCKS, paths::LOCKS_NAME] {
            linkstead_fs::dir::create_dir(&root.path().join(directory), 0o755).expect("it is ours");
        }
        root
    }

    pub(super) fn name() -> BundleName {
        BundleName::parse("name").expect("a name")
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::scratch::{name, root};
    use super::*;
    use crate::observe::Silent;

    #[test]
    fn locks_are_taken_from_left_to_right() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
        let gc = locks.gc().expect("it is free");
        let window = locks.window(&name()).expect("it is free");
        let directory = try_directory(root.path()).expect("it is there");
        let manifest = locks.manifest().expect("it is free");
        drop((manifest, directory, window, gc));
        // Who holds nothing begins anew.
        let _gc = locks.gc().expect("it is free");
    }

    // Seen to fail when `Held::new` does not note what is held.
    #[test]
    #[should_panic(expected = "waiting for the Turnstile lock while holding [Manifest]")]
    fn a_window_is_never_waited_for_with_the_manifest_open() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
        let _manifest = locks.manifest().expect("it is free");
        let _ = locks.window(&name());
    }

    // Seen to fail on the same change.
    #[test]
    #[should_panic(expected = "while holding [Directory]")]
    fn nor_with_a_bundle_directory_locked() {
        let (root, control) = (root(), Control::default());
        let locks = Locks::new(root.path(), &control, &Silent);
        let _directory = try_directory(root.path()).expect("it is there");
        let _ = locks.exclusive();
    }
}
