//! Listing the directories of the store for verify: what cannot be listed is a finding, and what is no shelf does not belong
//! there.

use std::path::{Path, PathBuf};

use linkstead_fs::dir::{self, DirEntry};
use linkstead_fs::stat::FileKind;

use super::finding::{Defect, Finding};
use crate::error::Result;
use crate::store::Store;
use crate::unreadable;

/// A file in a two-digit directory of `trees/`.
pub(super) struct Shelved {
    /// The directory's name.
    pub(super) shelf: String,
    /// The file's name. Only a name that is text can be one of ours; of others, an approximation.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// What lies in the shelves of `base`.
pub(super) fn list(store: &Store, base: &str, findings: &mut Vec<Finding>) -> Result<Vec<Shelved>> {
    let mut shelved = Vec::new();
    for (shelf, path) in names(store, base, findings)? {
        for file in list_directory(&path, findings)? {
            shelved.push(Shelved {
                shelf: shelf.clone(),
                name: file.name.to_string_lossy().into_owned(),
                path: path.join(&file.name),
            });
        }
    }
    Ok(shelved)
}

/// The shelves of `base`, with their paths.
pub(super) fn names(
    store: &Store,
    base: &str,
    findings: &mut Vec<Finding>,
) -> Result<Vec<(String, PathBuf)>> {
    let base = store.path(base);
    let mut names = Vec::new();
    for shelf in list_directory(&base, findings)? {
        let path = base.join(&shelf.name);
        match shelf.kind {
            FileKind::Directory => {
                names.push((shelf.name.to_string_lossy().into_owned(), path));
            }
            _ => findings.push(Finding::new(Defect::ForeignFile, path)),
        }
    }
    Ok(names)
}

/// What lies in a directory; nothing, and a finding, if it cannot be listed.
pub(super) fn list_directory(path: &Path, findings: &mut Vec<Finding>) -> Result<Vec<DirEntry>> {
    match dir::list_if_present(path) {
        Ok(entries) => Ok(entries),
        Err(error) => {
            let problem = unreadable::problem_of(error.into())?;
            let defect = Defect::UnreadableDirectory { problem };
            findings.push(Finding::new(defect, path.to_path_buf()));
            Ok(Vec::new())
        }
    }
}
