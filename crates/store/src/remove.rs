//! `remove`: takes a bundle out of sight and parks its directory (store-format.md, section 14).

mod estimate;

use std::path::PathBuf;

use linkstead_format::{
    BundleKey, BundleName, BundleRef, DirectoryId, Receipt, Ref, Target, TreeId, Version, paths,
};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::extra::Missed;
use crate::leases::{self, Holder};
use crate::locks::{Held, Locks};
use crate::manifest::{Reader, Writer};
use crate::observe::Observer;
use crate::options::{ExtraFiles, HeldBundle, RemoveOptions};
use crate::pins;
use crate::published::{self, Destination};
use crate::refs;
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
    /// The directory that it had, or still has while it is held.
    pub directory: PathBuf,
    /// What became of that.
    #[serde(flatten)]
    pub state: RemovedState,
    /// The version that the name alone means from now on, if that changed.
    pub now_current: Option<Version>,
    /// Files in its directory that are not of the bundle and that somebody would miss. They go with gc; while it is held they
    /// keep it, until gc is told to discard them.
    pub extra_files: Vec<String>,
    /// Why nobody can tell which files in its directory are extra, if that is so: all that lies there is treated as such.
    pub damage: Option<String>,
    /// Bytes on disk that gc gives back for it, once nobody holds it; `None` if that cannot be told, because another bundle is
    /// damaged, say.
    pub frees: Option<u64>,
}

/// What became of a removed bundle's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RemovedState {
    /// It is out of sight, and the next gc deletes it.
    Parked,
    /// It stays where it is for those who hold it, and goes with the first gc after them.
    WhenIdle {
        /// Who; empty where the system does not tell.
        holders: Vec<Holder>,
    },
}

/// A bundle that has just been removed, on its way to the report.
struct Taken {
    removed: Removed,
    key: BundleKey,
    /// Its tree, as far as receipt or record tell.
    tree: Option<TreeId>,
    /// Where its directory lies by now.
    lies_at: PathBuf,
}

