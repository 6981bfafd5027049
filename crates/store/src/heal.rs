//! Mending a published directory in place: each damaged path is made anew in staging and renamed over the old one, so that a
//! running server never misses a file. What would be lost by that, a file that somebody edited or what stands in the way, goes to
//! `quarantine/` first.

mod lost;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::{ObjectKey, Tree, TreeEntry, TreeFile, TreeKind};
use linkstead_fs::{DirHandle, dir, link, rename, stat, sync, unique_name};

use crate::error::Result;
use crate::farm::{Counts, Fresh, Placer, Seals, Spot};
use crate::options::LinkMode;
use crate::roles::Roles;
use crate::staging::Staging;
use crate::walk::Finding;

use lost::Keeper;

/// A published directory that is mended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patient<'a> {
    pub(crate) root: &'a Path,
    pub(crate) directory: &'a Path,
    pub(crate) tree: &'a Tree,
    pub(crate) roles: &'a Roles,
    pub(crate) link_mode: LinkMode,
}

/// What a mending did, also where it failed.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// The directories whose names must be synced.
    pub(crate) changed: BTreeSet<PathBuf>,
    /// What was kept for people to look at: where it lies now, durably.
    pub(crate) kept: Vec<PathBuf>,
}

/// Mends these findings, as far as it comes. The objects must be in the store: those that went away meanwhile are the result.
pub(crate) fn heal(
    patient: &Patient<'_>,
    staging: &Staging,
    findings: &[Finding],
    traces: &mut Traces,
) -> Result<HashSet<ObjectKey>> {
    let fresh = Fresh::none(staging);
    let counts = Counts::default();
    let mut keeper = Keeper::new(patient.root);
    let placer = Placer::new(
        patient.root,
        patient.roles,
        &fresh,
        Seals::Seen,
        patient.link_mode,
        &counts,
    );
    // Parents come first in a tree, so a missing directory is there before what it holds.
    for finding in findings {
        let entry = &patient.tree.entries()[finding.entry];
        mend(patient, staging, entry, &placer, &mut keeper, traces)?;
    }
    Ok(placer.finish().missing)
}

fn mend(
    patient: &Patient<'_>,
    staging: &Staging,
    entry: &TreeEntry,
    placer: &Placer<'_>,
    keeper: &mut Keeper<'_>,
    traces: &mut Traces,
) -> Result<()> {
    let path = patient.directory.join(entry.path.as_str());
    match &entry.kind {
        TreeKind::Directory => {
            traces.kept.extend(keeper.keep(&path, entry)?);
            dir::create_dir(&path, 0o755)?;
            traces.changed.insert(path.clone());
        }
        TreeKind::Symlink { target } => {
            let made = staging.scratch();
            link::symlink(Path::new(target), &made)?;
            traces.kept.extend(keeper.keep(&path, entry)?);
            rename::rename_over(&made, &path)?;
        }
        TreeKind::File { exec, object, size } => {
            let name = unique_name();
            let directory = DirHandle::by_path(staging.path());
            let made = directory.join(&name);
            let file = TreeFile {
                path: &entry.path,
                key: ObjectKey {
                    id: *object,
                    exec: *exec,
                },
                size: *size,
            };
            let spot = Spot {
                directory: &directory,
                name: &name,
            };
            placer.place(file, spot)?;
            if stat::stat(&made)?.is_none() {
                // Its object went away meanwhile; the placer remembers which.
                return Ok(());
            }
            // Visible in a moment, perhaps over a file that was only drifted: so its bytes are durable before.
            sync::sync_file(&made)?;
            traces.kept.extend(keeper.keep(&path, entry)?);
            rename::rename_over(&made, &path)?;
        }
    }
    if let Some(parent) = path.parent() {
        traces.changed.insert(parent.to_path_buf());
    }
    Ok(())
}
