//! What the dead left, as recovery and the plan of a gc find it: stagings, temporary files, and orphans.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, DirectoryName, paths};
use linkstead_fs::dir;
use linkstead_fs::lock::{FileLock, LockMode};
use linkstead_fs::stat::{self, FileKind};

use super::lock_of_the_dead;
use crate::error::Result;
use crate::leases;
use crate::locks::Exclusive;
use crate::refs;
use crate::store::Store;

/// Something in `staging/` whose maker lives no more.
pub(super) struct Dead {
    /// What lies there; of a mark alone there is nothing.
    pub(super) path: PathBuf,
    /// Its lock file and that lock; none of a small temporary file.
    pub(super) trace: Option<(PathBuf, FileLock)>,
}

impl Dead {
    /// Whether it is a staging with this id that left its lock.
    pub(super) fn is_of(&self, id: &str) -> bool {
        self.trace.is_some() && self.path.file_name() == Some(id.as_ref())
    }
}

impl Store {
    /// What recovery would doom now, as far as it is there; these directories and receipts are kept.
    pub(crate) fn left_by_the_dead(
        &self,
        _exclusive: &Exclusive,
        kept: &HashSet<BundleKey>,
    ) -> Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        // Shared: two who look at once must not take each other for the living.
        for dead in self.dead_stagings(LockMode::Shared)? {
            if stat::stat(&dead.path)?.is_some() {
                left.push(dead.path);
            }
        }
        let kept = self.directories_of(kept);
        for of_version in self.version_directories()? {
            for path in unkept_in(&of_version, &kept)? {
                if leases::held_by(&path)?.is_none() {
                    left.push(path);
                }
            }
        }
        Ok(left)
    }

    /// The caller holds the exclusive store lock: small temporary files are written in windows only, so all that are there now are
    /// dead. One that a power cut brings back is dead still.
    pub(super) fn dead_stagings(&self, mode: LockMode) -> Result<Vec<Dead>> {
        let staging = self.path(paths::STAGING);
        let mut all = Vec::new();
        for entry in dir::list_if_present(&staging)? {
            let path = staging.join(&entry.name);
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("lock") => all.extend(lock_of_the_dead(&path, mode)?.map(|lock| Dead {
                    path: path.with_extension(""),
                    trace: Some((path, lock)),
                })),
                Some(_) => all.push(Dead { path, trace: None }),
                None => {
                    if stat::stat(&path.with_extension("lock"))?.is_none() {
                        all.push(Dead { path, trace: None });
                    }
                }
            }
        }
        Ok(all)
    }

    pub(super) fn directories_of(&self, keys: &HashSet<BundleKey>) -> HashSet<PathBuf> {
        let paths = keys
            .iter()
            .map(|key| paths::published(&key.name, &key.version, &key.directory));
        paths.map(|path| self.path(path)).collect()
    }

    /// The directories in `bundles/` that hold the published ones of a version.
    pub(super) fn version_directories(&self) -> Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for of_name in refs::name_directories(&self.path(paths::BUNDLES))? {
            let versions = dir::list_if_present(&of_name)?.into_iter();
            let versions = versions.filter(|version| version.kind == FileKind::Directory);
            all.extend(versions.map(|version| of_name.join(version.name)));
        }
        Ok(all)
    }
}

/// Published directories that are not among these.
pub(super) fn unkept_in(of_version: &Path, kept: &HashSet<PathBuf>) -> Result<Vec<PathBuf>> {
    let entries = dir::list_if_present(of_version)?.into_iter();
    let published = entries.filter(|entry| {
        let name = entry.name.to_str();
        entry.kind == FileKind::Directory
            && name.is_some_and(|name| DirectoryName::parse(name).is_ok())
    });
    let paths = published.map(|entry| of_version.join(entry.name));
    Ok(paths.filter(|path| !kept.contains(path)).collect())
}
