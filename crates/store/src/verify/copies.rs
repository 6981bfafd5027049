//! Where else the content of an object lies: in published directories and checkouts, and in the object of the other exec class.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, ExecClass, ObjectId, ObjectKey, Tree};
use linkstead_fs::stat::{self, FileKind, FileStat};

use crate::checkout::{self, Standing};
use crate::error::Result;
use crate::objects;
use crate::published;
use crate::store::Store;
use crate::stored::read_tree;
use crate::unreadable;

/// The places of contents that are not whole in the store.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    places: HashMap<ObjectId, Vec<PathBuf>>,
    lengths: HashSet<u64>,
}

impl Copies {
    /// Looks for these contents in all directories that something names, in checkouts, and among the objects.
    pub(crate) fn find(
        store: &Store,
        named: &[BundleKey],
        wanted: impl IntoIterator<Item = ObjectId>,
    ) -> Result<Self> {
        let mut copies = Self::wanted(wanted);
        if copies.places.is_empty() {
            return Ok(copies);
        }
        for (id, places) in &mut copies.places {
            let classes = [ExecClass::Plain, ExecClass::Executable];
            places.extend(
                classes.map(|exec| store.path(ObjectKey { id: *id, exec }.relative_path())),
            );
        }
        for at in named {
            let receipt =
                published::read_receipt(store.root(), &at.name, &at.version, &at.directory);
            if let Ok(Some(receipt)) = receipt
                && let Some(tree) = read_tree(store, &receipt.tree)?
            {
                copies.add_directory(&store.path(at.published()), &tree);
            }
        }
        for recorded in checkout::readable(store.root())? {
            let checkout = recorded.checkout;
            if checkout::standing(&checkout) == Standing::Here
                && let Some(tree) = read_tree(store, &checkout.tree)?
            {
                copies.add_directory(Path::new(&checkout.path), &tree);
            }
        }
        Ok(copies)
    }

    fn wanted(contents: impl IntoIterator<Item = ObjectId>) -> Self {
        Copies {
            places: contents.into_iter().map(|id| (id, Vec::new())).collect(),
            lengths: HashSet::new(),
        }
    }

    /// Notes where a directory has what is wanted.
    fn add_directory(&mut self, directory: &Path, tree: &Tree) {
        for file in tree.files() {
            if let Some(places) = self.places.get_mut(&file.key.id) {
                places.push(directory.join(file.path.as_str()));
                self.lengths.insert(file.size);
            }
        }
    }

    /// The lengths of the contents that some bundle needs, in bytes.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = u64> {
        self.lengths.iter().copied()
    }

    /// The files that may have this content: each inode once.
    pub(crate) fn candidates(&self, id: &ObjectId) -> Vec<&Path> {
        let mut seen: Vec<FileStat> = Vec::new();
        let mut candidates = Vec::new();
        for place in self.places.get(id).into_iter().flatten() {
            if let Ok(Some(found)) = stat::stat(place)
                && found.kind == FileKind::File
                && !seen.iter().any(|other| other.is_same_file(&found))
            {
                seen.push(found);
                candidates.push(place.as_path());
            }
        }
        candidates
    }

    /// Whether a file looks as if it had this content.
    pub(super) fn looks_there(&self, id: &ObjectId) -> bool {
        let mut candidates = self.candidates(id).into_iter();
        candidates.any(|place| {
            matches!(stat::stat(place), Ok(Some(found)) if objects::is_sealed(&found, id, found.size))
        })
    }

    /// Whether a file has this content now.
    pub(crate) fn has(&self, id: &ObjectId) -> Result<bool> {
        for place in self.candidates(id) {
            match objects::hash_file(place) {
                Ok(Some((found, _))) if found == *id => return Ok(true),
                Ok(_) => {}
                Err(error) => drop(unreadable::problem_of(error)?),
            }
        }
        Ok(false)
    }
}
