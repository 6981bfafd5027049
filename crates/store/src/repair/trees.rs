//! A tree that is lost can be read off its directory: the receipt says which digest it must have.

use std::collections::HashSet;
use std::path::Path;

use linkstead_format::{
    ExecClass, LayoutKind, Receipt, Tree, TreeEntry, TreeKind, TreePath, paths,
};
use linkstead_fs::stat::{self, FileKind, FileStat};
use linkstead_fs::{dir, file, link};

use super::Repair;
use crate::error::Result;
use crate::objects;
use crate::published;
use crate::staging;
use crate::store::ensure_directory;
use crate::stored::read_tree;
use crate::unreadable;
use crate::verify::{Touched, is_still_named};

impl Repair<'_> {
    /// Writes the trees anew that can be read off the directories of their bundles.
    pub(super) fn trees(&self, touched: &Touched) -> Result<()> {
        for at in touched {
            let root = self.store.root();
            let receipt = published::read_receipt(root, &at.name, &at.version, &at.directory);
            let Ok(Some(receipt)) = receipt else { continue };
            if matches!(read_tree(self.store, &receipt.tree), Ok(Some(_))) {
                continue;
            }
            let Some(tree) = tree_of(&root.join(at.published()), &receipt)? else {
                continue;
            };
            let _window = self.locks.window(&at.name)?;
            if !is_still_named(self.store, at)? {
                continue;
            }
            let relative = paths::tree_file(&receipt.tree);
            if let Some(shelf) = relative.parent() {
                ensure_directory(root, shelf)?;
            }
            let temporary = staging::temporary(root);
            file::put_file(&temporary, &root.join(&relative), &tree.encode(), 0o444)?;
            // Opening the store may have made the upper ones, a moment ago.
            for above in relative.ancestors().skip(1) {
                dir::sync_dir(&root.join(above))?;
            }
        }
        Ok(())
    }
}

/// The tree of a directory, if it can be read off it: all that is there, or all that carries its seal or is known to be private.
pub(crate) fn tree_of(directory: &Path, receipt: &Receipt) -> Result<Option<Tree>> {
    let Some(everything) = Reading::of(directory, receipt)? else {
        return Ok(None);
    };
    let is_it = |tree: &Tree| tree.id() == receipt.tree;
    if let Some(tree) = everything.tree(|_| true).filter(is_it) {
        return Ok(Some(tree));
    }
    Ok(everything.tree(|seen| seen.is_ours).filter(is_it))
}

/// One path of a directory.
struct Seen {
    entry: TreeEntry,
    /// Whether it looks as if an install had put it there.
    is_ours: bool,
}

struct Reading(Vec<Seen>);

impl Reading {
    /// Reads a directory whole; `None` if it cannot be read, or holds what no tree can.
    fn of(directory: &Path, receipt: &Receipt) -> Result<Option<Self>> {
        let host: HashSet<&TreePath> = receipt.exceptions.host.iter().collect();
        let private: HashSet<&TreePath> = receipt.exceptions.private.iter().collect();
        let mut seen = Vec::new();
        for entry in walkdir::WalkDir::new(directory)
            .min_depth(1)
            .follow_root_links(false)
        {
            let Ok(entry) = entry else { return Ok(None) };
            let relative = entry.path().strip_prefix(directory).ok();
            let path = relative.and_then(Path::to_str).map(TreePath::parse);
            let Some(Ok(path)) = path else {
                return Ok(None);
            };
            if host.contains(&path) {
                continue;
            }
            let Some(kind) = kind_of(entry.path())? else {
                return Ok(None);
            };
            let found = stat::stat(entry.path())?;
            let is_ours = private.contains(&path)
                || found.is_some_and(|found| looks_ours(&kind, &found, receipt.layout.kind));
            let entry = TreeEntry { path, kind };
            seen.push(Seen { entry, is_ours });
        }
        seen.sort_by(|a, b| a.entry.path.cmp(&b.entry.path));
        Ok(Some(Reading(seen)))
    }

    /// The tree of what is kept; directories that hold nothing of it are left out with the rest.
    fn tree(&self, keeps: impl Fn(&Seen) -> bool) -> Option<Tree> {
        let kept: Vec<&TreeEntry> = self
            .0
            .iter()
            .filter(|seen| keeps(seen))
            .map(|seen| &seen.entry)
            .collect();
        let holds = |directory: &TreePath| {
            kept.iter().any(|entry| {
                let below = entry.path.as_str().strip_prefix(directory.as_str());
                entry.kind != TreeKind::Directory && below.is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let all = self.0.len() == kept.len();
        let entries = kept
            .iter()
            .filter(|entry| all || entry.kind != TreeKind::Directory || holds(&entry.path));
        Tree::new(entries.map(|entry| (*entry).clone()).collect()).ok()
    }
}

/// A file of ours carries its seal; an isolated one tells nothing.
fn looks_ours(kind: &TreeKind, found: &FileStat, layout: LayoutKind) -> bool {
    match kind {
        TreeKind::File { object, size, .. } => {
            layout == LayoutKind::Isolated || objects::is_sealed(found, object, *size)
        }
        TreeKind::Directory | TreeKind::Symlink { .. } => true,
    }
}

fn kind_of(path: &Path) -> Result<Option<TreeKind>> {
    let Some(found) = stat::stat(path)? else {
        return Ok(None);
    };
    Ok(match found.kind {
        FileKind::Directory => Some(TreeKind::Directory),
        FileKind::Symlink => {
            let target = link::read_link(path)?;
            let target = target.to_str().map(str::to_owned);
            target.map(|target| TreeKind::Symlink { target })
        }
        FileKind::File => match objects::hash_file(path) {
            Ok(hashed) => hashed.map(|(object, size)| TreeKind::File {
                exec: ExecClass::from_mode(found.mode),
                object,
                size,
            }),
            Err(error) => unreadable::problem_of(error).map(|_| None)?,
        },
        FileKind::Other => None,
    })
}
