//! Locks between processes, by `flock`: on lock files and on directories.
//!
//! A lock belongs to the open descriptor: it lasts while any process has it, also one that inherited it. So a guard unlocks
//! explicitly when it is dropped, and its descriptor is close-on-exec, unless it is handed on for a lease
//! ([`FileLock::hand_to`]). Every wait is bounded and can be cancelled.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::FdFlags;

use crate::boundary::{Call, Site};
use crate::dir::open_dir;
use crate::error::{FsError, Op, Result};
use crate::file::{set_mode, set_open_mtime};
use crate::lock_wait::{self, Attempt, Waited, attempt};
use crate::stat::{Mtime, stat, stat_open};

pub use crate::lock_holders::{Holder, Queue, holders, queue};

/// Who may hold a lock at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LockMode {
    /// All who want it shared.
    Shared,
    /// One alone.
    Exclusive,
}

/// A lock that is held. It is released when dropped, for all processes that have its descriptor.
#[must_use = "a lock that is not kept is released at once"]
#[derive(Debug)]
pub struct FileLock {
    file: Option<File>,
    path: PathBuf,
    mode: LockMode,
}

impl FileLock {
    /// Who may hold it beside us.
    #[must_use]
    pub fn mode(&self) -> LockMode {
        self.mode
    }

    /// The path it was taken by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Modification time of the locked file.
    pub fn mtime(&self) -> Result<Mtime> {
        Ok(stat_open(self.file(), &self.path)?.mtime)
    }

    /// Sets the modification time of the locked file. Nothing makes it durable, and its meaning is the caller's.
    #[track_caller]
    pub fn set_mtime(&self, mtime: Mtime) -> Result<()> {
        set_open_mtime(
            self.file(),
            &self.path,
            mtime,
            Site::of("FileLock::set_mtime"),
        )
    }

    /// Releases it.
    pub fn unlock(self) {
        drop(self);
    }

    /// Whether `path` is, at this moment, the file or directory that is locked: same device, same inode.
    #[track_caller]
    pub fn still_names(&self, path: &Path) -> Result<bool> {
        // A part of taking the lock: it passes the boundary so that a mutant can leave it out.
        Call::new(Op::Lock, path, Site::of("FileLock::still_names")).pass_believing(
            || true,
            || {
                let locked = stat_open(self.file(), &self.path).map_err(FsError::into_io_error)?;
                let found = stat(path).map_err(FsError::into_io_error)?;
                Ok(found.is_some_and(|found| found.is_same_file(&locked)))
            },
        )
    }

    /// Gives up the guard: the lock now lasts until the last process that has the descriptor closes it. The descriptor is
    /// still close-on-exec.
    #[must_use = "the lock ends when the descriptor is closed"]
    pub fn into_descriptor(mut self) -> OwnedFd {
        let file = self.file.take();
        file.expect("a lock that is held is open").into()
    }

    /// Hands the lock to the program that `command` starts, or that takes the place of this one: it lasts as long as that
    /// program, or one that it starts, has the descriptor open; and for as long as `command` itself lives.
    ///
    /// Close-on-exec is undone in the started process alone, so that nothing else that this process starts gets it.
    #[allow(
        unsafe_code,
        reason = "what runs between fork and exec must be async-signal-safe, and one fcntl is"
    )]
    pub fn hand_to(self, command: &mut Command) {
        let descriptor = self.into_descriptor();
        let keep_open =
            move || rustix::io::fcntl_setfd(&descriptor, FdFlags::empty()).map_err(io::Error::from);
        // SAFETY: the closure makes one system call; it takes no lock, allocates nothing and touches no memory but its own.
        unsafe {
            command.pre_exec(keep_open);
        }
    }

    fn file(&self) -> &File {
        self.file.as_ref().expect("a lock that is held is open")
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // Closing would not be enough: a child that was forked meanwhile has the descriptor too.
            let _ = rustix::fs::flock(file, FlockOperation::Unlock);
        }
    }
}

