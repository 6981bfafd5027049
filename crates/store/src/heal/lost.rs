//! What a mending would lose: a content that is not the bundle's, or what a rename cannot replace. It gets a name in
//! `quarantine/` before its own is taken.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::{ObjectKey, TreeEntry, TreeFile, TreeKind, paths};
use linkstead_fs::link::{self, LinkOutcome};
use linkstead_fs::stat::{self, FileId, FileKind, FileStat};
use linkstead_fs::{dir, rename, unique_name};

use crate::error::Result;
use crate::objects;
use crate::unreadable;

/// The longest beginning of a file's name that its name in `quarantine/` begins with, in bytes.
const LONGEST: usize = 200;

/// Keeps what one mending would lose.
pub(super) struct Keeper<'a> {
    root: &'a Path,
    /// What lies in `quarantine/`, once that was asked for: of an inode that many share one name is enough.
    quarantined: Option<HashSet<FileId>>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Keeper {
            root,
            quarantined: None,
        }
    }

    /// Keeps what stands at the path of an entry, durably, if it would be lost; says where. A file stays at its path too, so that a
    /// running server never misses it, unless the file system makes no second names.
    pub(super) fn keep(&mut self, path: &Path, entry: &TreeEntry) -> Result<Option<PathBuf>> {
        let Some(found) = stat::stat(path)? else {
            return Ok(None);
        };
        let wants_directory = entry.kind == TreeKind::Directory;
        let is_in_the_way = wants_directory != (found.kind == FileKind::Directory);
        if !is_in_the_way && !self.would_be_lost(path, &found, entry)? {
            return Ok(None);
        }
        let quarantine = self.root.join(paths::QUARANTINE);
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
        if let Some(inodes) = &mut self.quarantined {
            inodes.insert(found.id());
        }
        Ok(Some(kept))
    }

    /// Whether what a rename would replace is nowhere else where it stays.
    fn would_be_lost(&mut self, path: &Path, found: &FileStat, entry: &TreeEntry) -> Result<bool> {
        if found.kind == FileKind::Directory || found.size == 0 {
            return Ok(false);
        }
        let (Some(TreeFile { key, .. }), FileKind::File) = (entry.file(), found.kind) else {
            return Ok(true);
        };
        if found.links > 1 && self.has_a_name_that_stays(found, &key)? {
            return Ok(false);
        }
        match objects::is_another(path, &key.id) {
            Ok(is_another) => Ok(is_another),
            // What cannot be read may be anything.
            Err(error) => unreadable::problem_of(error).map(|_| true),
        }
    }

    /// Its other names may be those of directories that gc deletes, or of files that are mended next. That of its object is kept
    /// when the object is mended; one in `quarantine/` is people's to delete.
    fn has_a_name_that_stays(&mut self, found: &FileStat, key: &ObjectKey) -> Result<bool> {
        let object = stat::stat(&self.root.join(key.relative_path()))?;
        Ok(object.is_some_and(|object| object.is_same_file(found))
            || self.quarantined()?.contains(&found.id()))
    }

    fn quarantined(&mut self) -> Result<&HashSet<FileId>> {
        let inodes = match self.quarantined.take() {
            Some(known) => known,
            None => inodes_in(&self.root.join(paths::QUARANTINE))?,
        };
        Ok(self.quarantined.insert(inodes))
    }
}

fn inodes_in(directory: &Path) -> Result<HashSet<FileId>> {
    let mut inodes = HashSet::new();
    for entry in dir::list_if_present(directory)? {
        let found = stat::stat(&directory.join(entry.name))?;
        inodes.extend(found.as_ref().map(FileStat::id));
    }
    Ok(inodes)
}

/// A name that says which file it was.
fn name_of(entry: &TreeEntry) -> String {
    let path = entry.path.as_str();
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = &name[..name.floor_char_boundary(LONGEST)];
    format!("{name}.{}", unique_name())
}
