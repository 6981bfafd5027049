//! Step 5: makes the bundle's tree in staging: directories, files, host files, and symbolic links last.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::{ObjectKey, TreePath};

use super::Install;
use super::bundle::Bundle;
use super::fresh::Fresh;
use super::make_tree::{Making, directories_above, own_files};
use super::parked::Inodes;
use super::place::{Placed, Placer, Role, Roles};
use super::report::Counts;
use crate::error::Result;
use crate::staging::Staging;

/// A tree in staging, with what its receipt and its sync must know.
pub(super) struct Farm {
    pub(super) counts: Counts,
    pub(super) placed: Placed,
    /// Paths of the tree that are the server's own.
    pub(super) private: Vec<TreePath>,
    /// Files that are not links of objects: their bytes must be synced.
    pub(super) own_files: Vec<PathBuf>,
    /// All directories of the staged tree, itself included.
    pub(super) directories: Vec<PathBuf>,
    /// Of a tree that was parked: the inodes that it holds.
    pub(super) claimed: Inodes,
}

impl Install<'_> {
    /// Makes the tree; `Err` names objects that were gone, and the staging is then of no use.
    pub(super) fn materialize(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        fresh: &Fresh,
        counts: Counts,
    ) -> Result<std::result::Result<Farm, HashSet<ObjectKey>>> {
        let base = staging.tree();
        let roles = bundle.roles();
        let making = Making {
            store: self.store,
            base: &base,
            tree: &bundle.tree,
            control: &self.options.control,
            observer: self.observer,
        };
        let directories = making.directories()?;
        let placed = making.files(Placer::new(
            self.store.root(),
            &roles,
            fresh,
            self.options.link_mode,
            &counts,
        ))?;
        if !placed.missing.is_empty() {
            return Ok(Err(placed.missing));
        }
        making.symlinks()?;
        self.farm(&base, bundle, &roles, placed, counts, directories)
            .map(Ok)
    }

    /// What there is to know of a tree whose files are in their places, with the host's own.
    pub(super) fn farm(
        &self,
        base: &Path,
        bundle: &Bundle,
        roles: &Roles,
        placed: Placed,
        counts: Counts,
        mut directories: Vec<PathBuf>,
    ) -> Result<Farm> {
        let mut own_files = own_files(base, &bundle.tree, roles, &placed);
        let files = bundle.tree.files();
        let private = files
            .filter(|file| roles.of(file.path, file.size) == Role::Private)
            .map(|file| file.path.clone())
            .collect();
        let host_files = self.stage_host_files(base)?;
        directories.extend(directories_above(base, &host_files));
        own_files.extend(host_files);
        Ok(Farm {
            counts,
            placed,
            private,
            own_files,
            directories,
            claimed: Inodes::new(),
        })
    }
}
