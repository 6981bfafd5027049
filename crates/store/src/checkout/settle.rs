//! What a checkout that did not end well left: completed or taken back, by what is at its path now.
//!
//! Whoever settles holds the exclusive store lock, or the lock of the path and a window.

use std::path::PathBuf;

use linkstead_format::{CheckoutState, paths};
use linkstead_fs::lock::LockMode;
use linkstead_fs::stat::FileKind;
use linkstead_fs::{dir, rename, stat};

use super::records::{self, Recorded};
use super::standing;
use super::target::Target;
use crate::error::Result;
use crate::observe::{Event, Notice, Observer};
use crate::recover::lock_of_the_dead;
use crate::store::Store;

/// How an intent was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// The new directory has had the path, and the record says so.
    Completed,
    /// The path is as it was, and the record is gone.
    TakenBack,
    /// Nothing was changed, and the record stays.
    Waits(Hindrance),
}

/// What a checkout that a crash left waits for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Hindrance {
    /// The disk that it was to be made on is not mounted.
    #[error("its disk is not there")]
    DiskAway,
    /// Between two renames something of somebody else's took the path.
    #[error("something else has the path, and what was there before is now {}", displaced.display())]
    PathTaken {
        /// What was at the path before, which belongs there.
        displaced: PathBuf,
    },
}

impl Store {
    /// Settles every intent whose maker is dead. What cannot be settled now stays for the next time, and is told; the ids of
    /// those where something failed, whose traces must stay.
    pub(crate) fn settle_dead_checkouts(&self, observer: &dyn Observer) -> Result<Vec<String>> {
        let mut failed = Vec::new();
        for recorded in records::readable(self.root())? {
            if !is_dead(self, &recorded)? {
                continue;
            }
            let problem = match settle(self, &recorded) {
                Ok(Settled::Completed | Settled::TakenBack) => continue,
                Ok(Settled::Waits(hindrance)) => hindrance.to_string(),
                Err(error) => {
                    failed.push(recorded.id.clone());
                    error.to_string()
                }
            };
            observer.event(&Event::Notice {
                notice: Notice::CheckoutUnsettled {
                    path: recorded.checkout.path.into(),
                    problem,
                },
            });
        }
        Ok(failed)
    }
}

/// Whether a checkout was intended by somebody who lives no more.
pub(super) fn is_dead(store: &Store, recorded: &Recorded) -> Result<bool> {
    if recorded.checkout.state == CheckoutState::Complete {
        return Ok(false);
    }
    let mark = store.path(paths::STAGING).join(&recorded.id);
    let lock = mark.with_extension("lock");
    Ok(stat::stat(&lock)?.is_none() || lock_of_the_dead(&lock, LockMode::Shared)?.is_some())
}

/// Completes it or takes it back.
pub(super) fn settle(store: &Store, recorded: &Recorded) -> Result<Settled> {
    let Some(target) = Target::recorded(&recorded.checkout.path) else {
        return forget(store, recorded);
    };
    if !standing::has_its_disk(&recorded.checkout)? {
        return Ok(Settled::Waits(Hindrance::DiskAway));
    }
    if stat::stat(&target.parent)?.is_none() {
        // With all that lay in it.
        return forget(store, recorded);
    }
    if !is_in_place(&target, recorded)? {
        let old = target.old(&recorded.id);
        // A file of that name is none of a checkout's.
        if standing::identity_at(&old)?.is_some() && !bring_back(&target, recorded)? {
            return Ok(Settled::Waits(Hindrance::PathTaken { displaced: old }));
        }
    }
    if !is_in_place(&target, recorded)? {
        return take_back(store, &target, recorded);
    }
    complete(store, &target, recorded.clone())?;
    Ok(Settled::Completed)
}

fn is_in_place(target: &Target, recorded: &Recorded) -> Result<bool> {
    match &recorded.checkout.directory {
        Some(made) => standing::is_at(&target.path, made),
        None => Ok(false),
    }
}

fn forget(store: &Store, recorded: &Recorded) -> Result<Settled> {
    records::delete(store.root(), &[recorded])?;
    Ok(Settled::TakenBack)
}

/// Between the two renames of a swap in two steps nothing has the path: the new directory gets it, or else the old one. Says
/// whether one of them has it.
fn bring_back(target: &Target, recorded: &Recorded) -> Result<bool> {
    if !is_free(target)? {
        return Ok(false);
    }
    let (fresh, old) = (target.fresh(&recorded.id), target.old(&recorded.id));
    let is_new = match &recorded.checkout.directory {
        Some(made) => standing::is_at(&fresh, made)?,
        None => false,
    };
    let mut failed = None;
    for candidate in [is_new.then_some(fresh), Some(old)].into_iter().flatten() {
        match rename::rename_over(&candidate, &target.path) {
            Ok(()) => return Ok(true),
            // What appeared at the path this moment, or is mounted there, is somebody else's.
            Err(error) if error.is_occupied() || !is_free(target)? => return Ok(false),
            Err(error) => failed = Some(error),
        }
    }
    // As long as both lie aside, the record says where.
    failed.map_or(Ok(false), |error| Err(error.into()))
}

/// Whether nothing is at the path, or an empty directory, which a host that missed its own may have made: nothing else is what a
/// rename of a directory replaces.
fn is_free(target: &Target) -> Result<bool> {
    let Some(found) = stat::stat(&target.path)? else {
        return Ok(true);
    };
    if found.kind != FileKind::Directory {
        return Ok(false);
    }
    match dir::list_if_present(&target.path) {
        Ok(entries) => Ok(entries.is_empty()),
        // It may hold something.
        Err(error) if error.is_permission() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What has the path keeps it. If the new directory had it already and went since, by whatever hand, what it displaced goes as
/// after any checkout.
fn take_back(store: &Store, target: &Target, recorded: &Recorded) -> Result<Settled> {
    let fresh = target.fresh(&recorded.id);
    if let Some(made) = &recorded.checkout.directory
        && stat::stat(&fresh)?.is_some()
        && !standing::is_at(&fresh, made)?
    {
        write_complete(store, target, &mut recorded.clone())?;
        return Ok(Settled::Completed);
    }
    dir::remove_tree(&fresh)?;
    dir::sync_dir(&target.parent)?;
    forget(store, recorded)
}

/// Step 10: the record says so, and is the only one of its path, but for an intent on a disk that is away.
pub(super) fn complete(store: &Store, target: &Target, mut recorded: Recorded) -> Result<Recorded> {
    write_complete(store, target, &mut recorded)?;
    let of_path = records::of_path(store.root(), target.text())?;
    let others: Vec<&Recorded> = of_path
        .iter()
        .filter(|other| other.id != recorded.id && other.checkout.state == CheckoutState::Complete)
        .collect();
    if !others.is_empty() {
        records::delete(store.root(), &others)?;
    }
    Ok(recorded)
}

/// From here on what was displaced may go: the swap is made durable before.
fn write_complete(store: &Store, target: &Target, recorded: &mut Recorded) -> Result<()> {
    dir::sync_dir(&target.parent)?;
    recorded.checkout.state = CheckoutState::Complete;
    recorded.write(store.root())
}

#[cfg(test)]
mod tests;
