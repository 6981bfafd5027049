//! What each installed bundle holds. Trees are large, so no more are there at once than there are threads to look at them.

use linkstead_format::{BundleKey, Receipt, Tree, TreeFile};
use rayon::prelude::*;

use super::CountedBundle;
use crate::error::{Error, Result};
use crate::published;
use crate::refs;
use crate::roles::{Role, Roles};
use crate::store::Store;
use crate::stored::read_tree;

/// The tree of a bundle, and what its files are in its directory.
pub(super) struct Contents {
    pub(super) at: BundleKey,
    pub(super) tree: Tree,
    roles: Roles,
}

impl Contents {
    /// Reads them.
    pub(super) fn read(store: &Store, at: BundleKey) -> Result<Self> {
        let receipt = published::read_receipt(store.root(), &at.name, &at.version, &at.directory)?;
        let receipt = receipt.ok_or_else(|| damaged(store, &at, "its receipt is missing"))?;
        Self::of_receipt(store, at, &receipt)
    }

    /// Reads them where the receipt was read already.
    pub(super) fn of_receipt(store: &Store, at: BundleKey, receipt: &Receipt) -> Result<Self> {
        let tree = read_tree(store, &receipt.tree)?
            .ok_or_else(|| damaged(store, &at, "its tree is missing or altered"))?;
        let copied = receipt.exceptions.copied.iter().cloned();
        Ok(Contents {
            roles: Roles::new(&receipt.layout, copied),
            tree,
            at,
        })
    }

    /// Each file, and whether it is a link of its object.
    pub(super) fn files(&self) -> impl Iterator<Item = (TreeFile<'_>, bool)> {
        self.tree.files().map(|file| {
            let is_linked = self.roles.of(file.path, file.size) == Role::Linked;
            (file, is_linked)
        })
    }

    /// The files that are links of their objects.
    pub(super) fn links(&self) -> impl Iterator<Item = TreeFile<'_>> {
        self.files()
            .filter_map(|(file, is_linked)| is_linked.then_some(file))
    }

    pub(super) fn bundle(&self) -> CountedBundle {
        CountedBundle {
            name: self.at.name.clone(),
            version: self.at.version.clone(),
        }
    }
}

/// What is to be told of the contents of each installed bundle, by name and version; all threads read them.
pub(super) fn told_of_all<T: Send>(
    store: &Store,
    tell: impl Fn(Contents) -> T + Sync,
) -> Result<Vec<T>> {
    let directories = refs::all(store.root())?.directories();
    store.pool()?.run(|| {
        let directories = directories.into_par_iter().with_max_len(1);
        let read = directories.filter_map(|at| read_if_there(store, at));
        read.map(|contents| contents.map(&tell)).collect()
    })
}

/// The contents of all installed bundles, by name and version, one after the other.
pub(super) fn all(store: &Store) -> Result<impl Iterator<Item = Result<Contents>>> {
    let directories = refs::all(store.root())?.directories().into_iter();
    Ok(directories.filter_map(move |at| read_if_there(store, at)))
}

/// One that was removed meanwhile is passed over.
fn read_if_there(store: &Store, at: BundleKey) -> Option<Result<Contents>> {
    match Contents::read(store, at.clone()) {
        Err(_) if is_gone(store, &at) => None,
        read => Some(read),
    }
}

/// Whether no ref names it any more.
fn is_gone(store: &Store, at: &BundleKey) -> bool {
    refs::all(store.root()).is_ok_and(|refs| !refs.directories().contains(at))
}

fn damaged(store: &Store, at: &BundleKey, problem: &str) -> Error {
    Error::Damaged {
        path: store.path(at.published()),
        problem: problem.into(),
    }
}
