//! How many bytes a deletion really frees: an inode is freed only when all of its links go.

use std::collections::HashMap;
use std::path::Path;

use linkstead_fs::stat::{self, FileKind, FileStat};

use crate::error::Result;

/// Bytes of one block as `stat` counts them.
const STAT_BLOCK: u64 = 512;

/// Counts the links that go, inode by inode.
#[derive(Debug, Default)]
pub(super) struct Tally {
    inodes: HashMap<(u64, u64), Going>,
}

#[derive(Debug)]
struct Going {
    links: u64,
    all_links: u64,
    bytes: u64,
}

impl Tally {
    /// One name of a file goes; what is gone already counts nothing.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<()> {
        if let Some(found) = stat::stat(path)? {
            self.add(&found);
        }
        Ok(())
    }

    /// A directory goes with all below it.
    pub(super) fn add_tree(&mut self, path: &Path) -> Result<()> {
        for entry in walkdir::WalkDir::new(path).follow_links(false) {
            // What vanishes while we look is somebody else's deletion.
            let Ok(entry) = entry else { continue };
            self.add_file(entry.path())?;
        }
        Ok(())
    }

    /// Bytes on disk that are free when everything counted is gone.
    pub(super) fn freed(&self) -> u64 {
        self.inodes
            .values()
            .filter(|going| going.links >= going.all_links)
            .map(|going| going.bytes)
            .sum()
    }

    fn add(&mut self, found: &FileStat) {
        // A directory's links are its own children: it has one name.
        let all_links = match found.kind {
            FileKind::Directory => 1,
            _ => found.links,
        };
        self.inodes
            .entry((found.device, found.inode))
            .or_insert(Going {
                links: 0,
                all_links,
                bytes: found.blocks * STAT_BLOCK,
            })
            .links += 1;
    }
}
