//! Trees and objects, read back by their names.

use std::path::Path;

use linkstead_format::{ExecClass, ObjectId, ObjectKey, Tree, TreeId, paths};
use linkstead_fs::file;
use linkstead_fs::stat::{self, FileKind};

use crate::error::Result;
use crate::store::Store;

/// The largest tree file that is read, in bytes: 16 million entries with paths of ordinary length.
const LARGEST_TREE: u64 = 2 << 30;

/// Reads a file; `None` if it is not there, larger than the limit, or may not be read.
fn read_bounded(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    match stat::stat(path)? {
        Some(found) if found.kind == FileKind::File && found.size <= limit => {}
        _ => return Ok(None),
    }
    match file::read(path, limit) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.is_permission() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Reads a tree, by the caller alone, who may hold locks that others wait for; `None` if it is not there, or is not what its name
/// says.
pub(crate) fn read_tree(store: &Store, id: &TreeId) -> Result<Option<Tree>> {
    let bytes = tree_bytes(store, id)?;
    Ok(bytes.and_then(|bytes| Tree::decode(&bytes).ok()))
}

/// The bytes that have this name, if they are what it says.
pub(crate) fn tree_bytes(store: &Store, id: &TreeId) -> Result<Option<Vec<u8>>> {
    let bytes = read_bounded(&store.path(paths::tree_file(id)), LARGEST_TREE)?;
    Ok(bytes.filter(|bytes| TreeId::of(bytes) == *id))
}

/// Reads an object of either class, of at most so many bytes; `None` if it is not there, altered, too large or unreadable.
pub(crate) fn read_object(store: &Store, id: &ObjectId, limit: u64) -> Result<Option<Vec<u8>>> {
    for exec in [ExecClass::Plain, ExecClass::Executable] {
        let path = store.path(ObjectKey { id: *id, exec }.relative_path());
        if let Some(bytes) = read_bounded(&path, limit)?
            && ObjectId::of(&bytes) == *id
        {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}
