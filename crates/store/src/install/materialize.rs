//! Step 5: makes the bundle's tree in staging: directories, files, host files, and symbolic links last.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::ObjectKey;
use linkstead_fs::stat::FileId;

use super::Install;
use super::bundle::Bundle;
use crate::error::Result;
use crate::farm::{Counts, Fresh, Making, Placed, Placer, Seals, directories_above};
use crate::staging::Staging;

/// A tree in staging, with what its receipt and its sync must know.
pub(super) struct Farm {
    pub(super) counts: Counts,
    pub(super) placed: Placed,
    /// Files that are not links of objects, and whose bytes are still to be synced.
    pub(super) own_files: Vec<PathBuf>,
    /// The bytes of these files.
    pub(super) own_bytes: u64,
    /// All directories of the staged tree, itself included.
    pub(super) directories: Vec<PathBuf>,
    /// Of a tree that was parked: the inodes of objects that it holds.
    pub(super) claimed: Option<Inodes>,
}

/// The inodes of objects that a tree holds.
pub(super) type Inodes = HashMap<ObjectKey, FileId>;

impl Install<'_> {
    /// Makes the tree; `Err` names objects that were gone or altered, and the staging is then of no use.
    pub(super) fn materialize(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        fresh: &Fresh,
        seals: Seals,
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
        let (root, mode) = (self.store.root(), self.options.link_mode);
        let placer = Placer::new(root, &roles, fresh, seals, mode, &counts);
        let placed = making.fill(placer)?;
        if !placed.missing.is_empty() {
            return Ok(Err(placed.missing));
        }
        making.symlinks()?;
        self.farm(&base, placed, counts, making.directories())
            .map(Ok)
    }

    /// What there is to know of a tree whose files are in their places, with the host's own.
    pub(super) fn farm(
        &self,
        base: &Path,
        placed: Placed,
        counts: Counts,
        mut directories: Vec<PathBuf>,
    ) -> Result<Farm> {
        let own_files = placed.own.iter().map(|path| base.join(path.as_str()));
        let mut own_files: Vec<PathBuf> = own_files.collect();
        let host_files = self.stage_host_files(base)?;
        directories.extend(directories_above(base, &host_files));
        own_files.extend(host_files);
        let of_host = self.options.host_files.iter();
        let of_host: u64 = of_host.map(|file| file.bytes.len() as u64).sum();
        Ok(Farm {
            counts,
            own_bytes: placed.own_bytes + of_host,
            placed,
            own_files,
            directories,
            claimed: None,
        })
    }
}
