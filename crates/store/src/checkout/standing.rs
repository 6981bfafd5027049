//! Whether a checkout is still there: its path is looked at, never remembered.

use std::path::Path;

use linkstead_format::{Checkout, CheckoutState, DirectoryIdentity};
use linkstead_fs::stat::{self, FileKind, FileStat};
use serde::Serialize;

use crate::error::Result;

/// How a recorded checkout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Standing {
    /// The directory that was made is at its path.
    Here,
    /// The disk that it was made on is not there, or cannot be looked at.
    Away,
    /// It was deleted, or another directory took its place: gc forgets it.
    Gone,
    /// It is being made, or a crash left it to be settled.
    Unfinished,
}

/// The identity of a directory.
pub(super) fn identity_of(found: &FileStat) -> DirectoryIdentity {
    DirectoryIdentity {
        device: found.device,
        inode: found.inode,
        born: found.born.unwrap_or(0),
    }
}

/// Whether the directory at `path` is this one.
pub(super) fn is_at(path: &Path, identity: &DirectoryIdentity) -> Result<bool> {
    let found = stat::stat(path)?;
    Ok(found
        .is_some_and(|found| found.kind == FileKind::Directory && identity_of(&found).is(identity)))
}

/// How a recorded checkout stands now. Where that cannot be found out, it counts as away: what is away is kept.
pub(crate) fn standing(checkout: &Checkout) -> Standing {
    let (CheckoutState::Complete, Some(made)) = (checkout.state, &checkout.directory) else {
        return Standing::Unfinished;
    };
    let path = Path::new(&checkout.path);
    if matches!(is_at(path, made), Ok(true)) {
        return Standing::Here;
    }
    // Where its disk is not mounted there is nothing, or what lies on another one.
    let nearest = match stat::stat(path) {
        Ok(None) => path.parent().map(stat::stat),
        found => Some(found),
    };
    match nearest {
        Some(Ok(Some(found))) if found.device == made.device => Standing::Gone,
        _ => Standing::Away,
    }
}
