//! Making things durable, and the proof of it.
//!
//! [`Synced`] is made here alone, by a sync that has returned without an error or where there is nothing to sync, and
//! [`crate::rename::publish`] takes it: whoever forgets the sync does not compile (I2, I4).

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;

use crate::boundary::{Call, Site};
use crate::dir::{list_if_present, open_dir, sync_dir_from};
use crate::error::{FsError, Op, Result};
use crate::file::{open_to_read, sync_open_file};
use crate::platform;
use crate::stat::FileKind;

/// A sync waits for the disk, not for a processor; a journal commits for all that wait at once. Measured for 12,551 files:
/// 1.07 s with 32 threads, 9.8 s with one.
const THREADS: NonZero<usize> = NonZero::new(32).unwrap();

/// Proof that a sync has returned without an error.
#[must_use]
#[derive(Debug)]
pub struct Synced {
    _private: (),
}

impl Synced {
    /// One proof of both.
    pub fn and(self, _other: Synced) -> Synced {
        self
    }
}

/// How a batch is made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyncMethod {
    /// One call for everything on the filesystem, other programs' data included; where there is none, as
    /// [`SyncMethod::EachFile`].
    WholeFilesystem,
    /// Each file and each directory of the batch.
    EachFile,
}

/// What became of a sync of a whole filesystem.
#[must_use]
#[derive(Debug)]
pub enum FilesystemSync {
    /// Everything written before the call is durable.
    Done(Synced),
    /// This system has no such call, or does not allow it.
    Unsupported,
}

/// A filesystem, held open so that its errors are not missed: the system reports a failed write-back once to each
/// descriptor that was open when it failed. Open it before the first write.
#[derive(Debug)]
pub struct Filesystem {
    directory: File,
    path: PathBuf,
}

impl Filesystem {
    /// The filesystem that holds the directory `path`.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Filesystem {
            directory: open_dir(path)?,
            path: path.to_path_buf(),
        })
    }

    /// Makes everything on it durable, and reports any write-back that failed since it was opened or last synced.
    #[track_caller]
    pub fn sync(&self) -> Result<FilesystemSync> {
        self.sync_from(Site::of("Filesystem::sync"))
    }

    fn sync_from(&self, site: Site) -> Result<FilesystemSync> {
        let call = Call::new(Op::SyncFilesystem, &self.path, site);
        match call.try_pass(|| platform::sync_filesystem(&self.directory)) {
            Ok(()) => Ok(FilesystemSync::Done(Synced { _private: () })),
            Err(error) if is_refusal(&error) => Ok(FilesystemSync::Unsupported),
            Err(error) => Err(call.failed(error)),
        }
    }
}

/// The call is missing, or a sandbox forbids it: nothing is said about the disk.
fn is_refusal(error: &io::Error) -> bool {
    [
        Errno::NOSYS,
        Errno::PERM,
        Errno::INVAL,
        Errno::NOTSUP,
        Errno::OPNOTSUPP,
    ]
    .into_iter()
    .any(|errno| Errno::from_io_error(error) == Some(errno))
}

/// Files and directories that must be durable before the next step.
#[must_use]
#[derive(Debug, Default)]
pub struct SyncBatch {
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
}

impl SyncBatch {
    /// An empty batch.
    pub fn new() -> Self {
        SyncBatch::default()
    }

    /// Adds a file: its content and metadata, not its name.
    pub fn add_file(&mut self, path: impl Into<PathBuf>) {
        self.files.push(path.into());
    }

    /// Adds a directory: the names in it, not what they stand for.
    pub fn add_directory(&mut self, path: impl Into<PathBuf>) {
        self.directories.push(path.into());
    }

