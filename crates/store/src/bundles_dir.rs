//! What lies in `bundles/`: the directories of versions, and in each of them published directories with their receipts beside them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use linkstead_format::{DirectoryName, paths};
use linkstead_fs::dir;
use linkstead_fs::stat::FileKind;

use crate::error::Result;
use crate::refs;
use crate::store::Store;

/// What a name in the directory of a version stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// A published directory.
    Directory,
    /// Its receipt.
    Receipt,
    /// Its file of leases.
    Lease,
}

impl Member {
    /// What this name stands for; `None` if it is not the store's.
    pub(crate) fn of(name: &OsStr) -> Option<Self> {
        let path = Path::new(name);
        let stem = path.file_stem().and_then(OsStr::to_str)?;
        DirectoryName::parse(stem).ok()?;
        match path.extension().map(OsStr::to_str) {
            None => Some(Member::Directory),
            Some(Some("json")) => Some(Member::Receipt),
            Some(Some("lease")) => Some(Member::Lease),
            Some(_) => None,
        }
    }
}

/// The directories of versions.
pub(crate) fn version_directories(store: &Store) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for of_name in refs::name_directories(&store.path(paths::BUNDLES))? {
        let versions = dir::list_if_present(&of_name)?.into_iter();
        let versions = versions.filter(|version| version.kind == FileKind::Directory);
        found.extend(versions.map(|version| of_name.join(version.name)));
    }
    Ok(found)
}

/// The published directories of a version.
pub(crate) fn published_in(of_version: &Path) -> Result<Vec<PathBuf>> {
    let entries = dir::list_if_present(of_version)?.into_iter();
    let published = entries.filter(|entry| {
        entry.kind == FileKind::Directory && Member::of(&entry.name) == Some(Member::Directory)
    });
    Ok(published.map(|entry| of_version.join(entry.name)).collect())
}

/// The receipts of a version, whether or not their directories are there.
pub(crate) fn receipts_in(of_version: &Path) -> Result<Vec<PathBuf>> {
    let entries = dir::list_if_present(of_version)?.into_iter();
    let receipts = entries.filter(|entry| {
        entry.kind == FileKind::File && Member::of(&entry.name) == Some(Member::Receipt)
    });
    Ok(receipts.map(|entry| of_version.join(entry.name)).collect())
}
