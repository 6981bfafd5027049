//! Objects in staging that have no name in the store yet.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use linkstead_format::{ExecClass, ObjectKey};

use crate::objects::Need;

/// The fresh objects of one staging: where they lie and what their names need.
#[derive(Debug)]
pub(super) struct Fresh {
    directory: PathBuf,
    needs: RwLock<HashMap<ObjectKey, Need>>,
}

impl Fresh {
    pub(super) fn new(directory: PathBuf, needs: HashMap<ObjectKey, Need>) -> Self {
        Fresh {
            directory,
            needs: RwLock::new(needs),
        }
    }

    /// The staged file of a fresh object; `None` if the store's own is to be used.
    pub(super) fn file(&self, key: &ObjectKey) -> Option<PathBuf> {
        let needs = self.needs.read().expect("no thread panics with this lock");
        needs.contains_key(key).then(|| path(&self.directory, key))
    }

    /// Where a fresh inode of this object may be written.
    pub(super) fn path(&self, key: &ObjectKey) -> PathBuf {
        path(&self.directory, key)
    }

    /// From now on the staged file is the object; its name needs this.
    pub(super) fn add(&self, key: ObjectKey, need: Need) {
        let mut needs = self.needs.write().expect("no thread panics with this lock");
        needs.insert(key, need);
    }

    /// What the name of this object needs.
    pub(super) fn need(&self, key: &ObjectKey) -> Need {
        let needs = self.needs.read().expect("no thread panics with this lock");
        needs.get(key).copied().unwrap_or(Need::Nothing)
    }

    /// The files of all fresh objects.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let needs = self.needs.read().expect("no thread panics with this lock");
        needs.keys().map(|key| path(&self.directory, key)).collect()
    }
}

/// The staged file of an object: its digest, and its class as in the store.
pub(super) fn path(directory: &Path, key: &ObjectKey) -> PathBuf {
    directory.join(match key.exec {
        ExecClass::Plain => key.id.to_string(),
        ExecClass::Executable => format!("{}.x", key.id),
    })
}
