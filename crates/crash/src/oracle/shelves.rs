//! What lies where in a store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use linkstead_store::{OpenMode, OpenOptions, Store};
use walkdir::WalkDir;

use super::Violation;
use crate::sample::Sample;

/// The directories of the visible bundles.
pub(super) type Visible = BTreeMap<PathBuf, Sample>;

pub(super) fn visible(root: &Path) -> Result<Visible, Violation> {
    let store = Store::open(root, &OpenOptions::new(OpenMode::ReadOnly))?;
    let of = |listed: linkstead_store::Listed| {
        let label = format!("{}@{}", listed.name, listed.version);
        Some((listed.directory, label.parse().ok()?))
    };
    Ok(store.list()?.into_iter().filter_map(of).collect())
}

/// The directories of `bundles/`.
pub(super) fn published(root: &Path) -> Vec<PathBuf> {
    WalkDir::new(root.join("bundles"))
        .min_depth(3)
        .max_depth(3)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

/// The files below a directory of the store, by their paths in the store.
pub(super) fn files(root: &Path, below: &str) -> BTreeSet<PathBuf> {
    WalkDir::new(root.join(below))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| Some(entry.path().strip_prefix(root).ok()?.to_path_buf()))
        .collect()
}

pub(super) fn names_in(directory: &Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name())
        .collect()
}
