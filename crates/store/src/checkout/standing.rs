//! Whether a checkout is still there: its path is looked at, never remembered.

use std::path::Path;

use linkstead_format::{Checkout, CheckoutState, DirectoryIdentity};
use linkstead_fs::stat::{self, FileKind};
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

/// The identity of the directory at a path; `None` if none is there.
pub(super) fn identity_at(path: &Path) -> Result<Option<DirectoryIdentity>> {
    let Some(found) = stat::stat(path)?.filter(|found| found.kind == FileKind::Directory) else {
        return Ok(None);
    };
    Ok(Some(DirectoryIdentity {
        device: found.device,
        inode: found.inode,
        born: found.born.unwrap_or(0),
        filesystem: stat::filesystem_id(path).unwrap_or(0),
    }))
}

/// Whether the directory at `path` is this one.
pub(super) fn is_at(path: &Path, identity: &DirectoryIdentity) -> Result<bool> {
    Ok(identity_at(path)?.is_some_and(|found| found.is(identity)))
}

/// How a recorded checkout stands now. Where that cannot be found out, it counts as away: what is away is kept.
pub(crate) fn standing(checkout: &Checkout) -> Standing {
    let (CheckoutState::Complete, Some(made)) = (checkout.state, &checkout.directory) else {
        return Standing::Unfinished;
    };
    if matches!(is_at(Path::new(&checkout.path), made), Ok(true)) {
        return Standing::Here;
    }
    match has_its_disk(checkout) {
        Ok(true) => Standing::Gone,
        _ => Standing::Away,
    }
}

/// The top of the mount that a directory lies on. Its inode, and its birth or the file system's own number, stay for ever, while
/// device numbers may be others when a system starts anew.
pub(super) fn mount_of(directory: &Path) -> Result<Option<DirectoryIdentity>> {
    match stat::top_of_mount(directory)? {
        Some(top) => identity_at(&top),
        None => Ok(None),
    }
}

/// Whether the disk that a checkout was made on is there. While it is not, nothing is at the path, or what lies on another one.
pub(super) fn has_its_disk(checkout: &Checkout) -> Result<bool> {
    let path = Path::new(&checkout.path);
    let Some(known) = &checkout.mount else {
        return is_on_its_device(checkout, path);
    };
    // Where the directory that it lay in is gone too, the one above that says which disk is there.
    for above in path.ancestors().skip(1) {
        if let Some(there) = mount_of(above)? {
            return Ok(there.is(known));
        }
    }
    Ok(false)
}

/// All that can be told by a record of a program that did not write down the mount.
fn is_on_its_device(checkout: &Checkout, path: &Path) -> Result<bool> {
    let found = match stat::stat(path)? {
        Some(found) => Some(found),
        None => path.parent().map(stat::stat).transpose()?.flatten(),
    };
    let made = &checkout.directory;
    Ok(found.is_some_and(|found| made.as_ref().is_none_or(|made| made.device == found.device)))
}