    /// Makes everything in the batch durable. The first error ends it. An empty batch takes no sync.
    ///
    /// `filesystem` holds all of the batch; with [`SyncMethod::WholeFilesystem`] a path elsewhere would not be synced.
    #[track_caller]
    pub fn sync(self, method: SyncMethod, filesystem: &Filesystem) -> Result<Synced> {
        let site = Site::of("SyncBatch::sync");
        if self.files.is_empty() && self.directories.is_empty() {
            return Ok(Synced { _private: () });
        }
        if method == SyncMethod::WholeFilesystem
            && let FilesystemSync::Done(synced) = filesystem.sync_from(site)?
        {
            return Ok(synced);
        }
        self.sync_each(filesystem, site)
    }

    fn sync_each(self, filesystem: &Filesystem, site: Site) -> Result<Synced> {
        in_parallel(&each_once(self.files), |path| flush_file(path, site))?;
        in_parallel(&each_once(self.directories), |path| {
            sync_dir_from(path, site)
        })?;
        if let Some(flush) = platform::DEVICE_FLUSH {
            Call::new(Op::SyncFilesystem, &filesystem.path, site)
                .pass(|| flush(&filesystem.directory))?;
        }
        Ok(Synced { _private: () })
    }
}

/// Paths in order, each once. Only here, because comparing ten thousand paths takes longer than one sync of them all.
fn each_once(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Makes one file's content and metadata durable; its name only with its directory.
#[track_caller]
pub fn sync_file(path: &Path) -> Result<()> {
    let site = Site::of("sync_file");
    let file = open_to_read(path)?;
    sync_open_file(&file, path, site)
}

/// Makes the directory `path` and every file and directory below it durable, one by one: for systems that cannot sync a
/// filesystem as a whole. What goes away meanwhile is passed over, and so is what may not be read: nobody can rely on it.
#[track_caller]
pub fn sync_tree(path: &Path) -> Result<()> {
    let site = Site::of("sync_tree");
    let mut files = Vec::new();
    let mut directories = vec![path.to_path_buf()];
    let mut listed = 0;
    while let Some(directory) = directories.get(listed).cloned() {
        listed += 1;
        let entries = match list_if_present(&directory) {
            Err(error) if error.is_permission() => continue,
            entries => entries?,
        };
        for entry in entries {
            let found = directory.join(entry.name);
            match entry.kind {
                FileKind::Directory => directories.push(found),
                FileKind::File => files.push(found),
                FileKind::Symlink | FileKind::Other => {}
            }
        }
    }
    let passing_over = |synced: Result<()>| match synced {
        Err(error) if error.is_not_found() || error.is_permission() => Ok(()),
        done => done,
    };
    in_parallel(&files, |path| passing_over(flush_file(path, site)))?;
    in_parallel(&directories, |path| passing_over(sync_dir_from(path, site)))?;
    match platform::DEVICE_FLUSH {
        Some(flush) => {
            let directory = open_dir(path)?;
            Call::new(Op::SyncFilesystem, path, site).pass(|| flush(&directory))
        }
        None => Ok(()),
    }
}

/// A file that is open for reading can be synced too, whoever wrote it.
fn flush_file(path: &Path, site: Site) -> Result<()> {
    let file = open_to_read(path)?;
    Call::new(Op::SyncFile, path, site).pass(|| platform::flush(&file))
}

/// Does `work` for each path on several threads. After an error nothing new is begun, and the first error is returned.
fn in_parallel(paths: &[PathBuf], work: impl Fn(&Path) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<FsError>> = Mutex::new(None);
    let worker = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(path) {
                next.store(paths.len(), Ordering::Relaxed);
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error);
                return;
            }
        }
    };
    let threads = THREADS.get().min(paths.len());
    if threads <= 1 {
        worker();
    } else {
        std::thread::scope(|scope| {
            // The calling thread is one of them; if the system gives no others, it does all.
            for _ in 1..threads {
                if std::thread::Builder::new()
                    .spawn_scoped(scope, worker)
                    .is_err()
                {
                    break;
                }
            }
            worker();
        });
    }
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
