//! Objects in staging that have no name in the store yet.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::RwLock;

use linkstead_format::ObjectKey;
use linkstead_fs::DirHandle;
use linkstead_fs::link::LinkOutcome;

use super::shelves::Shelves;
use crate::error::Result;
use crate::objects::Need;
use crate::staging::Staging;

/// The fresh objects of one staging: where they lie and what their names need.
#[derive(Debug)]
pub(crate) struct Fresh {
    shelves: Shelves,
    needs: RwLock<HashMap<ObjectKey, Need>>,
}

impl Fresh {
    pub(crate) fn new(shelves: Shelves, needs: HashMap<ObjectKey, Need>) -> Self {
        Fresh {
            shelves,
            needs: RwLock::new(needs),
        }
    }

    /// None yet.
    pub(crate) fn none(staging: &Staging) -> Self {
        Fresh::new(Shelves::none(staging), HashMap::new())
    }

    /// The staged file of a fresh object; `None` if the store's own is to be used.
    pub(crate) fn file(&self, key: &ObjectKey) -> Option<PathBuf> {
        let needs = self.needs.read().expect("no thread panics with this lock");
        needs.contains_key(key).then(|| self.shelves.path(key))
    }

    /// Gives a fresh object another name; `None` if the store's own is to be used.
    pub(crate) fn link(
        &self,
        key: &ObjectKey,
        to: &DirHandle,
        name: &str,
    ) -> Result<Option<LinkOutcome>> {
        match self.need(key) {
            Need::Nothing => Ok(None),
            _ => self.shelves.link(key, to, name).map(Some),
        }
    }

    /// Where a fresh object lies.
    pub(crate) fn path(&self, key: &ObjectKey) -> PathBuf {
        self.shelves.path(key)
    }

    /// Where a fresh inode of this object may be written.
    pub(crate) fn place(&self, key: &ObjectKey) -> Result<PathBuf> {
        self.shelves.place(key)
    }

    /// The shelves that are staged as a whole.
    pub(crate) fn shelves(&self) -> &Shelves {
        &self.shelves
    }

    /// From now on the staged file is the object; its name needs this.
    pub(crate) fn add(&self, key: ObjectKey, need: Need) {
        let mut needs = self.needs.write().expect("no thread panics with this lock");
        needs.insert(key, need);
    }

    /// What the name of this object needs.
    pub(crate) fn need(&self, key: &ObjectKey) -> Need {
        let needs = self.needs.read().expect("no thread panics with this lock");
        needs.get(key).copied().unwrap_or(Need::Nothing)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        let needs = self.needs.read().expect("no thread panics with this lock");
        needs.is_empty()
    }

    /// The files of all fresh objects.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let needs = self.needs.read().expect("no thread panics with this lock");
        needs.keys().map(|key| self.shelves.path(key)).collect()
    }
}
