//! The directories of a published directory that are not there: by damage, or because they held private files only.

use std::collections::HashSet;
use std::path::Path;

use linkstead_format::{Tree, TreeKind};
use linkstead_fs::stat::{self, FileKind};

use super::Directory;
use crate::roles::{Role, Roles};

/// The directories of a tree that hold private files and nothing else: they may be gone with them.
pub(super) fn of_private_files<'t>(tree: &'t Tree, roles: &Roles) -> HashSet<&'t str> {
    let mut private: HashSet<&str> = HashSet::new();
    let mut needed: HashSet<&str> = HashSet::new();
    for entry in tree.entries() {
        let above = match &entry.kind {
            TreeKind::Directory => continue,
            TreeKind::File { size, .. } if roles.of(&entry.path, *size) == Role::Private => {
                &mut private
            }
            TreeKind::File { .. } | TreeKind::Symlink { .. } => &mut needed,
        };
        let mut path = entry.path.as_str();
        while let Some((parent, _)) = path.rsplit_once('/') {
            above.insert(parent);
            path = parent;
        }
    }
    private.retain(|path| !needed.contains(path));
    private
}

/// The directories of a tree that are not there, or are no directories, with all below them; the published directory itself
/// is "". A `stat` of what lies below one would go through a symbolic link in its place.
pub(super) fn lost_directories<'t>(directory: &Directory<'t>) -> HashSet<&'t str> {
    let mut lost = HashSet::new();
    if is_lost(directory.path) {
        lost.insert("");
    }
    // Parents come first in a tree.
    for entry in directory.tree.entries() {
        let path = entry.path.as_str();
        let parent = entry.path.parent_str().unwrap_or_default();
        if entry.kind == TreeKind::Directory
            && (lost.contains(parent) || is_lost(&directory.path.join(path)))
        {
            lost.insert(path);
        }
    }
    lost
}

/// One that may not be looked at is not lost: each of its entries tells why it cannot be read.
fn is_lost(directory: &Path) -> bool {
    match stat::stat(directory) {
        Ok(found) => found.is_none_or(|found| found.kind != FileKind::Directory),
        Err(_) => false,
    }
}
