//! What lies in a store besides bundles and their content: work in progress and what is left of it, and what was put aside.

use std::path::{Path, PathBuf};

use linkstead_format::paths;
use linkstead_fs::dir::{self, DirEntry};
use serde::Serialize;

use super::concern::Concern;
use crate::recover;

/// What lies there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Leftovers {
    /// Operations under way.
    pub stagings: u64,
    /// Stagings whose makers live no more.
    pub dead_stagings: u64,
    /// Removed directories that wait for gc.
    pub parked: Shelf,
    /// What only waits to be deleted.
    pub trash: Shelf,
    /// Damaged files, kept for people.
    pub quarantine: Shelf,
}

/// What lies in one directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Shelf {
    /// Files and directories in it.
    pub entries: u64,
    /// Bytes of all files below it, also of those that bundles link too.
    pub bytes: u64,
}

/// Looks at them; what cannot be looked at is a concern.
pub(super) fn of(root: &Path, concerns: &mut Vec<Concern>) -> Leftovers {
    let mut list = |directory: &str| {
        let path = root.join(directory);
        let listed = dir::list_if_present(&path);
        let entries = listed.unwrap_or_else(|error| {
            concerns.push(Concern::Unreadable {
                problem: error.to_string(),
                path: path.clone(),
            });
            Vec::new()
        });
        (path, entries)
    };
    let (staging, entries) = list(paths::STAGING);
    let locks = entries.iter().map(|entry| staging.join(&entry.name));
    let locks: Vec<PathBuf> = locks
        .filter(|path| path.extension().is_some_and(|it| it == "lock"))
        .collect();
    let dead = locks.iter().filter(|path| recover::is_dead(path)).count();
    Leftovers {
        stagings: (locks.len() - dead) as u64,
        dead_stagings: dead as u64,
        parked: shelf(list(paths::PARKED)),
        trash: shelf(list(paths::TRASH)),
        quarantine: shelf(list(paths::QUARANTINE)),
    }
}

fn shelf((path, entries): (PathBuf, Vec<DirEntry>)) -> Shelf {
    let files = walkdir::WalkDir::new(path)
        .min_depth(1)
        .follow_links(false)
        .follow_root_links(false)
        .into_iter()
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .filter(std::fs::Metadata::is_file);
    Shelf {
        entries: entries.len() as u64,
        bytes: files.map(|found| found.len()).sum(),
    }
}
