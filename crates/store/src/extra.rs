//! Extra files: what a server put into its published directory beside the bundle's files. Never damage, never thrown away
//! silently.

use std::collections::HashSet;
use std::path::Path;

use linkstead_format::{PrivateMatcher, Receipt, Tree, TreePath};

use crate::error::Result;
use crate::install::read_tree;
use crate::store::Store;

/// Directories of what is made again by itself.
const CACHES: [&str; 2] = ["__pycache__", ".venv"];

/// What nobody makes again, though private globs by default match it: a server may change a database of its bundle, but one
/// that is not of the bundle is somebody's.
const DATABASES: [&str; 3] = [".db", ".sqlite", ".sqlite3"];

/// The extra files of a published directory that somebody would miss: not caches, nor what the private globs of its layout match,
/// but for databases. Without a receipt and a tree nothing can be told apart, and none is listed.
pub(crate) fn missed(
    store: &Store,
    directory: &Path,
    receipt: Option<&Receipt>,
) -> Result<Vec<String>> {
    let Some(receipt) = receipt else {
        return Ok(Vec::new());
    };
    let Some(tree) = read_tree(store, &receipt.tree)? else {
        return Ok(Vec::new());
    };
    let mut files = extra_files(directory, &tree, &receipt.exceptions.host);
    let private = receipt.layout.private.matcher();
    files.retain(|path| would_be_missed(path, &private));
    Ok(files)
}

/// Whether somebody would miss an extra file of a directory with these private files.
pub(crate) fn would_be_missed(path: &str, private: &PrivateMatcher) -> bool {
    if path.split('/').any(|component| CACHES.contains(&component)) {
        return false;
    }
    if DATABASES.iter().any(|ending| path.ends_with(ending)) {
        return true;
    }
    // A path that no bundle can have is matched by no glob.
    TreePath::parse(path).map_or(true, |path| !private.is_private(&path))
}

/// Lists what lies in a published directory and is not in its tree, nor a host file: paths relative to it. A directory that
/// cannot be looked into is listed itself, for it may hold anything.
pub(crate) fn extra_files(directory: &Path, tree: &Tree, host: &[TreePath]) -> Vec<String> {
    let ours: HashSet<&str> = tree
        .entries()
        .iter()
        .map(|entry| entry.path.as_str())
        .chain(host.iter().map(|path| path.as_str()))
        .collect();
    let mut extra = Vec::new();
    for entry in walkdir::WalkDir::new(directory)
        .min_depth(1)
        .follow_links(false)
        .follow_root_links(false)
        .sort_by_file_name()
    {
        let unlisted = match entry {
            Ok(entry) if entry.file_type().is_dir() => continue,
            Ok(entry) => relative(directory, entry.path()).filter(|path| !ours.contains(&**path)),
            Err(error) if is_gone(&error) => continue,
            Err(error) => error.path().and_then(|path| relative(directory, path)),
        };
        extra.extend(unlisted);
    }
    extra
}

fn relative(directory: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(directory).ok()?;
    Some(relative.to_string_lossy().into_owned())
}

/// A server deletes its own files as it likes.
fn is_gone(error: &walkdir::Error) -> bool {
    error
        .io_error()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}
