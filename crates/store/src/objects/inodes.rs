//! The inodes that have the names of objects, as they were when somebody looked at all objects.

use linkstead_format::{ObjectKey, seal};
use linkstead_fs::stat::{FileId, FileStat};

use super::{ByShelf, is_sealed};
use crate::digest_map::DigestMap;

/// The inode that has an object's name, compared live and never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObjectInode {
    /// Which file it is.
    pub(crate) file: FileId,
    /// Length in bytes.
    pub(crate) size: u64,
    /// Whether its mode and its mtime are those of the object.
    pub(crate) is_sealed: bool,
}

impl ObjectInode {
    pub(crate) fn of(key: &ObjectKey, found: &FileStat) -> Self {
        ObjectInode {
            file: found.id(),
            size: found.size,
            is_sealed: is_sealed(found, &key.id, found.size)
                && seal::mode_fits(found.mode, key.exec),
        }
    }

    /// Whether the file is this inode.
    pub(crate) fn is_inode_of(&self, found: &FileStat) -> bool {
        self.file == found.id()
    }
}

/// Inodes by their objects.
#[derive(Debug, Default)]
pub(crate) struct ObjectInodes {
    shelves: ByShelf<ShelfInodes>,
}

/// The inodes of one directory of `objects/`.
pub(crate) type ShelfInodes = DigestMap<ObjectKey, ObjectInode>;

impl ObjectInodes {
    /// Takes in what one directory has; nothing was known of it before.
    pub(crate) fn add(&mut self, inodes: ShelfInodes) {
        if let Some(key) = inodes.keys().next() {
            let shelf = self.shelves.of_mut(key.shelf());
            debug_assert!(shelf.is_empty(), "each directory once");
            *shelf = inodes;
        }
    }

    pub(crate) fn insert(&mut self, key: ObjectKey, inode: ObjectInode) {
        self.shelves.of_mut(key.shelf()).insert(key, inode);
    }

    pub(crate) fn remove(&mut self, key: &ObjectKey) {
        self.shelves.of_mut(key.shelf()).remove(key);
    }

    pub(crate) fn get(&self, key: &ObjectKey) -> Option<&ObjectInode> {
        self.shelves.of(key.shelf()).get(key)
    }

    pub(crate) fn has(&self, key: &ObjectKey) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shelves.iter().all(DigestMap::is_empty)
    }
}
