//! A tree: what a bundle's directory holds (store-format.md, section 7).
//!
//! Whoever has a [`Tree`] has one that keeps every rule of that section, whoever made it: [`Tree::new`] and
//! [`Tree::decode`] check all of them. One tree has one encoding, so its bytes can name it.

mod by_directory;
mod check;
mod decode;
mod encode;
mod error;
#[cfg(test)]
mod samples;

use crate::digest::{ObjectId, TreeId};
use crate::object::{ExecClass, ObjectKey};
use crate::threads::Threads;
use crate::tree_path::TreePath;

pub use by_directory::TreeDirectory;
pub use error::TreeError;

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Where it lies below the bundle's directory.
    pub path: TreePath,
    /// What it is.
    pub kind: TreeKind,
}

impl TreeEntry {
    /// The regular file that it is; `None` if it is none.
    pub fn file(&self) -> Option<TreeFile<'_>> {
        match self.kind {
            TreeKind::File { exec, object, size } => Some(TreeFile {
                path: &self.path,
                key: ObjectKey { id: object, exec },
                size,
            }),
            TreeKind::Directory | TreeKind::Symlink { .. } => None,
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Its exec class.
        exec: ExecClass,
        /// The digest of its content; of the empty content for an empty file, which has no object.
        object: ObjectId,
        /// Bytes of content.
        size: u64,
    },
    /// A symbolic link.
    Symlink {
        /// Relative to the directory of the link.
        target: String,
    },
}

/// A regular file of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeFile<'t> {
    /// Where it lies below the bundle's directory.
    pub path: &'t TreePath,
    /// Content and exec class.
    pub key: ObjectKey,
    /// Bytes of content.
    pub size: u64,
}

/// The sorted list of what a bundle's directory holds, the directory itself not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    entries: Vec<TreeEntry>,
}

impl Tree {
    /// Takes entries that keep every rule: ascending by the bytes of their paths, implied directories included.
    ///
    /// # Errors
    /// The first rule that is broken, and by which entry.
    pub fn new(entries: Vec<TreeEntry>) -> Result<Self, TreeError> {
        Tree::new_by(Threads::Caller, entries)
    }

    /// [`Tree::new`], by these threads.
    ///
    /// # Errors
    /// The same.
    pub fn new_by(threads: Threads, entries: Vec<TreeEntry>) -> Result<Self, TreeError> {
        check::check(&entries, threads)?;
        Ok(Tree { entries })
    }

    /// Reads a canonical encoding.
    ///
    /// # Errors
    /// Bytes that are not the one encoding of a tree that keeps every rule. Never panics, and needs no more memory than a
    /// small multiple of the bytes given.
    pub fn decode(bytes: &[u8]) -> Result<Self, TreeError> {
        Tree::decode_by(Threads::Caller, bytes)
    }

    /// [`Tree::decode`], by these threads.
    ///
    /// # Errors
    /// The same.
    pub fn decode_by(threads: Threads, bytes: &[u8]) -> Result<Self, TreeError> {
        Tree::new_by(threads, decode::decode(bytes, threads)?)
    }

    /// The canonical encoding.
    pub fn encode(&self) -> Vec<u8> {
        encode::encode(&self.entries)
    }

    /// The digest of the canonical encoding.
    pub fn id(&self) -> TreeId {
        TreeId::of(&self.encode())
    }

    /// All entries, ascending by path; a directory stands before what lies in it.
    pub fn entries(&self) -> &[TreeEntry] {
        &self.entries
    }

    /// The entry of this path.
    pub fn get(&self, path: &str) -> Option<&TreeEntry> {
        let found = self
            .entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path));
        found.ok().map(|index| &self.entries[index])
    }

    /// The regular files, ascending by path.
    pub fn files(&self) -> impl Iterator<Item = TreeFile<'_>> {
        self.entries.iter().filter_map(TreeEntry::file)
    }

    /// The objects that the tree needs with their sizes, ascending, each once. Empty files need none.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectKey, u64)> + use<> {
        let mut objects: Vec<(ObjectKey, u64)> = self
            .files()
            .filter(|file| file.size > 0)
            .map(|file| (file.key, file.size))
            .collect();
        objects.sort_unstable();
        objects.dedup();
        objects.into_iter()
    }

    /// Bytes of all files.
    pub fn total_bytes(&self) -> u64 {
        self.files().map(|file| file.size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_tells_what_it_needs() {
        let tree = samples::of_the_specification();
        assert_eq!(tree.total_bytes(), 13);
        assert_eq!(tree.files().count(), 3);
        let objects: Vec<_> = tree.objects().collect();
        assert_eq!(objects.len(), 2, "the empty file has no object");
        assert!(objects.is_sorted());
        assert!(tree.get("bin/run").is_some());
        assert!(tree.get("bin/ru").is_none());
    }

    #[test]
    fn content_that_occurs_twice_is_one_object() {
        let entries = ["a", "b"].map(|path| samples::file(path, ExecClass::Plain, b"same"));
        let tree = Tree::new(entries.into()).unwrap();
        assert_eq!(tree.objects().count(), 1);
        assert_eq!(tree.total_bytes(), 8);
    }
}
