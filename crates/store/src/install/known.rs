//! Step 2: what the store already knows of an archive. A hint only (I8): rules version and policy are part of the key, and
//! the tree and its objects must be there.

use linkstead_format::{
    ArchiveId, BundleName, ExecClass, ObjectId, ObjectKey, Threads, Tree, TreeId, TreeKind,
    Version, paths,
};
use std::path::Path;

use linkstead_fs::file;
use linkstead_fs::stat::{self, FileKind};

use super::Install;
use super::bundle::{Bundle, Described, archive_key, layout_of};
use crate::error::Result;
use crate::manifest::Reader;
use crate::mcpb;
use crate::options::Identity;
use crate::store::Store;

/// An archive whose tree is known.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) bundle: Bundle,
}

impl Install<'_> {
    /// Looks the archive up; whatever is missing or not understood makes it unknown.
    pub(super) fn look_up(&self, id: &ArchiveId) -> Result<Option<Known>> {
        let Some(manifest) = Reader::open(self.store.root(), &self.locks)? else {
            return Ok(None);
        };
        let row = manifest.archive(&archive_key(*id, self.options))?;
        drop(manifest);
        let Some(row) = row else { return Ok(None) };
        let Some(bytes) = tree_bytes(self.store, &row.tree)? else {
            return Ok(None);
        };
        let decode = || Ok(Tree::decode_by(Threads::Pool, &bytes).ok());
        let Some(tree) = self.store.pool()?.run(decode)? else {
            return Ok(None);
        };
        let Some(described) = self.describe(&tree, &row.name, &row.version)? else {
            return Ok(None);
        };
        let layout = layout_of(self.options);
        Ok(Some(Known {
            bundle: Bundle {
                directory: layout.directory_id(&row.tree),
                entry_points: described.server.entry_points,
                name: described.name,
                version: described.version,
                tree,
                tree_id: row.tree,
                layout,
                archive: *id,
                signature: row.signature,
                sanitized: row.sanitized,
            },
        }))
    }

    /// Name, version and entry points, from the MCPB manifest's object.
    fn describe(&self, tree: &Tree, name: &str, version: &str) -> Result<Option<Described>> {
        let manifest = match mcpb_object(tree) {
            Some((_, size)) if size > self.options.caps.manifest_size => None,
            Some((object, size)) => match read_object(self.store, &object, size)? {
                Some(bytes) => Some(bytes),
                None => return Ok(None),
            },
            None => None,
        };
        let Ok(described) = Described::new(&self.options.identity, manifest.as_deref()) else {
            return Ok(None);
        };
        let agrees = match &self.options.identity {
            Identity::McpbManifest => {
                BundleName::parse(name).is_ok_and(|name| name == described.name)
                    && Version::parse(version).is_ok_and(|version| version == described.version)
            }
            Identity::As(..) => true,
        };
        Ok(agrees.then_some(described))
    }
}

/// The MCPB manifest's object and size, if the tree has one.
pub(crate) fn mcpb_object(tree: &Tree) -> Option<(ObjectId, u64)> {
    tree.entries()
        .iter()
        .find(|entry| entry.path.as_str() == mcpb::PATH)
        .and_then(|entry| match entry.kind {
            TreeKind::File { object, size, .. } => Some((object, size)),
            _ => None,
        })
}

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
fn tree_bytes(store: &Store, id: &TreeId) -> Result<Option<Vec<u8>>> {
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
