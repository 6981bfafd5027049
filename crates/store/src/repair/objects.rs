//! Objects: a fresh inode takes the name of what is missing or altered, a seal is set again, and what cannot be had goes to
//! `quarantine/`, so that nobody links it. They change only under the exclusive store lock, some at a time (I1, I4).

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::{ObjectKey, paths, seal};
use linkstead_fs::boundary::look_again;
use linkstead_fs::stat::{self, FileKind};
use linkstead_fs::{file, rename, unique_name};

use super::Repair;
use super::bring::Cure;
use crate::error::Result;
use crate::locks::NewEpoch;
use crate::objects::{self, ObjectInode, ObjectInodes};
use crate::store::ensure_directory;
use crate::unreadable;
use crate::verify::{Copies, VerifyReport, named};
use linkstead_fs::sync::Synced;

/// Objects that are changed before the lock is let go, and whose content waits in staging until then.
const BATCH: usize = 256;

/// What is wrong with an object, now that nobody else changes it.
enum State {
    Missing,
    /// Its content is another one, or it is no file.
    Altered,
    /// Its content is right, its mode or time is not.
    Unsealed,
    Unreadable,
    Whole,
}

impl Repair<'_> {
    /// Mends the objects that were found damaged, and says which are whole afterwards.
    pub(super) fn objects(
        &mut self,
        found: &VerifyReport,
        mut whole: ObjectInodes,
    ) -> Result<ObjectInodes> {
        let damaged: BTreeSet<ObjectKey> = found
            .findings
            .iter()
            .filter_map(|finding| finding.defect.object())
            .collect();
        let damaged: Vec<ObjectKey> = damaged.into_iter().collect();
        let contents = damaged.iter().map(|key| key.id);
        let copies = Copies::find(self.store, &named(self.store)?, contents)?;
        let lengths: HashSet<u64> = copies.lengths().collect();
        for keys in damaged.chunks(BATCH) {
            let mut cures = Vec::with_capacity(keys.len());
            for key in keys {
                cures.push((*key, self.cure(key, &copies, &lengths)?));
            }
            let _: Synced = self.sync(fresh(&cures), BTreeSet::new())?;
            self.apply(cures)?;
        }
        for key in damaged {
            let path = self.store.path(key.relative_path());
            whole.remove(&key);
            if let State::Whole = state_of(&key, &path)?
                && let Some(found) = stat::stat(&path)?
            {
                whole.insert(key, ObjectInode::of(&key, &found));
            }
        }
        Ok(whole)
    }

    /// Changes the objects under the exclusive lock; all of it is durable before the lock is let go, also where it fails.
    fn apply(&mut self, cures: Vec<(ObjectKey, Cure)>) -> Result<()> {
        let exclusive = self.locks.exclusive()?;
        let epoch = exclusive.new_epoch()?;
        let mut changed = Changed::default();
        let done = cures
            .into_iter()
            .try_for_each(|(key, cure)| self.apply_one(&key, cure, &mut changed, &epoch));
        let _: Synced = self.sync(changed.files, changed.directories)?;
        done
    }

    fn apply_one(
        &mut self,
        key: &ObjectKey,
        cure: Cure,
        changed: &mut Changed,
        epoch: &NewEpoch<'_>,
    ) -> Result<()> {
        let path = self.store.path(key.relative_path());
        let state = look_again(&path, || State::Altered, || state_of(key, &path))?;
        match (state, cure) {
            (State::Whole, _) => {}
            (State::Unsealed, Cure::Seal(found)) => {
                // Whoever wrote to it since shows in its times: then the next verify judges it.
                if stat::stat(&path)? == Some(found) {
                    file::give(&path, &objects::sealed(key))?;
                    changed.files.push(path);
                }
            }
            (State::Altered, Cure::Fresh(fresh)) => {
                self.put_aside(key, &path, changed, epoch)?;
                self.take_name(key, &fresh, &path, changed)?;
            }
            (_, Cure::Fresh(fresh)) => self.take_name(key, &fresh, &path, changed)?,
            (State::Altered, _) => self.put_away(&path, key, changed, epoch)?,
            // Its content may be right: the next install gives it a fresh inode.
            (State::Missing | State::Unsealed | State::Unreadable, _) => {}
        }
        Ok(())
    }

    /// A fresh inode takes the name.
    fn take_name(
        &self,
        key: &ObjectKey,
        fresh: &Path,
        path: &Path,
        changed: &mut Changed,
    ) -> Result<()> {
        if let Some(shelf) = key.relative_path().parent() {
            ensure_directory(self.store.root(), shelf)?;
        }
        rename::rename_over(fresh, path)?;
        changed.name(path);
        // Opening the store may have made it, without a sync of what holds it.
        let shelves = self.store.path(paths::OBJECTS);
        changed.name(&shelves);
        changed.directories.insert(shelves);
        Ok(())
    }

    /// Altered content is kept for people to look at, before its name goes to a fresh inode.
    fn put_aside(
        &mut self,
        key: &ObjectKey,
        path: &Path,
        changed: &mut Changed,
        epoch: &NewEpoch<'_>,
    ) -> Result<()> {
        if stat::stat(path)?.is_some_and(|found| found.kind == FileKind::File) {
            self.quarantined
                .push(objects::keep_in_quarantine(self.store.root(), key)?);
            return Ok(());
        }
        self.put_away(path, key, changed, epoch)
    }

    /// Moves what has the name of an object, and is none, into `quarantine/`. It loses its seal: the directories that share the
    /// inode must not be taken for whole.
    fn put_away(
        &mut self,
        path: &Path,
        key: &ObjectKey,
        changed: &mut Changed,
        _epoch: &NewEpoch<'_>,
    ) -> Result<()> {
        let found = stat::stat(path)?;
        let is_sealed = found.is_some_and(|found| objects::is_sealed(&found, &key.id, found.size));
        if is_sealed {
            objects::take_seal(path)?;
        }
        let kept = self.kept(key);
        rename::rename_over(path, &kept)?;
        changed.name(path);
        changed.name(&kept);
        changed.name(&self.store.path(paths::QUARANTINE));
        if is_sealed {
            changed.files.push(kept.clone());
        }
        self.quarantined.push(kept);
        Ok(())
    }

    fn kept(&self, key: &ObjectKey) -> PathBuf {
        self.store
            .path(paths::QUARANTINE)
            .join(format!("{key}.{}", unique_name()))
    }
}

