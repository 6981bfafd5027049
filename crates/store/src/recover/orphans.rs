//! Directories in `bundles/` without a record, and receipts without a directory.
//!
//! What a died install left, no name ever meant: no server ran in it, and its receipt and its tree were durable before it was
//! published. So it can be told by a look: receipt and tree can be read, and nothing lies there that somebody would miss. Such a
//! one is trash. Any other was in use before the manifest lost its record, and is put aside. So nothing depends on when the
//! manifest was lost, or on whether that was noticed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, Receipt, TreeId, paths};
use linkstead_fs::{dir, stat, unique_name};

use crate::bundles_dir;
use crate::error::{Error, Result};
use crate::extra::Missed;
use crate::leases;
use crate::locks::{self, Exclusive, Locks};
use crate::manifest::Reader;
use crate::observe::{Event, Notice, Observer};
use crate::published;
use crate::roots::Roots;
use crate::set_aside::{self, SetAside};
use crate::store::Store;

impl Store {
    /// Dooms directories without a record, then receipts without a directory. A directory that a ref or a pin names is never an
    /// orphan: without a record, the manifest has lost it. Says how many went.
    pub(super) fn doom_orphans(&self, locks: &Locks<'_>, observer: &dyn Observer) -> Result<usize> {
        let kept = self.paths_of(&self.recorded_or_named(locks)?);
        let mut orphans = 0;
        for of_version in bundles_dir::version_directories(self)? {
            for path in unkept_in(&of_version, &kept)? {
                orphans += usize::from(self.doom_orphan(&path, observer)?);
            }
            delete_lone_receipts(&of_version, &kept)?;
        }
        Ok(orphans)
    }

    /// The orphans that would go to the trash now, where these directories are kept.
    pub(super) fn orphans_for_the_trash(&self, kept: &HashSet<BundleKey>) -> Result<Vec<PathBuf>> {
        let kept = self.paths_of(kept);
        let mut going = Vec::new();
        for of_version in bundles_dir::version_directories(self)? {
            for path in unkept_in(&of_version, &kept)? {
                if leases::held_by(&path)?.is_none() && self.is_trash(&path)? {
                    going.push(path);
                }
            }
        }
        Ok(going)
    }

    /// The orphans that are there, and the tree of each, where these directories are kept: held ones, and what died since the last
    /// recovery. As long as one is there its tree is, or nobody could tell what in it is extra.
    pub(crate) fn orphans_with_trees(
        &self,
        _exclusive: &Exclusive,
        kept: &HashSet<BundleKey>,
    ) -> Result<Vec<(PathBuf, TreeId)>> {
        let kept = self.paths_of(kept);
        let mut orphans = Vec::new();
        for of_version in bundles_dir::version_directories(self)? {
            for path in unkept_in(&of_version, &kept)? {
                orphans.extend(receipt_beside(&path)?.map(|receipt| (path, receipt.tree)));
            }
        }
        Ok(orphans)
    }

    /// The directories that are no orphans.
    pub(crate) fn recorded_or_named(&self, locks: &Locks<'_>) -> Result<HashSet<BundleKey>> {
        let mut kept = Roots::read(self)?.named;
        let records = Reader::all_records(self, locks)?.into_iter();
        kept.extend(records.map(|record| record.key));
        Ok(kept)
    }

    /// Whether it went. One that this user may not move stays, and does not keep the rest, nor whoever needs the store.
    fn doom_orphan(&self, path: &Path, observer: &dyn Observer) -> Result<bool> {
        match self.try_to_doom(path, observer) {
            Err(Error::Fs(error)) if error.is_permission() && error.path().starts_with(path) => {
                let problem = error.to_string();
                observer.event(&Event::Notice {
                    notice: Notice::NotDeleted { problem },
                });
                Ok(false)
            }
            done => done,
        }
    }

    /// An orphan has no ref, so nobody new can lease it, and whoever still does keeps it until later.
    fn try_to_doom(&self, path: &Path, observer: &dyn Observer) -> Result<bool> {
        let Some(lock) = locks::try_directory(path)? else {
            return Ok(false);
        };
        let receipt = receipt_beside(path)?;
        let receipt = receipt.as_ref().map_err(String::as_str);
        match set_aside::if_missed(self, path, receipt, None, observer)? {
            SetAside::Moved => {}
            SetAside::Stays if !set_aside::is_half_deleted(path)? => {
                let problem = format!(
                    "{} has no name, may hold extra files, and cannot be moved away",
                    path.display()
                );
                observer.event(&Event::Notice {
                    notice: Notice::NotDeleted { problem },
                });
                return Ok(false);
            }
            SetAside::NothingMissed | SetAside::Stays => {
                let target = self.path(paths::TRASH).join(unique_name());
                published::move_away(self.root(), path, &path.with_extension("json"), &target)?;
            }
        }
        drop(lock);
        Ok(true)
    }

    /// Whether nobody would miss anything in an orphan. A deletion in place that was interrupted is not foreseen: only a rename
    /// tells.
    fn is_trash(&self, path: &Path) -> Result<bool> {
        let receipt = receipt_beside(path)?;
        let receipt = receipt.as_ref().map_err(String::as_str);
        Ok(Missed::of(self, path, receipt, None)?.is_nothing())
    }

    fn paths_of(&self, keys: &HashSet<BundleKey>) -> HashSet<PathBuf> {
        keys.iter().map(|key| self.path(key.published())).collect()
    }
}

fn receipt_beside(directory: &Path) -> Result<std::result::Result<Receipt, String>> {
    published::receipt_or_problem_at(directory.with_extension("json"))
}

/// The published directories of a version that nothing keeps.
fn unkept_in(of_version: &Path, kept: &HashSet<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut published = bundles_dir::published_in(of_version)?;
    published.retain(|path| !kept.contains(path));
    Ok(published)
}

/// Deletes the receipts in this directory that have no directory beside them, and that nothing names. What moved the directory
/// away was synced: by whoever did it, or before its trace went.
fn delete_lone_receipts(of_version: &Path, kept: &HashSet<PathBuf>) -> Result<()> {
    for receipt in bundles_dir::receipts_in(of_version)? {
        let directory = receipt.with_extension("");
        if !kept.contains(&directory) && stat::stat(&directory)?.is_none() {
            dir::remove_file(&receipt)?;
        }
    }
    Ok(())
}
