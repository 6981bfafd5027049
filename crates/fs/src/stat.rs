//! What the system says about a file, symbolic links never followed.

use std::ffi::CStr;
use std::fs::{File, FileType, Metadata};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustix::fs::{Access, AtFlags, CWD};
use rustix::io::Errno;

use crate::error::{FsError, Op, Result};
use crate::platform;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a pipe, a socket, or what has no kind at all: a process's pidfd or eventfd.
    Other,
}

impl FileKind {
    pub(crate) fn of(kind: FileType) -> Self {
        if kind.is_file() {
            FileKind::File
        } else if kind.is_dir() {
            FileKind::Directory
        } else if kind.is_symlink() {
            FileKind::Symlink
        } else {
            FileKind::Other
        }
    }
}

impl From<rustix::fs::FileType> for FileKind {
    fn from(kind: rustix::fs::FileType) -> Self {
        match kind {
            rustix::fs::FileType::RegularFile => FileKind::File,
            rustix::fs::FileType::Directory => FileKind::Directory,
            rustix::fs::FileType::Symlink => FileKind::Symlink,
            _ => FileKind::Other,
        }
    }
}

/// A moment as filesystems record it: seconds since 1970-01-01T00:00:00Z, and nanoseconds (0 to 999,999,999) after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mtime {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// Nanoseconds after them.
    pub nanos: u32,
}

/// What tells a file from all others: two names with the same are one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    /// Device number.
    pub device: u64,
    /// Inode number, unique on its device.
    pub inode: u64,
}

/// The metadata of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits with setuid, setgid and sticky: `0o7777` at most.
    pub mode: u32,
    /// Length in bytes.
    pub size: u64,
    /// When the content was last changed; anyone may set it.
    pub mtime: Mtime,
    /// When content or metadata were last changed; only the system sets it.
    pub ctime: Mtime,
    /// Inode number, unique on its device.
    pub inode: u64,
    /// Device number.
    pub device: u64,
    /// Number of names (hard links).
    pub links: u64,
    /// Owner.
    pub uid: u32,
    /// Allocated space in units of 512 bytes.
    pub blocks: u64,
    /// When it was made, in nanoseconds since 1970; nobody can set it. Not every system tells, nor does every call.
    pub born: Option<u64>,
}

impl FileStat {
    /// Which file it is.
    #[must_use]
    pub fn id(&self) -> FileId {
        FileId {
            device: self.device,
            inode: self.inode,
        }
    }

    /// Whether both are the same file.
    #[must_use]
    pub fn is_same_file(&self, other: &FileStat) -> bool {
        self.id() == other.id()
    }
}

impl From<&Metadata> for FileStat {
    fn from(found: &Metadata) -> Self {
        let time = |seconds, nanos| Mtime {
            seconds,
            nanos: u32::try_from(nanos).unwrap_or(0),
        };
        FileStat {
            kind: FileKind::of(found.file_type()),
            mode: found.mode() & 0o7777,
            size: found.size(),
            mtime: time(found.mtime(), found.mtime_nsec()),
            ctime: time(found.ctime(), found.ctime_nsec()),
            inode: found.ino(),
            device: found.dev(),
            links: found.nlink(),
            uid: found.uid(),
            blocks: found.blocks(),
            born: born(found),
        }
    }
}

fn born(found: &Metadata) -> Option<u64> {
    let since = found.created().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}

/// What is at `path`, a symbolic link not followed; `None` if nothing is.
pub fn stat(path: &Path) -> Result<Option<FileStat>> {
    match std::fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(FileStat::from(&found))),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(FsError::new(Op::Stat, path, error)),
    }
}

/// What an open file is; `path` is for the error alone.
pub fn stat_open(file: &File, path: &Path) -> Result<FileStat> {
    let found = file
        .metadata()
        .map_err(|error| FsError::new(Op::Stat, path, error))?;
    Ok(FileStat::from(&found))
}

/// Where something is mounted: names can be moved and linked only within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mount {
    device: u64,
    /// Tells two mounts of one filesystem apart, where the system does.
    id: Option<u64>,
}

impl Mount {
    /// Whether both are one mount, be there parts in it that have device numbers of their own (subvolumes).
    #[must_use]
    pub fn is_same(&self, other: &Mount) -> bool {
        match (self.id, other.id) {
            (Some(id), Some(other)) => id == other,
            _ => self.device == other.device,
        }
    }
}

/// The mount that holds `path`, a symbolic link not followed; `None` if nothing is there.
pub fn mount(path: &Path) -> Result<Option<Mount>> {
    let Some(found) = stat(path)? else {
        return Ok(None);
    };
    Ok(Some(Mount {
        device: found.device,
        id: platform::mount_id(path),
    }))
}

/// The mount that a name in an open directory leads to, which need not be readable; a symbolic link is not followed. `None` if
/// nothing is there. `path` is for the error alone.
pub(crate) fn mount_at(
    parent: impl AsFd + Copy,
    name: &CStr,
    path: &Path,
) -> Result<Option<Mount>> {
    match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => Ok(Some(Mount {
            #[allow(clippy::unnecessary_cast, reason = "another type on another system")]
            device: found.st_dev as u64,
            id: platform::mount_id_at(parent, name),
        })),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(FsError::new(Op::Stat, path, error.into())),
    }
}

/// The mount that an open directory lies on; `path` is for the error alone.
pub(crate) fn mount_of_open(directory: &OwnedFd, path: &Path) -> Result<Mount> {
    let found =
        rustix::fs::fstat(directory).map_err(|error| FsError::new(Op::Stat, path, error.into()))?;
    Ok(Mount {
        #[allow(clippy::unnecessary_cast, reason = "another type on another system")]
        device: found.st_dev as u64,
        id: platform::mount_id_of_open(directory),
    })
}

/// The top of the mount that holds the directory `path`, which is absolute and has no symbolic link in it: the directory itself
/// or one above it. `None` if nothing is there. Unlike device numbers, which may be others when a system starts anew, the top of
/// a filesystem is told by its inode and its birth.
pub fn top_of_mount(path: &Path) -> Result<Option<PathBuf>> {
    let Some(home) = mount(path)? else {
        return Ok(None);
    };
    let mut top = path;
    for above in path.ancestors().skip(1) {
        match mount(above)? {
            Some(mount) if mount == home => top = above,
            _ => break,
        }
    }
    Ok(Some(top.to_path_buf()))
}

/// The number that `statvfs` tells of the filesystem of `path`. Most make it of their UUID, so that it stays whatever device they
/// lie on; XFS makes it of the device number, with which it changes. `None` where there is none.
#[must_use]
pub fn filesystem_id(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_fsid).filter(|id| *id != 0)
}

/// The user that the system checks permissions for.
#[must_use]
pub fn effective_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether the effective user may write to `path`, as far as the system tells without trying. Absent: no.
#[must_use]
pub fn can_write(path: &Path) -> bool {
    rustix::fs::accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS).is_ok()
}

/// Whether the directory that holds `path` is there. A link or rename to `path` that met `ENOENT` missed its source then;
/// looking at the source would not tell, for another process may have put it there since.
pub(crate) fn has_parent(path: &Path) -> Result<bool> {
    match path.parent() {
        Some(parent) if parent != Path::new("") => Ok(stat(parent)?.is_some()),
        _ => Ok(true),
    }
}

/// The name, or a directory on the way to it, is not there.
pub(crate) fn is_absence(error: &std::io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOENT | Errno::NOTDIR)
    )
}
