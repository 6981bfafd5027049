//! What a checkout that did not end well left: completed or taken back, by what is at its path now.
//!
//! Whoever settles holds the exclusive store lock, or the lock of the path and a window.

use linkstead_format::{CheckoutState, paths};
use linkstead_fs::lock::LockMode;
use linkstead_fs::rename::{self, RenameOutcome};
use linkstead_fs::{dir, stat};

use super::records::{self, Recorded};
use super::standing;
use super::target::Target;
use crate::error::Result;
use crate::observe::{Event, Notice, Observer};
use crate::recover::lock_of_the_dead;
use crate::store::Store;

/// How an intent was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// The new directory has the path, and the record says so.
    Completed,
    /// The path is as it was, and the record is gone.
    TakenBack,
    /// Its disk is not there: it waits.
    Waits,
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
                Ok(Settled::Waits) => "the directory that it is in is not there".to_owned(),
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
        records::delete(store.root(), &[recorded])?;
        return Ok(Settled::TakenBack);
    };
    if stat::stat(&target.parent)?.is_none() {
        return Ok(Settled::Waits);
    }
    if is_in_place(&target, recorded)? {
        complete(store, &target, recorded.clone())?;
        return Ok(Settled::Completed);
    }
    if bring_back(&target, recorded)? {
        complete(store, &target, recorded.clone())?;
        return Ok(Settled::Completed);
    }
    dir::remove_tree(&target.fresh(&recorded.id))?;
    dir::sync_dir(&target.parent)?;
    records::delete(store.root(), &[recorded])?;
    Ok(Settled::TakenBack)
}

fn is_in_place(target: &Target, recorded: &Recorded) -> Result<bool> {
    match &recorded.checkout.directory {
        Some(made) => standing::is_at(&target.path, made),
        None => Ok(false),
    }
}

/// Between the two renames of a swap in two steps nothing has the path: the new directory gets it, or else the old one. Says
/// whether it was the new one.
fn bring_back(target: &Target, recorded: &Recorded) -> Result<bool> {
    let (fresh, old) = (target.fresh(&recorded.id), target.old(&recorded.id));
    if stat::stat(&target.path)?.is_some() || stat::stat(&old)?.is_none() {
        return Ok(false);
    }
    let is_new = match &recorded.checkout.directory {
        Some(made) => standing::is_at(&fresh, made)?,
        None => false,
    };
    let mut failed = None;
    for candidate in [is_new.then_some(fresh), Some(old)].into_iter().flatten() {
        match rename::rename_no_replace(&candidate, &target.path) {
            // What appeared at the path this moment is somebody else's.
            Ok(RenameOutcome::Renamed | RenameOutcome::TargetExists) => {
                return is_in_place(target, recorded);
            }
            Err(error) => failed = Some(error),
        }
    }
    // As long as both lie aside, the record says where.
    failed.map_or(Ok(false), |error| Err(error.into()))
}

/// Step 10: the record says so, and is the only one of its path. The swap is made durable before.
pub(super) fn complete(store: &Store, target: &Target, mut recorded: Recorded) -> Result<Recorded> {
    dir::sync_dir(&target.parent)?;
    recorded.checkout.state = CheckoutState::Complete;
    recorded.write(store.root())?;
    let of_path = records::of_path(store.root(), target.text())?;
    let others: Vec<&Recorded> = of_path
        .iter()
        .filter(|other| other.id != recorded.id)
        .collect();
    if !others.is_empty() {
        records::delete(store.root(), &others)?;
    }
    Ok(recorded)
}

#[cfg(test)]
mod tests;
