//! The records of checkouts in the store: small files, each under the id of the staging that made it.
//!
//! They are written and deleted in windows, or under the exclusive store lock.

use std::path::{Path, PathBuf};

use linkstead_format::{Checkout, paths};
use linkstead_fs::{dir, file};

use crate::error::{Error, Result};
use crate::staging;
use crate::store::SMALL_FILE;

/// A record, and its id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) checkout: Checkout,
}

impl Recorded {
    /// Writes it, durably.
    pub(super) fn write(&self, root: &Path) -> Result<()> {
        let target = root.join(paths::checkout(&self.id));
        let bytes = self.checkout.encode();
        file::replace_file(&staging::temporary(root), &target, &bytes, 0o644)?;
        Ok(())
    }

    /// Whether it still is what the store holds.
    pub(super) fn is_current(&self, root: &Path) -> Result<bool> {
        Ok(read(root.join(paths::checkout(&self.id)))?.as_ref() == Some(self))
    }
}

/// Deletes these, durably.
pub(super) fn delete(root: &Path, records: &[&Recorded]) -> Result<()> {
    for recorded in records {
        dir::remove_file(&root.join(paths::checkout(&recorded.id)))?;
    }
    Ok(dir::sync_dir(&root.join(paths::CHECKOUTS))?)
}

/// Reads all records; the first that cannot be read is an error.
pub(crate) fn all(root: &Path) -> Result<Vec<Recorded>> {
    let mut all = Vec::new();
    for file in files(root)? {
        all.extend(read(file)?);
    }
    Ok(all)
}

/// Reads those that can be read: `verify` tells of the others, and whatever would collect.
pub(crate) fn readable(root: &Path) -> Result<Vec<Recorded>> {
    let read = files(root)?.into_iter().map(read);
    Ok(read.filter_map(Result::ok).flatten().collect())
}

/// Those of one path.
pub(super) fn of_path(root: &Path, path: &str) -> Result<Vec<Recorded>> {
    let mut records = readable(root)?;
    records.retain(|recorded| recorded.checkout.path == path);
    Ok(records)
}

fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let base = root.join(paths::CHECKOUTS);
    let entries = dir::list_if_present(&base)?.into_iter();
    Ok(entries.map(|entry| base.join(entry.name)).collect())
}

fn read(path: PathBuf) -> Result<Option<Recorded>> {
    let Some(bytes) = file::read(&path, SMALL_FILE)? else {
        return Ok(None);
    };
    let id = path.file_stem().unwrap_or_default().to_string_lossy();
    let id = id.into_owned();
    match Checkout::decode(&bytes) {
        Ok(checkout) => Ok(Some(Recorded { id, checkout })),
        Err(source) => Err(Error::Unreadable { path, source }),
    }
}