/// How long to wait for a lock, and who is told.
pub struct Wait<'a> {
    /// When to give up; `None` means never.
    pub deadline: Option<Instant>,
    /// Asked between tries; true ends the wait.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Told before each pause how long the wait has lasted.
    pub on_wait: &'a mut dyn FnMut(Duration),
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Others held it until the deadline.
    #[error("cannot lock {}: still held after {:.1} s", path.display(), waited.as_secs_f64())]
    Timeout {
        /// The locked path.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// The caller ended the wait.
    #[error("the wait for a lock was cancelled")]
    Cancelled,
    /// The system refused.
    #[error(transparent)]
    Io(#[from] FsError),
}

/// Takes the lock on the file `path` if that is possible at once; `None` if others hold it. An absent file is made, with
/// mode 0600 and in a directory that must exist; it is never deleted here.
#[track_caller]
pub fn try_lock_file(path: &Path, mode: LockMode) -> Result<Option<FileLock>> {
    let site = Site::of("try_lock_file");
    try_lock(open_lock_file(path, site)?, path, mode, site)
}

/// Takes the lock on the file `path` if it is there and that is possible at once. Nothing is made.
#[track_caller]
pub fn try_lock_existing(path: &Path, mode: LockMode) -> Result<Option<FileLock>> {
    match open_existing(path) {
        Ok(file) => try_lock(file, path, mode, Site::of("try_lock_existing")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FsError::new(Op::Open, path, error)),
    }
}

/// Takes the lock on the file `path`, waiting as `wait` says. An absent file is made as by [`try_lock_file`].
#[track_caller]
pub fn lock_file(
    path: &Path,
    mode: LockMode,
    wait: &mut Wait<'_>,
) -> std::result::Result<FileLock, LockError> {
    let site = Site::of("lock_file");
    lock(open_lock_file(path, site)?, path, mode, wait, site)
}

/// Takes the lock on the directory `path` itself if that is possible at once; `None` if others hold it. Nothing is made: an
/// absent directory is an error ([`FsError::is_not_found`]).
#[track_caller]
pub fn try_lock_dir(path: &Path, mode: LockMode) -> Result<Option<FileLock>> {
    try_lock(open_dir(path)?, path, mode, Site::of("try_lock_dir"))
}

/// Takes the lock on the directory `path` itself, waiting as `wait` says.
#[track_caller]
pub fn lock_dir(
    path: &Path,
    mode: LockMode,
    wait: &mut Wait<'_>,
) -> std::result::Result<FileLock, LockError> {
    lock(open_dir(path)?, path, mode, wait, Site::of("lock_dir"))
}

fn lock_file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    options
}

fn open_existing(path: &Path) -> io::Result<File> {
    lock_file_options().open(path)
}

fn open_lock_file(path: &Path, site: Site) -> Result<File> {
    match open_existing(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        done => return done.map_err(|error| FsError::new(Op::Open, path, error)),
    }
    let file = Call::new(Op::Create, path, site)
        .pass_for(|| lock_file_options().create(true).open(path))?;
    set_mode(&file, path, 0o600, site)?;
    Ok(file)
}

fn try_lock(file: File, path: &Path, mode: LockMode, site: Site) -> Result<Option<FileLock>> {
    let taken = Call::new(Op::Lock, path, site)
        .pass_believing(|| Attempt::Taken, || attempt(&file, mode))?;
    Ok(match taken {
        Attempt::Taken => Some(guard(file, path, mode)),
        Attempt::Held => None,
    })
}

fn guard(file: File, path: &Path, mode: LockMode) -> FileLock {
    FileLock {
        file: Some(file),
        path: path.to_path_buf(),
        mode,
    }
}

fn lock(
    file: File,
    path: &Path,
    mode: LockMode,
    wait: &mut Wait<'_>,
    site: Site,
) -> std::result::Result<FileLock, LockError> {
    // The whole wait is one call at the boundary: it is one acquisition.
    let file = Cell::new(Some(file));
    let file = || file.take().expect("it is taken once");
    let waited = Call::new(Op::Lock, path, site).pass_believing(
        || Waited::Taken(file()),
        || lock_wait::wait(file(), mode, wait),
    )?;
    match waited {
        Waited::Taken(file) => Ok(guard(file, path, mode)),
        Waited::Cancelled => Err(LockError::Cancelled),
        Waited::TooLong(waited) => Err(LockError::Timeout {
            path: path.to_path_buf(),
            waited,
        }),
    }
}
