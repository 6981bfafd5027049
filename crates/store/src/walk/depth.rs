//! How closely a walk looks, and what it may know of the objects by then.

use linkstead_format::ObjectKey;
use linkstead_fs::stat::{FileId, FileStat};

use crate::objects::ObjectInodes;
use crate::options::VerifyDepth;

/// How closely a walk looks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Depth<'a> {
    /// Stat each file; a suspect is re-hashed.
    Stat,
    /// Re-hash every file but those that are the inode of an object that was hashed already.
    Hash(&'a ObjectInodes),
    /// Read no file: a suspect stays one.
    Look(&'a ObjectInodes),
}

impl<'a> Depth<'a> {
    /// That of a verify which has looked at these objects.
    pub(crate) fn of_verify(depth: VerifyDepth, objects: &'a ObjectInodes) -> Self {
        match depth {
            VerifyDepth::Full => Depth::Hash(objects),
            VerifyDepth::Quick => Depth::Look(objects),
        }
    }

    /// Whether any objects were looked at before.
    pub(super) fn knows_objects(self) -> bool {
        self.objects().is_some_and(|objects| !objects.is_empty())
    }

    /// Whether this object was.
    pub(super) fn knows(self, key: &ObjectKey) -> bool {
        self.objects().is_some_and(|objects| objects.has(key))
    }

    /// Whether this file is the object, which was found sound: with a whole seal, and the right content if that was read.
    pub(super) fn is_sound_object(self, file: FileId, key: &ObjectKey, size: u64) -> bool {
        self.objects()
            .and_then(|objects| objects.get(key))
            .is_some_and(|object| object.is_sealed && object.size == size && object.file == file)
    }

    /// Whether this file is another one than its object, although both are there.
    pub(super) fn is_apart(self, found: &FileStat, key: &ObjectKey) -> bool {
        self.objects()
            .and_then(|objects| objects.get(key))
            .is_some_and(|object| !object.is_inode_of(found))
    }

    fn objects(self) -> Option<&'a ObjectInodes> {
        match self {
            Depth::Stat => None,
            Depth::Hash(objects) | Depth::Look(objects) => Some(objects),
        }
    }
}
