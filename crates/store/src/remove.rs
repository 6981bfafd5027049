//! `remove`: takes a bundle out of sight and parks its directory (store-format.md, section 14).

use linkstead_format::{BundleKey, BundleName, BundleRef, Receipt, Ref, Target, Version, paths};
use serde::Serialize;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::extra;
use crate::install::read_tree;
use crate::locks::Locks;
use crate::manifest::{Reader, Writer};
use crate::observe::Observer;
use crate::options::RemoveOptions;
use crate::pins;
use crate::published::{self, Destination};
use crate::refs::{self, Resolvable};
use crate::roots::Roots;
use crate::staging::Staging;
use crate::store::Store;

/// A bundle that is installed no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Removed {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// The directory that it had.
    pub directory: PathBuf,
    /// The version that the name alone means from now on, if that changed.
    pub now_current: Option<Version>,
    /// Files that were in its directory and not of the bundle; they stay in the parked directory until gc.
    pub extra_files: Vec<String>,
}

impl Store {
    /// Removes one version of a bundle; a name alone means its only version.
    ///
    /// Its directory is parked, its objects stay: gc takes them back.
    ///
    /// # Errors
    /// Not installed; several versions and none named; in use by a process; locks, or a failure of the file system.
    pub fn remove(
        &self,
        wanted: &BundleRef,
        options: &RemoveOptions,
        observer: &dyn Observer,
    ) -> Result<Removed> {
        self.require_writable()?;
        let locks = self.locks(&options.control, observer);
        self.ensure_manifest(&locks, observer)?;
        let version = self.only_version(wanted)?;
        let _mark = Staging::mark(self.root())?;
        let _window = locks.window(&wanted.name)?;
        // What refs and pins say, or do not say, must be durable before anything is decided on it.
        refs::sync_name(self.root(), &wanted.name)?;
        pins::sync_all(self.root())?;
        let at = self.installed_as(&wanted.name, &version)?;
        let key = at.key();
        let directory = at.path(self.root());
        let receipt = published::read_receipt(self.root(), &at.name, &at.version, &at.directory)?;
        if let Some(label) = Roots::read(self)?.pinned.remove(&key) {
            return Err(Error::Pinned {
                name: at.name,
                version: at.version,
                label,
            });
        }
        let extra_files = self.extra_files(&directory, receipt.as_ref())?;
        // Held across everything that follows: a lease that begins later finds no ref and lets go.
        let lock = published::lock_for_removal(self.root(), &key)?;
        let now_current = self.pass_on_current(&locks, &key)?;
        refs::delete(self.root(), &paths::version_ref(&key.name, &key.version))?;
        let manifest = Writer::open(self.root(), &locks)?;
        let destination = match &receipt {
            Some(receipt) => Destination::Parked(&receipt.directory),
            None => Destination::Trash,
        };
        published::withdraw(self.root(), &key, manifest.as_ref(), destination, lock)?;
        Ok(Removed {
            name: at.name,
            version: at.version,
            directory,
            now_current,
            extra_files,
        })
    }

    /// What the version's ref names, whether or not its directory is still there: a damaged bundle can be removed.
    fn installed_as(&self, name: &BundleName, version: &Version) -> Result<Resolvable> {
        let found = refs::read(self.root(), &paths::version_ref(name, version))?;
        found.as_ref().and_then(Resolvable::of).ok_or_else(|| {
            self.means_nothing(&BundleRef {
                name: name.clone(),
                version: Some(version.clone()),
            })
        })
    }

    fn extra_files(&self, directory: &Path, receipt: Option<&Receipt>) -> Result<Vec<String>> {
        let Some(receipt) = receipt else {
            return Ok(Vec::new());
        };
        match read_tree(self, &receipt.tree)? {
            Some(tree) => Ok(extra::extra_files(directory, &tree, receipt)),
            None => Ok(Vec::new()),
        }
    }

    fn only_version(&self, wanted: &BundleRef) -> Result<Version> {
        if let Some(version) = &wanted.version {
            return Ok(version.clone());
        }
        let resolved = self.resolve(wanted);
        let all = refs::all(self.root())?;
        let mut versions: Vec<Version> = all
            .names
            .get(&wanted.name)
            .map(|of_name| &of_name.versions[..])
            .unwrap_or_default()
            .iter()
            .filter_map(Resolvable::of)
            .map(|at| at.version)
            .collect();
        match (versions.len(), versions.pop()) {
            (1, Some(version)) => Ok(version),
            (_, None) => Ok(resolved?.version),
            (_, Some(last)) => {
                versions.push(last);
                Err(Error::SeveralVersions {
                    name: wanted.name.clone(),
                    versions,
                })
            }
        }
    }

    /// Makes the most recently recorded version that is left current, if the removed one was.
    fn pass_on_current(&self, locks: &Locks<'_>, removed: &BundleKey) -> Result<Option<Version>> {
        let file = paths::current_ref(&removed.name);
        let current = refs::read(self.root(), &file)?
            .as_ref()
            .and_then(Resolvable::of);
        // Of the same version, though perhaps of other content: nothing of that version is installed after this.
        let is_current = current.is_some_and(|at| at.version == removed.version);
        if !is_current {
            return Ok(None);
        }
        match self.newest_other(locks, removed)? {
            Some(next) => {
                let version = next.version.clone();
                let content = Ref::new(next.name, next.version, Target::Directory(next.directory));
                refs::write(self.root(), &file, &content)?;
                Ok(Some(version))
            }
            None => {
                refs::delete(self.root(), &file)?;
                Ok(None)
            }
        }
    }

    fn newest_other(&self, locks: &Locks<'_>, removed: &BundleKey) -> Result<Option<Resolvable>> {
        let all = refs::all(self.root())?;
        let Some(of_name) = all.names.get(&removed.name) else {
            return Ok(None);
        };
        let manifest = Reader::open(self.root(), locks)?;
        let mut newest: Option<(u64, Resolvable)> = None;
        for at in of_name.versions.iter().filter_map(Resolvable::of) {
            if at.version == removed.version {
                continue;
            }
            let record = match &manifest {
                Some(manifest) => manifest.record_of(&at.key())?,
                None => None,
            };
            let sequence = record.map_or(0, |row| row.sequence);
            if newest.as_ref().is_none_or(|(best, _)| sequence > *best) {
                newest = Some((sequence, at));
            }
        }
        Ok(newest.map(|(_, at)| at))
    }
}
