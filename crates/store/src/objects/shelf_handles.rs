//! The 256 directories of `objects/`, each held open from its first use on: whoever looks at all objects of a bundle, or links
//! them, finds each by its name alone.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use linkstead_format::{ObjectKey, paths};
use linkstead_fs::DirHandle;
use linkstead_fs::link::LinkOutcome;
use linkstead_fs::stat::FileStat;

use super::{Need, judge};
use crate::error::Result;

/// Handles of the directories that hold objects.
#[derive(Debug)]
pub(crate) struct ShelfHandles {
    base: PathBuf,
    handles: [OnceLock<DirHandle>; 256],
}

impl ShelfHandles {
    /// Of the `objects/` of a store, or of a staging. None is open yet.
    pub(crate) fn new(base: &Path) -> Self {
        ShelfHandles {
            base: base.to_path_buf(),
            handles: [const { OnceLock::new() }; 256],
        }
    }

    /// What the name of an object stands for.
    pub(crate) fn stat(&self, key: &ObjectKey) -> Result<Option<FileStat>> {
        match self.of(key)? {
            Some(shelf) => Ok(shelf.stat(&key.file_name())?),
            None => Ok(None),
        }
    }

    /// As [`need`](super::need).
    pub(crate) fn need(&self, key: &ObjectKey, size: u64) -> Result<Need> {
        let Some(shelf) = self.of(key)? else {
            return Ok(Need::New);
        };
        let name = key.file_name();
        judge(shelf.stat(&name)?, || shelf.join(&name), key, size)
    }

    /// Gives an object the name `name` in the directory `to`.
    pub(crate) fn link(&self, key: &ObjectKey, to: &DirHandle, name: &str) -> Result<LinkOutcome> {
        match self.of(key)? {
            Some(shelf) => Ok(shelf.hard_link(&key.file_name(), to, name)?),
            None => Ok(LinkOutcome::SourceMissing),
        }
    }

    /// The directory of an object. One that is not there is asked for again: somebody may make it.
    fn of(&self, key: &ObjectKey) -> Result<Option<&DirHandle>> {
        let handle = &self.handles[usize::from(key.shelf())];
        if handle.get().is_none() {
            let Some(opened) = DirHandle::open(&self.base.join(paths::shelf(key.shelf())))? else {
                return Ok(None);
            };
            let _ = handle.set(opened);
        }
        Ok(handle.get())
    }
}
