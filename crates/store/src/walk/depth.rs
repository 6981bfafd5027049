//! How closely a walk looks, and what it may know of the objects by then.

use std::collections::HashMap;

use linkstead_format::ObjectKey;
use linkstead_fs::stat::{FileId, FileStat};

/// How closely a walk looks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Depth<'a> {
    /// Stat each file; only a suspect is re-hashed.
    Stat,
    /// Re-hash every file but those that are the inode of an object that was hashed already.
    Hash(&'a HashMap<ObjectKey, ObjectInode>),
    /// Stat each file and read none: a suspect stays one.
    Look(&'a HashMap<ObjectKey, ObjectInode>),
}

impl Depth<'_> {
    /// Whether the object was looked at before.
    pub(super) fn knows(self, key: &ObjectKey) -> bool {
        match self {
            Depth::Stat => false,
            Depth::Hash(objects) | Depth::Look(objects) => objects.contains_key(key),
        }
    }

    /// Whether this file is another one than its object, although both are there.
    pub(super) fn is_apart(self, found: &FileStat, key: &ObjectKey) -> bool {
        match self {
            Depth::Stat => false,
            Depth::Hash(objects) | Depth::Look(objects) => objects
                .get(key)
                .is_some_and(|object| !object.is_inode_of(found)),
        }
    }
}

/// The inode that has an object's name, compared live and never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObjectInode {
    file: FileId,
    /// Length in bytes.
    pub(crate) size: u64,
}

impl ObjectInode {
    pub(crate) fn of(found: &FileStat) -> Self {
        ObjectInode {
            file: found.id(),
            size: found.size,
        }
    }

    /// Whether the file is this inode.
    pub(crate) fn is_inode_of(&self, found: &FileStat) -> bool {
        self.file == found.id()
    }
}
