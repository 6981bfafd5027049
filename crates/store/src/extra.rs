//! Extra files: what a server put into its published directory beside the bundle's files. Never damage, never thrown away
//! silently.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::{PrivateMatcher, Receipt, Tree, TreeId, TreePath};
use linkstead_fs::dir;
use linkstead_fs::stat::{self, FileKind};

use crate::error::Result;
use crate::store::Store;
use crate::stored::read_tree;
use crate::unreadable;

/// Directories of what is made again by itself.
const CACHES: [&str; 2] = ["__pycache__", ".venv"];

/// What nobody makes again, though private globs by default match it: a server may change a database of its bundle, but one
/// that is not of the bundle is somebody's.
const DATABASES: [&str; 3] = [".db", ".sqlite", ".sqlite3"];

/// What somebody would miss of a published directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missed {
    /// These extra files, relative to it; perhaps none.
    Files(Vec<String>),
    /// Something lies there, and nobody can tell whether somebody would miss it: that takes a receipt and a tree.
    Unknown {
        /// What cannot be read.
        problem: String,
    },
}

impl Missed {
    /// What somebody would miss of a directory with this receipt, or with the reason why there is none: not caches, nor what the
    /// private globs of its layout match, but for databases. Where its record says which tree it has, what is of the tree is not
    /// extra, also without a receipt.
    pub(crate) fn of(
        store: &Store,
        directory: &Path,
        receipt: std::result::Result<&Receipt, &str>,
        recorded: Option<&TreeId>,
    ) -> Result<Self> {
        let problem = match receipt {
            Err(problem) => problem.to_owned(),
            Ok(receipt) => match readable_tree(store, &receipt.tree)? {
                Ok(tree) => {
                    let mut files = extra_files(directory, &tree, &receipt.exceptions.host);
                    let private = receipt.layout.private.matcher();
                    files.retain(|path| would_be_missed(path, &private));
                    return Ok(Missed::Files(files));
                }
                Err(problem) => problem,
            },
        };
        let tree = match recorded {
            Some(id) => readable_tree(store, id)?.ok(),
            None => None,
        };
        let ours = tree.as_ref().map(paths_of).unwrap_or_default();
        let mut others = files_but(directory, &ours);
        others.retain(|path| !is_in_cache(path));
        Ok(match others.is_empty() {
            true => Missed::Files(others),
            false => Missed::Unknown { problem },
        })
    }

    /// Whether the directory can go, and nobody will miss anything.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Missed::Files(files) if files.is_empty())
    }

    /// The files, and what cannot be read, for a report.
    pub(crate) fn told(self) -> (Vec<String>, Option<String>) {
        match self {
            Missed::Files(files) => (files, None),
            Missed::Unknown { problem } => (Vec::new(), Some(problem)),
        }
    }
}

fn readable_tree(store: &Store, id: &TreeId) -> Result<std::result::Result<Tree, String>> {
    match read_tree(store, id) {
        Ok(Some(tree)) => Ok(Ok(tree)),
        Ok(None) => Ok(Err("its tree is missing or altered".into())),
        Err(error) => {
            let problem = unreadable::problem_of(error)?;
            Ok(Err(format!("its tree cannot be read: {problem}")))
        }
    }
}

/// Whether somebody would miss an extra file of a directory with these private files.
pub(crate) fn would_be_missed(path: &str, private: &PrivateMatcher) -> bool {
    if is_in_cache(path) {
        return false;
    }
    if DATABASES.iter().any(|ending| path.ends_with(ending)) {
        return true;
    }
    // A path that no bundle can have is matched by no glob.
    TreePath::parse(path).map_or(true, |path| !private.is_private(&path))
}

pub(crate) fn is_in_cache(path: &str) -> bool {
    path.split('/').any(|component| CACHES.contains(&component))
}

/// Lists what lies in a published directory and is not in its tree, nor a host file: paths relative to it. A directory that
/// cannot be looked into is listed itself, for it may hold anything.
pub(crate) fn extra_files(directory: &Path, tree: &Tree, host: &[TreePath]) -> Vec<String> {
    let mut ours = paths_of(tree);
    ours.extend(host.iter().map(TreePath::as_str));
    files_but(directory, &ours)
}

fn paths_of(tree: &Tree) -> HashSet<&str> {
    let entries = tree.entries().iter();
    entries.map(|entry| entry.path.as_str()).collect()
}

/// The files below a directory but these, and the directories that cannot be looked into.
fn files_but(directory: &Path, ours: &HashSet<&str>) -> Vec<String> {
    match stat::stat(directory) {
        Ok(Some(found)) if found.kind == FileKind::Directory => {}
        // What a symbolic link leads to is not in the directory.
        Ok(_) => return Vec::new(),
        Err(_) => return vec![".".into()],
    }
    let mut extra = Vec::new();
    // The directories on the way down, by paths relative to the first, each with those of its names that are still to come.
    let mut levels = Vec::new();
    let mut next_level = Some(PathBuf::new());
    loop {
        if let Some(level) = next_level.take() {
            // A server deletes its own files as it likes: a directory that is gone is empty.
            match dir::list_if_present(&directory.join(&level)) {
                Ok(names) => levels.push((level, names.into_iter())),
                Err(_) if level.as_os_str().is_empty() => extra.push(".".into()),
                Err(_) => extra.push(level.to_string_lossy().into_owned()),
            }
        }
        let Some((level, names)) = levels.last_mut() else {
            return extra;
        };
        let Some(found) = names.next() else {
            levels.pop();
            continue;
        };
        let path = level.join(found.name);
        if found.kind == FileKind::Directory {
            next_level = Some(path);
        } else if !path.to_str().is_some_and(|path| ours.contains(path)) {
            extra.push(path.to_string_lossy().into_owned());
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "the test is the server that writes"
)]
mod tests {
    use std::fs;

    use super::*;

    // Seen to fail when a symbolic link is entered, below the directory or in its place.
    #[test]
    fn what_is_not_ours_is_told_in_the_order_of_names() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |path: &str| scratch.path().join("on").join(path);
        fs::create_dir_all(at("b/deep/er")).unwrap();
        fs::create_dir_all(at("b/empty")).unwrap();
        for path in ["b.py", "b/deep/er/x", "b/deep/ours", "b/z", "c"] {
            fs::write(at(path), b"").unwrap();
        }
        std::os::unix::fs::symlink("b", at("link")).unwrap();
        let ours = HashSet::from(["b/deep/ours", "b/z"]);
        let on = scratch.path().join("on");
        assert_eq!(files_but(&on, &ours), ["b/deep/er/x", "b.py", "c", "link"]);
        std::os::unix::fs::symlink("on", scratch.path().join("to")).unwrap();
        for nothing in ["to", "none", "on/c"] {
            let nothing = scratch.path().join(nothing);
            assert_eq!(files_but(&nothing, &ours), [""; 0]);
        }
    }
}