/// What must be synced.
#[derive(Default)]
struct Changed {
    files: Vec<PathBuf>,
    directories: BTreeSet<PathBuf>,
}

impl Changed {
    fn name(&mut self, path: &Path) {
        self.directories
            .extend(path.parent().map(Path::to_path_buf));
    }
}

fn fresh(cures: &[(ObjectKey, Cure)]) -> Vec<PathBuf> {
    let fresh = cures.iter().filter_map(|(_, cure)| match cure {
        Cure::Fresh(path) => Some(path.clone()),
        Cure::Seal(_) | Cure::None => None,
    });
    fresh.collect()
}

/// Looks at an object again; its content is read, for a writer may have put the time back.
fn state_of(key: &ObjectKey, path: &Path) -> Result<State> {
    let found = match stat::stat(path) {
        Ok(None) => return Ok(State::Missing),
        Ok(Some(found)) if found.kind != FileKind::File => return Ok(State::Altered),
        Ok(Some(found)) => found,
        Err(error) => return unreadable::problem_of(error.into()).map(|_| State::Unreadable),
    };
    match objects::hash_file(path) {
        Ok(None) => Ok(State::Missing),
        Ok(Some((id, _))) if id != key.id => Ok(State::Altered),
        Ok(Some((_, size))) => {
            let sealed =
                objects::is_sealed(&found, &key.id, size) && seal::mode_fits(found.mode, key.exec);
            Ok(if sealed {
                State::Whole
            } else {
                State::Unsealed
            })
        }
        Err(error) => unreadable::problem_of(error).map(|_| State::Unreadable),
    }
}
