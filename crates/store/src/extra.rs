//! Extra files: what a server put into its published directory beside the bundle's files. Never damage, never thrown away
//! silently.

use std::collections::HashSet;
use std::path::Path;

use linkstead_format::{Receipt, Tree};

/// Lists what lies in a published directory and is not in its tree, nor a host file: paths relative to it. A directory that
/// cannot be looked into is listed itself, for it may hold anything.
pub(crate) fn extra_files(directory: &Path, tree: &Tree, receipt: &Receipt) -> Vec<String> {
    let ours: HashSet<&str> = tree
        .entries()
        .iter()
        .map(|entry| entry.path.as_str())
        .chain(receipt.exceptions.host.iter().map(|path| path.as_str()))
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
