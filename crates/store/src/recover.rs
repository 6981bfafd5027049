//! Recovery: what a crash left is judged only under the exclusive store lock (store-format.md, section 14).

mod dead;
mod orphans;
mod rebuild;

use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::lock::{self, FileLock, LockMode};
use linkstead_fs::{dir, stat};

use crate::control::Control;
use crate::error::{ErrorKind, Result};
use crate::locks::{Exclusive, Locks};
use crate::observe::{Event, Notice, Observer, Phase};
use crate::refs;
use crate::store::Store;
use crate::trash::Doomed;

impl Store {
    /// Recovers at open if a crash left a trace, and if no other process is in the middle of an operation.
    pub(crate) fn recover_if_needed(
        &self,
        control: &Control,
        observer: &dyn Observer,
    ) -> Result<()> {
        if !has_dead_staging(self.root())? && !self.manifest_is_lost()? {
            return Ok(());
        }
        let locks = self.locks(control, observer);
        let Some(exclusive) = locks.try_exclusive()? else {
            return Ok(());
        };
        match self.recover(&exclusive, &locks, observer) {
            Ok(()) => {}
            // A root that cannot be read stops a gc, not the work of others.
            Err(error) if error.kind() == ErrorKind::Damaged => observer.event(&Event::Notice {
                notice: Notice::NotRecovered {
                    problem: error.to_string(),
                },
            }),
            Err(error) => return Err(error),
        }
        drop(exclusive);
        self.clear_displaced(observer)?;
        self.empty_trash(observer)
    }

    /// Before an operation that changes the store: a lost or unreadable manifest is rebuilt, however long the lock takes,
    /// because a new one without the old records would make every installed directory look like an orphan.
    pub(crate) fn ensure_manifest(&self, locks: &Locks<'_>, observer: &dyn Observer) -> Result<()> {
        if !self.manifest_is_lost()? && self.manifest_works(locks)? {
            return Ok(());
        }
        let exclusive = locks.exclusive()?;
        self.rebuild_if_lost(&exclusive, locks, observer)
    }

    /// Rebuilds a manifest that could be opened and then could not be used.
    pub(crate) fn replace_manifest(
        &self,
        locks: &Locks<'_>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let exclusive = locks.exclusive()?;
        // Another process may have replaced it while we waited.
        if !self.all_of_manifest_works(locks)? {
            self.quarantine_manifest()?;
        }
        self.rebuild_if_lost(&exclusive, locks, observer)
    }

    /// Makes durable what a dead process may have renamed, while its trace lies in staging: before the trace goes, and for whoever
    /// is about to acknowledge what it only looked at, where others are at work and nobody can recover.
    #[track_caller]
    pub(crate) fn settle_what_the_dead_did(&self) -> Result<()> {
        if has_dead_staging(self.root())? {
            self.sync_everything()?;
        }
        Ok(())
    }

    /// All of recovery but the deleting; the caller holds the exclusive store lock.
    pub(crate) fn recover(
        &self,
        exclusive: &Exclusive,
        locks: &Locks<'_>,
        observer: &dyn Observer,
    ) -> Result<()> {
        observer.event(&Event::Phase {
            phase: Phase::Recover,
        });
        exclusive.end_epoch_of_the_dead();
        self.rebuild_if_lost(exclusive, locks, observer)?;
        // By their traces, which go in the next step.
        let unsettled = self.settle_dead_checkouts(observer)?;
        let stagings = self.doom_dead_stagings(&unsettled)?;
        let orphans = self.doom_orphans(locks, observer)?;
        if stagings + orphans > 0 {
            observer.event(&Event::Notice {
                notice: Notice::Recovered { stagings, orphans },
            });
        }
        Ok(())
    }

    /// Moves dead stagings to the trash. The traces of these stay: the next open tries again what it could not do.
    fn doom_dead_stagings(&self, unsettled: &[String]) -> Result<usize> {
        // While the trace of the dead lies there, whoever relies on what they renamed syncs first: so it goes after a sync.
        self.settle_what_the_dead_did()?;
        let mut stagings = 0;
        for dead in self.dead_stagings(LockMode::Exclusive)? {
            if unsettled.iter().any(|id| dead.is_of(id)) {
                continue;
            }
            let _: Doomed = self.doom(&dead.path)?;
            if let Some((path, lock)) = dead.trace {
                dir::remove_file(&path)?;
                drop(lock);
                stagings += 1;
            }
        }
        Ok(stagings)
    }

    /// Whether there are refs or pins and no manifest: then it was lost.
    pub(crate) fn manifest_is_lost(&self) -> Result<bool> {
        if stat::stat(&self.path(paths::MANIFEST))?.is_some() {
            return Ok(false);
        }
        let pins = dir::list_if_present(&self.path(paths::PINS))?;
        Ok(!pins.is_empty() || !refs::all(self.root())?.names.is_empty())
    }
}

/// Whether some staging's lock is held by nobody, or a staging has none.
fn has_dead_staging(root: &Path) -> Result<bool> {
    let staging = root.join(paths::STAGING);
    for entry in dir::list_if_present(&staging)? {
        let path = staging.join(&entry.name);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("lock") => {
                // Shared: two who look at once must not take each other for the living.
                if lock_of_the_dead(&path, LockMode::Shared)?.is_some() {
                    return Ok(true);
                }
            }
            // Whether a temporary file is dead is judged under the exclusive lock.
            Some(_) => {}
            None => {
                if stat::stat(&path.with_extension("lock"))?.is_none()
                    && stat::stat(&path)?.is_some()
                {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Whether the creator of the staging with this lock lives no more, as far as that can be seen.
pub(crate) fn is_dead(lock: &Path) -> bool {
    lock_of_the_dead(lock, LockMode::Shared).is_ok_and(|lock| lock.is_some())
}

/// The lock of a staging whose creator lives no more; `None` if it lives, or ended well.
pub(crate) fn lock_of_the_dead(path: &Path, mode: LockMode) -> Result<Option<FileLock>> {
    match lock::try_lock_existing(path, mode)? {
        // An operation that ends just now removes the file, then lets go.
        Some(lock) if lock.still_names(path)? => Ok(Some(lock)),
        _ => Ok(None),
    }
}
