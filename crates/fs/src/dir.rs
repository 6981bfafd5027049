//! Directories: made with an exact mode, listed in order, removed without following anything.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{DirEntryExt as _, OpenOptionsExt as _};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::boundary::{Call, Payload, Site};
use crate::error::{FsError, Op, Result};
use crate::stat::FileKind;

pub use crate::remove_tree::remove_tree;

/// The mode of directories that [`create_dirs`] makes.
const SHARED: u32 = 0o755;

/// Whether a directory was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// By this call.
    Made,
    /// It was there, whoever made it.
    Existed,
}

/// Whether a name was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// By this call.
    Gone,
    /// There was nothing.
    WasAbsent,
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// The name, without the directory's path.
    pub name: OsString,
    /// What it stands for, symbolic links not followed.
    pub kind: FileKind,
    /// The number of its inode, as the directory has it. Where something is mounted on it, or in an overlay, a `stat` may tell
    /// another one.
    pub inode: u64,
}

/// Makes a directory with exactly these permission bits; a setgid bit that the parent hands down is kept. The mode of a
/// directory that exists is left alone.
#[track_caller]
pub fn create_dir(path: &Path, mode: u32) -> Result<Created> {
    create_dir_from(path, mode, Site::of("create_dir"))
}

fn create_dir_from(path: &Path, mode: u32, site: Site) -> Result<Created> {
    create_dir_at(CWD, path, path, mode, site)
}

/// Makes the directory `path`, which is found at `name` from an open one.
pub(crate) fn create_dir_at(
    at: BorrowedFd<'_>,
    name: &Path,
    path: &Path,
    mode: u32,
    site: Site,
) -> Result<Created> {
    let looked_at = |flags| {
        let found = rustix::fs::statat(at, name, flags);
        found.map_err(|errno| FsError::new(Op::Stat, path, errno.into()))
    };
    let call = Call::new(Op::CreateDir, path, site).with(Payload::Mode(mode));
    match call.try_pass(|| {
        Ok(rustix::fs::mkdirat(
            at,
            name,
            Mode::from_raw_mode(mode as _),
        )?)
    }) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let there = looked_at(AtFlags::empty()).map(|there| there.st_mode);
            return match there.map(FileType::from_raw_mode) {
                Ok(FileType::Directory) => Ok(Created::Existed),
                _ => Err(call.failed(error)),
            };
        }
        Err(error) => return Err(call.failed(error)),
    }
    let made: u32 = looked_at(AtFlags::SYMLINK_NOFOLLOW)?.st_mode as _;
    if made & 0o777 != mode & 0o777 {
        let exact = Mode::from_raw_mode(((made & 0o7000) | mode) as _);
        Call::new(Op::SetMode, path, site)
            .with(Payload::Mode(exact.as_raw_mode() as _))
            .pass(|| Ok(rustix::fs::chmodat(at, name, exact, AtFlags::empty())?))?;
    }
    Ok(Created::Made)
}

/// Makes the directories of `relative` below `base` that are missing, with mode 0755. `base` must exist; a `relative` that
/// is absolute or has a `..` is refused.
#[track_caller]
pub fn create_dirs(base: &Path, relative: impl AsRef<Path>) -> Result<Created> {
    let relative = relative.as_ref();
    let site = Site::of("create_dirs");
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        let path = base.join(relative);
        return Err(FsError::new(Op::CreateDir, path, Errno::INVAL.into()));
    }
    if relative.as_os_str().is_empty() {
        return Ok(Created::Existed);
    }
    create_dirs_below(base, relative, site)
}

/// From the deepest up: mostly only that one is missing, or none.
fn create_dirs_below(base: &Path, relative: &Path, site: Site) -> Result<Created> {
    let path = base.join(relative);
    match create_dir_from(&path, SHARED, site) {
        Err(error) if error.is_not_found() => match relative.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => {
                create_dirs_below(base, parent, site)?;
                create_dir_from(&path, SHARED, site)
            }
            _ => Err(error),
        },
        done => done,
    }
}

/// The names in a directory, sorted by their bytes.
pub fn list(path: &Path) -> Result<Vec<DirEntry>> {
    let names = read_names(path, usize::MAX).map(Option::unwrap_or_default);
    names.map_err(|error| FsError::new(Op::List, path, error))
}

/// As [`list`]; `None`, and no more is read, if there are more than so many.
pub fn list_at_most(path: &Path, most: usize) -> Result<Option<Vec<DirEntry>>> {
    read_names(path, most).map_err(|error| FsError::new(Op::List, path, error))
}

/// As [`list`]; empty if the directory is absent.
pub fn list_if_present(path: &Path) -> Result<Vec<DirEntry>> {
    match list(path) {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        done => done,
    }
}

fn read_names(path: &Path, most: usize) -> io::Result<Option<Vec<DirEntry>>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entries.len() == most {
            return Ok(None);
        }
        let kind = match entry.file_type() {
            Ok(kind) => FileKind::of(kind),
            // Removed since its name was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        entries.push(DirEntry {
            name: entry.file_name(),
            kind,
            inode: entry.ino(),
        });
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(entries))
}

/// Removes a name of a file or a symbolic link. It is durable when the directory is synced.
#[track_caller]
pub fn remove_file(path: &Path) -> Result<Removed> {
    remove_file_from(path, Site::of("remove_file"))
}

pub(crate) fn remove_file_from(path: &Path, site: Site) -> Result<Removed> {
    let call = Call::new(Op::RemoveFile, path, site);
    gone_or_absent(&call, || std::fs::remove_file(path))
}

/// Removes a directory that is empty; one that is not is an error (`ENOTEMPTY`).
#[track_caller]
pub fn remove_empty_dir(path: &Path) -> Result<Removed> {
    let call = Call::new(Op::RemoveDir, path, Site::of("remove_empty_dir"));
    gone_or_absent(&call, || std::fs::remove_dir(path))
}

fn gone_or_absent(call: &Call<'_>, act: impl FnOnce() -> io::Result<()>) -> Result<Removed> {
    match call.try_pass(act) {
        Ok(()) => Ok(Removed::Gone),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Removed::WasAbsent),
        Err(error) => Err(call.failed(error)),
    }
}

/// Makes the names in a directory durable: those that were added and those that were taken away.
#[track_caller]
pub fn sync_dir(path: &Path) -> Result<()> {
    sync_dir_from(path, Site::of("sync_dir"))
}

/// As [`sync_dir`], of a directory that may be absent or go away at this moment.
#[track_caller]
pub fn sync_dir_if_present(path: &Path) -> Result<()> {
    match sync_dir_from(path, Site::of("sync_dir_if_present")) {
        Err(error) if error.is_not_found() => Ok(()),
        done => done,
    }
}

pub(crate) fn sync_dir_from(path: &Path, site: Site) -> Result<()> {
    let directory = open_dir(path)?;
    Call::new(Op::SyncDir, path, site).pass(|| match directory.sync_all() {
        // The filesystem (FUSE, some network mounts) knows no sync of directories: there is nothing to wait for.
        Err(error) if is_unknown(&error) => Ok(()),
        done => done,
    })
}

fn is_unknown(error: &io::Error) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP]
        .into_iter()
        .any(|errno| Errno::from_io_error(error) == Some(errno))
}

/// Opens a directory itself, never what a symbolic link points to.
pub(crate) fn open_dir(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::DIRECTORY | OFlags::NOFOLLOW).bits() as i32)
        .open(path)
        .map_err(|error| FsError::new(Op::Open, path, error))
}

/// The directory that holds the name `path`.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
