//! Which bundles are leased, and by whom, as far as the system tells.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use linkstead_format::{BundleKey, BundleName, Receipt, Version};
use linkstead_fs::file;
use linkstead_fs::lock::{self, LockMode};
use serde::Serialize;

use crate::bundles_dir;
use crate::error::Result;
use crate::refs;
use crate::store::{SMALL_FILE, Store};

/// A bundle that live processes hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Leased {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// Whether a name still means it; else it goes with the first gc after its last holder.
    pub named: bool,
    /// The processes that hold it. Empty where the system does not tell, such as for processes of another container.
    pub holders: Vec<Holder>,
}

/// A process that holds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Holder {
    /// Its process id.
    pub process: u32,
    /// The name of its program, if it could be read.
    pub command: Option<String>,
}

impl From<lock::Holder> for Holder {
    fn from(holder: lock::Holder) -> Self {
        Holder {
            process: holder.pid,
            command: holder.command,
        }
    }
}

impl Store {
    /// All leased bundles, by name and version.
    ///
    /// Whether a directory is leased is found out by locking it, so it is locked for a moment: a lease that begins just then
    /// waits for that moment, and a removal says that it is in use. One that is held takes some milliseconds, in which others who
    /// ask let go.
    ///
    /// # Errors
    /// The directories or refs cannot be listed.
    pub fn leases(&self) -> Result<Vec<Leased>> {
        let named: HashMap<PathBuf, BundleKey> = refs::all(self.root())?
            .directories()
            .into_iter()
            .map(|at| (self.path(at.published()), at))
            .collect();
        let mut leased = Vec::new();
        for directory in self.published_directories()? {
            if !is_held(&directory)? {
                continue;
            }
            let meant = named.get(&directory);
            let Some((name, version)) = meant
                .map(|at| (at.name.clone(), at.version.clone()))
                .or_else(|| named_by_receipt(&directory))
            else {
                continue;
            };
            leased.push(Leased {
                name,
                version,
                named: meant.is_some(),
                holders: holders(&directory),
                directory,
            });
        }
        leased.sort_by(|a, b| {
            (&a.name, &a.version, &a.directory).cmp(&(&b.name, &b.version, &b.directory))
        });
        Ok(leased)
    }

    /// Every directory that lies where published ones do.
    fn published_directories(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for of_version in bundles_dir::version_directories(self)? {
            found.extend(bundles_dir::published_in(&of_version)?);
        }
        Ok(found)
    }
}

/// How often a directory is tried before it counts as held, and how long is paused in between: whoever else asks, or is about
/// to remove it, has it for a moment too.
const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_millis(1);

/// Whether some process leases a directory.
pub(crate) fn is_held(directory: &Path) -> Result<bool> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        match locked(directory, LockMode::Exclusive)? {
            Attempt::Taken | Attempt::NotThere => return Ok(false),
            Attempt::Held => {}
        }
    }
    // Who lets nobody share it is removing it, and no lease.
    Ok(locked(directory, LockMode::Shared)? == Attempt::Taken)
}

/// Who holds a published directory; `None` if nobody does.
pub(crate) fn held_by(directory: &Path) -> Result<Option<Vec<Holder>>> {
    let is_held = is_held(directory)?;
    Ok(is_held.then(|| holders(directory)))
}

/// How a lock that was let go at once was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Taken,
    Held,
    /// It went away, or is not ours to look at.
    NotThere,
}

fn locked(directory: &Path, mode: LockMode) -> Result<Attempt> {
    match lock::try_lock_dir(directory, mode) {
        Ok(Some(_)) => Ok(Attempt::Taken),
        Ok(None) => Ok(Attempt::Held),
        Err(error) if error.is_not_found() || error.is_permission() => Ok(Attempt::NotThere),
        Err(error) => Err(error.into()),
    }
}

/// A directory that no name means is told by its receipt.
fn named_by_receipt(directory: &Path) -> Option<(BundleName, Version)> {
    let bytes = file::read(&directory.with_extension("json"), SMALL_FILE).ok()??;
    let receipt = Receipt::decode(&bytes).ok()?;
    Some((receipt.name, receipt.version))
}

fn holders(directory: &Path) -> Vec<Holder> {
    lock::holders(directory)
        .into_iter()
        .map(Holder::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Seen to fail when `TRIES` is 1: those who ask are in each other's way, and take each other for holders.
    #[test]
    fn those_who_ask_at_once_do_not_take_each_other_for_holders() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let ask = || {
            for _ in 0..200 {
                assert!(!is_held(directory.path()).expect("it is ours"));
            }
        };
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(ask);
            }
        });
    }

    // Seen to fail when `is_held` does not ask whether it can be shared.
    #[test]
    fn who_removes_a_directory_does_not_lease_it() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let hold = |mode| {
            let lock = lock::try_lock_dir(directory.path(), mode).expect("it is ours");
            lock.expect("it is free")
        };
        let lease = hold(LockMode::Shared);
        assert!(is_held(directory.path()).expect("it is ours"));
        drop(lease);
        let _removal = hold(LockMode::Exclusive);
        assert!(!is_held(directory.path()).expect("it is ours"));
    }
}
