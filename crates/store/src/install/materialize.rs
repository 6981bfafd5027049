//! Step 5: makes the bundle's tree in staging: directories, files, host files, and symbolic links last.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::{ObjectKey, Tree, TreeFile, TreeKind, TreePath};
use linkstead_fs::{dir, link};
use rayon::prelude::*;

use super::Install;
use super::bundle::Bundle;
use super::fresh::Fresh;
use super::parked::Inodes;
use super::place::{Placed, Placer, Role, Roles};
use super::report::Counts;
use crate::error::Result;
use crate::observe::{Event, Meter, Notice, Phase, Unit};
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
        let directories = self
            .store
            .pool()?
            .run(|| make_directories(&base, &bundle.tree))?;
        let files: Vec<TreeFile<'_>> = bundle.tree.files().collect();
        let placer = Placer::new(
            self.store.root(),
            &roles,
            fresh,
            self.options.link_mode,
            &counts,
        );
        let meter = Meter::start(
            self.observer,
            Phase::Materialize,
            files.len() as u64,
            Unit::Files,
        );
        self.store.pool()?.run(|| {
            // Neighbours share a directory: long runs keep threads out of each other's.
            files.par_iter().with_min_len(256).try_for_each(|file| {
                self.options.control.check()?;
                placer.place(*file, &base.join(file.path.as_str()))?;
                meter.add(1);
                Ok::<_, crate::error::Error>(())
            })
        })?;
        let placed = placer.finish();
        if !placed.missing.is_empty() {
            return Ok(Err(placed.missing));
        }
        if let Some(reason) = &placed.no_links_because {
            self.observer.event(&Event::Notice {
                notice: Notice::Copied {
                    reason: reason.clone(),
                },
            });
        }
        for entry in bundle.tree.entries() {
            if let TreeKind::Symlink { target } = &entry.kind {
                link::symlink(Path::new(target), &base.join(entry.path.as_str()))?;
            }
        }
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
        let mut own_files = Vec::new();
        let mut private = Vec::new();
        for file in bundle.tree.files() {
            let role = roles.of(file.path, file.size);
            if role != Role::Linked || placed.copied.contains(file.path) {
                own_files.push(base.join(file.path.as_str()));
            }
            if role == Role::Private {
                private.push(file.path.clone());
            }
        }
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

/// Makes the directories of a tree, one depth after the other: parents stand before their children.
fn make_directories(base: &Path, tree: &Tree) -> Result<Vec<PathBuf>> {
    let mut depths: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
    for entry in tree.entries() {
        if entry.kind == TreeKind::Directory {
            let path = entry.path.as_str();
            let depth = path.matches('/').count();
            depths.entry(depth).or_default().push(base.join(path));
        }
    }
    for directories in depths.values() {
        // Neighbours share a parent, as in the placing of files.
        directories
            .par_iter()
            .with_min_len(32)
            .try_for_each(|path| dir::create_dir(path, 0o755).map(drop))?;
    }
    let mut made = vec![base.to_path_buf()];
    made.extend(depths.into_values().flatten());
    Ok(made)
}

/// The directories between `base` and these files.
fn directories_above(base: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    files
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .filter(|directory| directory.starts_with(base))
        .map(Path::to_path_buf)
        .collect()
}
