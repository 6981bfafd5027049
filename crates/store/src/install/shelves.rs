//! Where fresh objects lie in staging.
//!
//! An object whose two-digit directory the store lacks is staged in a directory of that name, which gets its name in the store
//! by one rename, with all that is in it: into an empty store 256 renames instead of ten thousand, and threads that write
//! seldom meet in one directory. Every other object lies by itself, to get its own name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_format::{ObjectKey, paths};
use linkstead_fs::dir;

use crate::error::Result;
use crate::staging::Staging;

/// The staged shelves of one staging.
#[derive(Debug)]
pub(crate) struct Shelves {
    staging: PathBuf,
    /// The shelves that the store lacked, and whether they were made in staging.
    lacking: HashMap<PathBuf, AtomicBool>,
}

impl Shelves {
    /// No shelf is staged: few objects are expected.
    pub(crate) fn none(staging: &Staging) -> Self {
        Shelves {
            staging: staging.path().to_path_buf(),
            lacking: HashMap::new(),
        }
    }

    /// Those that the store lacks now are staged.
    pub(super) fn lacking_in(root: &Path, staging: &Staging) -> Result<Self> {
        let objects = Path::new(paths::OBJECTS);
        let mut lacking: HashMap<PathBuf, AtomicBool> = (0..=u8::MAX)
            .map(|byte| (objects.join(format!("{byte:02x}")), AtomicBool::new(false)))
            .collect();
        for there in dir::list(&root.join(objects))? {
            lacking.remove(&objects.join(there.name));
        }
        Ok(Shelves {
            lacking,
            ..Self::none(staging)
        })
    }

    /// Where a fresh object lies.
    pub(super) fn path(&self, key: &ObjectKey) -> PathBuf {
        let relative = key.relative_path();
        match self.of(&relative) {
            Some(_) => self.staging.join(relative),
            None => self.staging.join(paths::OBJECTS).join(key.to_string()),
        }
    }

    /// Where a fresh object is to be written, its shelf made.
    pub(super) fn place(&self, key: &ObjectKey) -> Result<PathBuf> {
        let path = self.path(key);
        if let Some(made) = self.of(&key.relative_path())
            && !made.load(Ordering::Acquire)
        {
            dir::create_dir(path.parent().expect("a shelf"), 0o755)?;
            made.store(true, Ordering::Release);
        }
        Ok(path)
    }

    /// The staged shelf that can become this one of the store, `objects/ab`.
    pub(super) fn staged(&self, shelf: &Path) -> Option<PathBuf> {
        let made = self.lacking.get(shelf)?.load(Ordering::Acquire);
        made.then(|| self.staging.join(shelf))
    }

    fn of(&self, object: &Path) -> Option<&AtomicBool> {
        self.lacking.get(object.parent()?)
    }
}