impl Store {
    /// Removes one version of a bundle; a name alone means its only version.
    ///
    /// Its directory is parked, its objects stay: gc takes them back. One that is held is removed only if the options say so, and
    /// then only its names go: those who hold it keep it.
    ///
    /// # Errors
    /// Not installed; several versions and none named; pinned; in use by a process; extra files in its directory, or a receipt or
    /// tree without which nobody can tell, where the options do not discard them; locks, or a failure of the file system.
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
        let taken = {
            let _window = locks.window(&wanted.name)?;
            self.take(&wanted.name, &version, options, &locks)?
        };
        // It is removed, whatever comes of this.
        let frees = self.estimate(&taken, &locks).unwrap_or(None);
        Ok(Removed {
            frees,
            ..taken.removed
        })
    }

    /// Takes a version out of sight, inside a window.
    fn take(
        &self,
        name: &BundleName,
        version: &Version,
        options: &RemoveOptions,
        locks: &Locks<'_>,
    ) -> Result<Taken> {
        // What refs and pins say, or do not say, must be durable before anything is decided on it.
        refs::sync_name(self.root(), name)?;
        pins::sync_all(self.root())?;
        let key = self.installed_as(name, version)?;
        let directory = self.path(key.published());
        let receipt = published::receipt_or_problem(self.root(), &key)?;
        if let Some(label) = pins::labels_of(&pins::all(self.root())?, &key).first() {
            return Err(Error::Pinned {
                name: key.name,
                version: key.version,
                label: label.to_string(),
            });
        }
        // Held across everything that follows: a lease that begins later finds no ref and lets go.
        let grip = self.grip(&key, options.held)?;
        let content = self.content_of(&key, receipt.as_ref().ok(), locks)?;
        let tree = content.map(|content| content.tree);
        let receipt = receipt.as_ref().map_err(String::as_str);
        let missed = Missed::of(self, &directory, receipt, tree.as_ref())?;
        if matches!(grip, Grip::Ours(_)) && options.extra_files == ExtraFiles::Keep {
            must_be_nothing(&key, &missed)?;
        }
        if let Some(manifest) = Writer::open(self.root(), locks)? {
            // Before the first change: on a full disk the bundle keeps its name.
            manifest.write_again(&key)?;
        }
        let (extra_files, damage) = missed.told();
        let now_current = self.pass_on_current(locks, &key)?;
        refs::delete(self.root(), &paths::version_ref(&key.name, &key.version))?;
        let (state, lies_at) = match grip {
            Grip::Ours(lock) => {
                let lies_at = self.park(&key, content, lock, locks)?;
                (
                    RemovedState::Parked,
                    lies_at.unwrap_or_else(|| directory.clone()),
                )
            }
            // A record that no name means: gc takes it when nobody holds it any more.
            Grip::Others(holders) => (RemovedState::WhenIdle { holders }, directory.clone()),
        };
        Ok(Taken {
            removed: Removed {
                name: key.name.clone(),
                version: key.version.clone(),
                directory,
                state,
                now_current,
                extra_files,
                damage,
                frees: None,
            },
            key,
            tree,
            lies_at,
        })
    }

    /// Locks the directory for its removal, or says who holds it, if that is no hindrance.
    fn grip(&self, key: &BundleKey, held: HeldBundle) -> Result<Grip> {
        match published::lock_for_removal(self.root(), key) {
            Ok(lock) => Ok(Grip::Ours(lock)),
            Err(Error::InUse { .. }) if held == HeldBundle::RemoveWhenIdle => {
                let directory = key.published();
                let holders = leases::held_by(&self.path(directory))?;
                Ok(Grip::Others(holders.unwrap_or_default()))
            }
            Err(error) => Err(error),
        }
    }

    fn park(
        &self,
        key: &BundleKey,
        content: Option<Content>,
        lock: Option<Held>,
        locks: &Locks<'_>,
    ) -> Result<Option<PathBuf>> {
        let manifest = Writer::open(self.root(), locks)?;
        let destination = match &content {
            Some(content) => Destination::Parked(&content.directory),
            None => Destination::Trash,
        };
        published::withdraw(self.root(), key, manifest.as_ref(), destination, lock)
    }

    /// What it holds, as its receipt says, or its record where that cannot be read.
    fn content_of(
        &self,
        key: &BundleKey,
        receipt: Option<&Receipt>,
        locks: &Locks<'_>,
    ) -> Result<Option<Content>> {
        if let Some(receipt) = receipt {
            return Ok(Some(Content {
                tree: receipt.tree,
                directory: receipt.directory,
            }));
        }
        let row = match Reader::open(self.root(), locks)? {
            Some(manifest) => manifest.record_of(key)?,
            None => None,
        };
        Ok(row.map(|row| Content {
            tree: row.tree,
            directory: row.directory,
        }))
    }

    /// What the version's ref names, whether or not its directory is still there: a damaged bundle can be removed.
    fn installed_as(&self, name: &BundleName, version: &Version) -> Result<BundleKey> {
        let wanted = BundleRef {
            name: name.clone(),
            version: Some(version.clone()),
        };
        refs::bundle_meant(self.root(), &wanted)?.ok_or_else(|| self.means_nothing(&wanted))
    }

    fn only_version(&self, wanted: &BundleRef) -> Result<Version> {
        if let Some(version) = &wanted.version {
            return Ok(version.clone());
        }
        let resolved = self.resolve(wanted);
        let refs = refs::of_name(self.root(), &wanted.name)?;
        let mut versions: Vec<Version> = refs.versions().map(|at| at.version).collect();
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
            .and_then(Ref::bundle);
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

    fn newest_other(&self, locks: &Locks<'_>, removed: &BundleKey) -> Result<Option<BundleKey>> {
        let refs = refs::of_name(self.root(), &removed.name)?;
        let manifest = Reader::open(self.root(), locks)?;
        let mut newest: Option<(u64, BundleKey)> = None;
        for at in refs.versions() {
            if at.version == removed.version {
                continue;
            }
            let record = match &manifest {
                Some(manifest) => manifest.record_of(&at)?,
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

/// Refuses what somebody would miss, or might.
fn must_be_nothing(at: &BundleKey, missed: &Missed) -> Result<()> {
    let (name, version) = (at.name.clone(), at.version.clone());
    match missed.clone() {
        Missed::Files(files) if files.is_empty() => Ok(()),
        Missed::Files(files) => Err(Error::ExtraFiles {
            name,
            version,
            files,
        }),
        Missed::Unknown { problem } => Err(Error::ExtraUnknown {
            name,
            version,
            problem,
        }),
    }
}

/// What a bundle's directory holds.
#[derive(Debug, Clone, Copy)]
struct Content {
    tree: TreeId,
    directory: DirectoryId,
}

/// Who has the directory of a bundle that goes.
enum Grip {
    /// We, if it is there.
    Ours(Option<Held>),
    /// Others.
    Others(Vec<Holder>),
}
