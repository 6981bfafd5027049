//! Where fresh objects lie in staging.
//!
//! An object whose two-digit directory the store lacks is staged in a directory of that name, which gets its name in the store
//! by one rename, with all that is in it: into an empty store 256 renames instead of ten thousand, and threads that write
//! seldom meet in one directory. Every other object lies by itself, to get its own name.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_format::{ObjectKey, paths};
use linkstead_fs::link::{self, LinkOutcome};
use linkstead_fs::{DirHandle, dir};

use crate::error::Result;
use crate::objects::ShelfHandles;
use crate::staging::Staging;

/// The staged shelves of one staging.
#[derive(Debug)]
pub(crate) struct Shelves {
    staging: PathBuf,
    /// The numbers of the shelves that the store lacked, and whether they were made in staging.
    lacking: BTreeMap<u8, AtomicBool>,
    handles: ShelfHandles,
}

impl Shelves {
    /// No shelf is staged: few objects are expected.
    pub(crate) fn none(staging: &Staging) -> Self {
        Shelves {
            staging: staging.path().to_path_buf(),
            lacking: BTreeMap::new(),
            handles: ShelfHandles::new(staging.path()),
        }
    }

    /// Those that the store lacks now are staged.
    pub(crate) fn lacking_in(root: &Path, staging: &Staging) -> Result<Self> {
        let there = dir::list(&root.join(paths::OBJECTS))?;
        let there: HashSet<PathBuf> = there
            .into_iter()
            .map(|entry| Path::new(paths::OBJECTS).join(entry.name))
            .collect();
        let lacking = (0..=u8::MAX).filter(|number| !there.contains(&paths::shelf(*number)));
        Ok(Shelves {
            lacking: lacking
                .map(|number| (number, AtomicBool::new(false)))
                .collect(),
            ..Self::none(staging)
        })
    }

    /// Where a fresh object lies.
    pub(crate) fn path(&self, key: &ObjectKey) -> PathBuf {
        match self.lacking.contains_key(&key.shelf()) {
            true => self.staging.join(key.relative_path()),
            false => self.staging.join(paths::OBJECTS).join(key.to_string()),
        }
    }

    /// Where a fresh object is to be written, its shelf made.
    pub(crate) fn place(&self, key: &ObjectKey) -> Result<PathBuf> {
        let path = self.path(key);
        if let Some(made) = self.lacking.get(&key.shelf())
            && !made.load(Ordering::Acquire)
        {
            dir::create_dir(path.parent().expect("a shelf"), 0o755)?;
            made.store(true, Ordering::Release);
        }
        Ok(path)
    }

    /// Gives a fresh object another name.
    pub(crate) fn link(&self, key: &ObjectKey, to: &DirHandle, name: &str) -> Result<LinkOutcome> {
        match self.lacking.contains_key(&key.shelf()) {
            true => self.handles.link(key, to, name),
            false => Ok(link::hard_link(&self.path(key), &to.join(name))?),
        }
    }

    /// The staged shelf that can become this one of the store.
    pub(crate) fn staged(&self, number: u8) -> Option<PathBuf> {
        let made = self.lacking.get(&number)?.load(Ordering::Acquire);
        made.then(|| self.staging.join(paths::shelf(number)))
    }
}
