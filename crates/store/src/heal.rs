//! Mending a published directory in place: each damaged path is made anew in staging and renamed over the old one, so that a
//! running server never misses a file. What is in the way and is not ours goes to `quarantine/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use linkstead_format::{ObjectKey, Tree, TreeEntry, TreeFile, TreeKind, paths};
use linkstead_fs::stat::{self, FileKind};
use linkstead_fs::{dir, link, rename, sync, unique_name};

use crate::error::Result;
use crate::install::Placer;
use crate::staging::Staging;
use crate::walk::Finding;

/// Mends these findings, as far as it comes; tells the directories whose names must be synced, also where it fails. The objects
/// must be in the store.
pub(crate) fn heal(
    root: &Path,
    staging: &Staging,
    directory: &Path,
    tree: &Tree,
    findings: &[Finding],
    placer: &Placer<'_>,
    changed: &mut BTreeSet<PathBuf>,
) -> Result<()> {
    // Parents come first in a tree, so a missing directory is there before what it holds.
    for finding in findings {
        let entry = &tree.entries()[finding.entry];
        let path = directory.join(entry.path.as_str());
        clear_the_way(root, &path, entry)?;
        match &entry.kind {
            TreeKind::Directory => {
                dir::create_dir(&path, 0o755)?;
                changed.insert(path.clone());
            }
            TreeKind::Symlink { target } => {
                let made = staging.scratch();
                link::symlink(Path::new(target), &made)?;
                rename::rename_over(&made, &path)?;
            }
            TreeKind::File { exec, object, size } => {
                let made = staging.scratch();
                let file = TreeFile {
                    path: &entry.path,
                    key: ObjectKey {
                        id: *object,
                        exec: *exec,
                    },
                    size: *size,
                };
                placer.place(file, &made)?;
                if stat::stat(&made)?.is_none() {
                    // Its object went away meanwhile; the placer remembers which.
                    continue;
                }
                // Visible in a moment, perhaps over a file that was only drifted: so its bytes are durable before.
                sync::sync_file(&made)?;
                rename::rename_over(&made, &path)?;
            }
        }
        if let Some(parent) = path.parent() {
            changed.insert(parent.to_path_buf());
        }
    }
    Ok(())
}

/// Moves aside what a rename could not replace: a directory where a file belongs, or the reverse.
fn clear_the_way(root: &Path, path: &Path, entry: &TreeEntry) -> Result<()> {
    let Some(found) = stat::stat(path)? else {
        return Ok(());
    };
    let wants_directory = entry.kind == TreeKind::Directory;
    let is_directory = found.kind == FileKind::Directory;
    if wants_directory != is_directory {
        let kept = root
            .join(paths::QUARANTINE)
            .join(format!("in-the-way.{}", unique_name()));
        rename::rename_over(path, &kept)?;
        dir::sync_dir(&root.join(paths::QUARANTINE))?;
    }
    Ok(())
}
