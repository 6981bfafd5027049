//! A private tree that is being built: `staging/<id>/` with its lock file beside it.
//!
//! The lock says that the creator lives; a staging whose lock is free is dead and recovery may take it. The creator locks,
//! then checks that the path still is the locked file, else makes another: recovery may have taken the file in between.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_format::paths;
use linkstead_fs::lock::{self, FileLock, LockMode};
use linkstead_fs::stat::FileKind;
use linkstead_fs::{dir, unique_name};

use crate::error::Result;

/// A staging of this process. Cleared when dropped; what cannot be cleared is left to recovery.
#[must_use]
#[derive(Debug)]
pub(crate) struct Staging {
    path: PathBuf,
    lock_path: PathBuf,
    leaves_trace: AtomicBool,
    _lock: FileLock,
}

impl Staging {
    /// Makes a lock without a tree: the mark of an operation under way, so that a crash is noticed.
    pub(crate) fn mark(root: &Path) -> Result<Self> {
        loop {
            let path = root.join(paths::STAGING).join(unique_name());
            let lock_path = path.with_extension("lock");
            let Some(lock) = lock::try_lock_file(&lock_path, LockMode::Exclusive)? else {
                // Somebody looked whether its maker lives. The name is ours, and must not lie there as a trace of nobody.
                dir::remove_file(&lock_path)?;
                continue;
            };
            if lock.still_names(&lock_path)? {
                return Ok(Staging {
                    path,
                    lock_path,
                    leaves_trace: AtomicBool::new(false),
                    _lock: lock,
                });
            }
        }
    }

    /// Makes an empty staging with its directories for a tree and for new objects.
    pub(crate) fn create(root: &Path) -> Result<Self> {
        let staging = Self::mark(root)?;
        staging.fill()?;
        Ok(staging)
    }

    /// Makes the directories of a staging that was only a mark.
    pub(crate) fn fill(&self) -> Result<()> {
        for directory in [self.path.clone(), self.tree(), self.objects()] {
            dir::create_dir(&directory, 0o755)?;
        }
        Ok(())
    }

    /// Throws away what was built and begins again.
    pub(crate) fn restart(&self) -> Result<()> {
        dir::remove_tree(&self.path)?;
        self.fill()
    }

    /// Its 16 hex digits: whoever is to be found by what it left takes them too.
    pub(crate) fn id(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The directory that holds everything staged.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory that will be published.
    pub(crate) fn tree(&self) -> PathBuf {
        self.path.join("tree")
    }

    /// New objects, named by class and digest, before they get their names in the store.
    pub(crate) fn objects(&self) -> PathBuf {
        self.path.join("objects")
    }

    /// A path in this staging that nobody has used.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.path.join(unique_name())
    }

    /// Removes everything; an error is worth telling, although recovery would clear it too.
    pub(crate) fn clear(self) -> Result<()> {
        self.remove()
    }

    /// What was renamed out of this staging could not be made durable: its lock file stays behind, as if the process had died, so
    /// that whoever relies on it syncs first.
    pub(crate) fn leave_trace(&self) {
        self.leaves_trace.store(true, Ordering::Relaxed);
    }

    fn remove(&self) -> Result<()> {
        dir::remove_tree(&self.path)?;
        if !self.leaves_trace.load(Ordering::Relaxed) {
            dir::remove_file(&self.lock_path)?;
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // A failure here loses nothing: the lock is free in a moment and recovery clears the rest.
        let _ = self.remove();
    }
}

/// A fresh path in `staging/` for a small file before its rename.
pub(crate) fn temporary(root: &Path) -> PathBuf {
    root.join(paths::STAGING)
        .join(format!("{}.tmp", unique_name()))
}

/// Where all stagings keep their new objects, those of other processes included.
pub(crate) fn objects_of_all(root: &Path) -> Result<Vec<PathBuf>> {
    let base = root.join(paths::STAGING);
    let stagings = dir::list_if_present(&base)?.into_iter();
    Ok(stagings
        .filter(|entry| entry.kind == FileKind::Directory)
        .map(|entry| base.join(entry.name).join("objects"))
        .collect())
}

/// Whether the mark of some operation is there, be it of a dead one.
pub(crate) fn any_mark(root: &Path) -> Result<bool> {
    let entries = dir::list_if_present(&root.join(paths::STAGING))?;
    Ok(entries
        .iter()
        .any(|entry| Path::new(&entry.name).extension() == Some("lock".as_ref())))
}
