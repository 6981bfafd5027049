//! How many bytes a deletion really frees: an inode is freed only when all of its links go.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use linkstead_fs::stat::{self, FileId, FileKind, FileStat};

use crate::error::Result;

/// Bytes of one block as `stat` counts them.
const STAT_BLOCK: u64 = 512;

/// What a file takes of the disk.
pub(super) fn bytes_on_disk(found: &FileStat) -> u64 {
    found.blocks * STAT_BLOCK
}

/// Counts the links that go, inode by inode.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Of each inode, how many links are still to go.
    left: HashMap<FileId, u64>,
    freed: u64,
}

impl Tally {
    /// One name of a file goes; what is gone already counts nothing. Says what was there.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<Option<FileStat>> {
        let found = stat::stat(path)?;
        if let Some(found) = &found {
            self.add(found);
        }
        Ok(found)
    }

    /// A directory goes with all below it, but for what is mounted there.
    pub(super) fn add_tree(&mut self, path: &Path) {
        for (_, found) in all_below(path) {
            self.add(&found);
        }
    }

    /// Bytes on disk that are free when everything counted is gone.
    pub(super) fn freed(&self) -> u64 {
        self.freed
    }

    /// One name of this file goes.
    pub(super) fn add(&mut self, found: &FileStat) {
        // A directory's links are its own children: it has one name.
        let all_links = match found.kind {
            FileKind::Directory => 1,
            _ => found.links.max(1),
        };
        let left = self.left.entry(found.id()).or_insert(all_links);
        // A link that was made since is counted at its own turn, if it goes at all.
        if *left == 1 {
            self.freed += bytes_on_disk(found);
        }
        *left = left.saturating_sub(1);
    }
}

/// A directory and all below it; a symbolic link is itself. What vanishes while we look is somebody else's deletion, and what
/// we may not look at counts as nothing, though it may go. No deletion enters what is mounted below, so neither do we; a part
/// of the same file system that is bound there looks like any other.
pub(super) fn all_below(path: &Path) -> impl Iterator<Item = (PathBuf, FileStat)> {
    walkdir::WalkDir::new(path)
        .follow_links(false)
        .follow_root_links(false)
        .same_file_system(true)
        .into_iter()
        .filter_map(|entry| {
            let path = entry.ok()?.into_path();
            let found = stat::stat(&path).ok()??;
            Some((path, found))
        })
}
