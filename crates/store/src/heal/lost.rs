//! What a mending would lose: the last name of a content that is not the bundle's, or what a rename cannot replace. It gets a name in
//! `quarantine/` before its own is taken.

use std::path::{Path, PathBuf};

use linkstead_format::{TreeEntry, TreeKind, paths};
use linkstead_fs::link::{self, LinkOutcome};
use linkstead_fs::stat::{self, FileKind, FileStat};
use linkstead_fs::{dir, rename, unique_name};

use crate::error::Result;
use crate::objects;
use crate::unreadable;

/// The longest beginning of a file's name that its name in `quarantine/` begins with, in bytes.
const LONGEST: usize = 200;

/// Keeps what stands at the path of an entry, durably, if it would be lost; says where. A file stays at its path too, so that a
/// running server never misses it, unless the file system makes no second names.
pub(super) fn keep(root: &Path, path: &Path, entry: &TreeEntry) -> Result<Option<PathBuf>> {
    let Some(found) = stat::stat(path)? else {
        return Ok(None);
    };
    let wants_directory = entry.kind == TreeKind::Directory;
    let is_in_the_way = wants_directory != (found.kind == FileKind::Directory);
    if !is_in_the_way && !would_be_lost(path, &found, entry)? {
        return Ok(None);
    }
    let quarantine = root.join(paths::QUARANTINE);
    let kept = quarantine.join(name_of(entry));
    let linked = match is_in_the_way {
        true => None,
        false => Some(link::hard_link(path, &kept)?),
    };
    match linked {
        Some(LinkOutcome::Linked) => {}
        Some(LinkOutcome::SourceMissing) => return Ok(None),
        _ => rename::rename_over(path, &kept)?,
    }
    dir::sync_dir(&quarantine)?;
    Ok(Some(kept))
}

/// Whether what a rename would replace is nowhere else. What has another name is kept by that: an altered object was kept as such,
/// and of an inode that several directories share the last one is kept.
fn would_be_lost(path: &Path, found: &FileStat, entry: &TreeEntry) -> Result<bool> {
    if found.kind == FileKind::Directory || found.links > 1 || found.size == 0 {
        return Ok(false);
    }
    let (TreeKind::File { object, .. }, FileKind::File) = (&entry.kind, found.kind) else {
        return Ok(true);
    };
    match objects::hash_file(path) {
        Ok(hashed) => Ok(hashed.is_some_and(|(id, _)| id != *object)),
        // What cannot be read may be anything.
        Err(error) => unreadable::problem_of(error).map(|_| true),
    }
}

/// A name that says which file it was.
fn name_of(entry: &TreeEntry) -> String {
    let path = entry.path.as_str();
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = &name[..name.floor_char_boundary(LONGEST)];
    format!("{name}.{}", unique_name())
}
