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

/// Handles of the directories that hold the objects of one store.
#[derive(Debug)]
pub(crate) struct ShelfHandles {
    objects: PathBuf,
    handles: [OnceLock<DirHandle>; 256],
}

impl ShelfHandles {
    /// None is open yet.
    pub(crate) fn new(root: &Path) -> Self {
        ShelfHandles {
            objects: root.join(paths::OBJECTS),
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
    #[track_caller]
    pub(crate) fn link(&self, key: &ObjectKey, to: &DirHandle, name: &str) -> Result<LinkOutcome> {
        match self.of(key)? {
            Some(shelf) => Ok(shelf.hard_link(&key.file_name(), to, name)?),
            None => Ok(LinkOutcome::SourceMissing),
        }
    }

    /// The directory of an object. One that is not there is asked for again: another install may make it.
    fn of(&self, key: &ObjectKey) -> Result<Option<&DirHandle>> {
        let digest = key.id.digest().as_bytes()[0];
        let shelf = &self.handles[usize::from(digest)];
        if shelf.get().is_none() {
            let path = self.objects.join(format!("{digest:02x}"));
            let Some(opened) = DirHandle::open(&path)? else {
                return Ok(None);
            };
            let _ = shelf.set(opened);
        }
        Ok(shelf.get())
    }
}
