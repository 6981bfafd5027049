//! What lies in `bundles/` and belongs to nothing: orphans, lone receipts, and files of somebody's own.
//!
//! An install publishes before it records, and a remove forgets before it takes away (I4). So what has no record is judged only
//! while no operation is under way: everything is looked at, then the mark of operations, then everything again. What somebody
//! still leases is left alone by recovery, and by us.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::paths;
use linkstead_fs::stat::{self, FileKind};

use super::finding::{Defect, Finding};
use super::listing::list_directory;
use crate::bundles_dir::Member;
use crate::error::Result;
use crate::leases;
use crate::refs;
use crate::staging;
use crate::store::Store;

/// What lies in the directories of versions.
#[derive(Debug, Default)]
pub(super) struct Listed {
    directories: Vec<PathBuf>,
    receipts: Vec<PathBuf>,
}

/// Lists them; what does not belong there is a finding.
pub(super) fn list(store: &Store, findings: &mut Vec<Finding>) -> Result<Listed> {
    let mut listed = Listed::default();
    let base = store.path(paths::BUNDLES);
    let mut places = vec![base.clone()];
    while let Some(place) = places.pop() {
        for entry in list_directory(&place, findings)? {
            let path = place.join(&entry.name);
            let is_scope = place == base && entry.name.as_encoded_bytes().starts_with(b"@");
            match entry.kind {
                FileKind::Directory if is_scope => places.push(path),
                FileKind::Directory => {}
                _ => findings.push(Finding::new(Defect::ForeignFile, path)),
            }
        }
    }
    for of_name in refs::name_directories(&base)? {
        for version in list_directory(&of_name, findings)? {
            let path = of_name.join(version.name);
            match version.kind {
                FileKind::Directory => listed.add_version(&path, findings)?,
                _ => findings.push(Finding::new(Defect::ForeignFile, path)),
            }
        }
    }
    Ok(listed)
}

impl Listed {
    fn add_version(&mut self, of_version: &Path, findings: &mut Vec<Finding>) -> Result<()> {
        for entry in list_directory(of_version, findings)? {
            let path = of_version.join(&entry.name);
            match Member::of(&entry.name) {
                // A link or a file in the place of a directory is told with its bundle, if it has one.
                Some(Member::Directory) => self.directories.push(path),
                Some(Member::Receipt) => self.receipts.push(path),
                Some(Member::Lease) => {}
                None => findings.push(Finding::new(Defect::ForeignFile, path)),
            }
        }
        Ok(())
    }

    /// Leaves those that are not known.
    pub(super) fn without(mut self, known: &HashSet<PathBuf>) -> Self {
        self.directories.retain(|path| !known.contains(path));
        self.receipts.retain(|path| {
            let directory = path.with_extension("");
            !known.contains(&directory) && matches!(stat::stat(&directory), Ok(None))
        });
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.directories.is_empty() && self.receipts.is_empty()
    }

    pub(super) fn into_paths(self) -> HashSet<PathBuf> {
        self.directories.into_iter().chain(self.receipts).collect()
    }

    /// What is still there.
    pub(super) fn findings(self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for path in self.directories {
            match stat::stat(&path) {
                Ok(Some(found)) if found.kind == FileKind::Directory && leases::is_held(&path)? => {
                }
                Ok(Some(found)) if found.kind == FileKind::Directory => {
                    findings.push(Finding::new(Defect::DirectoryWithoutRecord, path));
                }
                Ok(Some(_)) => findings.push(Finding::new(Defect::ForeignFile, path)),
                _ => {}
            }
        }
        for path in self.receipts {
            match stat::stat(&path) {
                Ok(Some(found)) if found.kind == FileKind::File => {
                    findings.push(Finding::new(Defect::ReceiptWithoutDirectory, path));
                }
                Ok(Some(_)) => findings.push(Finding::new(Defect::ForeignFile, path)),
                _ => {}
            }
        }
        Ok(findings)
    }
}

/// Whether an operation is under way, or one died and nobody has recovered: then what has no record may get one, or is
/// recovery's to judge.
pub(super) fn is_somebody_at_work(store: &Store) -> Result<bool> {
    staging::any_mark(store.root())
}
