//! Step 9: the new directory takes the path, in one step where the system can.

use std::path::Path;

use linkstead_fs::rename::{self, ExchangeOutcome, MoveOutcome, RenameOutcome};
use linkstead_fs::sync::Synced;

use super::occupant::Occupant;
use super::refusal::CheckoutRefusal;
use super::target::{Target, refused};
use crate::error::{Error, Result};

/// Gives `fresh` the path, and what was there a name beside it. Durable when the parent is synced.
pub(super) fn swap(
    target: &Target,
    id: &str,
    fresh: &Path,
    occupant: &Occupant,
    synced: Synced,
) -> Result<()> {
    match occupant {
        Occupant::Nothing => move_in(fresh, target, synced),
        Occupant::Ours { .. } | Occupant::Foreign => {
            match rename::exchange(fresh, &target.path, synced)? {
                ExchangeOutcome::Exchanged => Ok(()),
                ExchangeOutcome::Unsupported(synced) => {
                    in_two_steps(target, &target.old(id), fresh, synced)
                }
            }
        }
    }
}

/// A crash between the two leaves both directories beside the path; recovery goes on with the new one.
fn in_two_steps(target: &Target, old: &Path, fresh: &Path, synced: Synced) -> Result<()> {
    match rename::move_aside(&target.path, old)? {
        MoveOutcome::Moved | MoveOutcome::SourceMissing => {}
        MoveOutcome::CrossDevice | MoveOutcome::TargetExists => {
            return Err(Error::Damaged {
                path: target.path.clone(),
                problem: "it cannot be renamed, so nothing can take its place".into(),
            });
        }
    }
    // Where this fails, whoever settles the record brings the old one back.
    move_in(fresh, target, synced)
}

fn move_in(fresh: &Path, target: &Target, synced: Synced) -> Result<()> {
    match rename::publish(fresh, &target.path, synced)? {
        RenameOutcome::Renamed => Ok(()),
        // Since it was looked for.
        RenameOutcome::TargetExists => Err(refused(&target.path, CheckoutRefusal::Foreign)),
    }
}
