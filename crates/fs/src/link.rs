//! One content under several names: hard links, clones, and copies where neither can be.
//!
//! What a filesystem cannot do is an outcome, so that the caller can fall back and remember why.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, OFlags};
use rustix::io::Errno;

use crate::boundary::{Call, Site};
use crate::error::{FsError, Op, Result};
use crate::file::{Attributes, NewFile};
use crate::platform;
use crate::stat::stat;

/// Bytes copied at once.
const CHUNK: usize = 256 << 10;

/// What became of a hard link.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOutcome {
    /// It was made.
    Linked,
    /// The new name is taken (`EEXIST`).
    TargetExists,
    /// There is nothing to link (`ENOENT`).
    SourceMissing,
    /// The two names lie on different filesystems (`EXDEV`).
    CrossDevice,
    /// The filesystem has no hard links, or this user may not link that file (`EPERM`, `EOPNOTSUPP`).
    NotPermitted,
    /// The file has as many names as the filesystem allows (`EMLINK`).
    TooManyLinks,
}

/// What became of a clone.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReflinkOutcome {
    /// The new file shares the content.
    Cloned,
    /// The filesystem cannot.
    Unsupported,
    /// The two names lie on different filesystems.
    CrossDevice,
}

/// Gives the file `from` the second name `to`. A symbolic link is linked itself.
#[track_caller]
pub fn hard_link(from: &Path, to: &Path) -> Result<LinkOutcome> {
    let call = Call::between(Op::Link, from, to, Site::of("hard_link"));
    let linked = call.try_pass(|| Ok(rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())?));
    let Err(error) = linked else {
        return Ok(LinkOutcome::Linked);
    };
    match Errno::from_io_error(&error) {
        Some(Errno::EXIST) => Ok(LinkOutcome::TargetExists),
        Some(Errno::XDEV) => Ok(LinkOutcome::CrossDevice),
        Some(Errno::MLINK) => Ok(LinkOutcome::TooManyLinks),
        Some(errno) if is_refusal(errno) => Ok(LinkOutcome::NotPermitted),
        Some(Errno::NOENT) if stat(from)?.is_none() => Ok(LinkOutcome::SourceMissing),
        _ => Err(call.failed(error)),
    }
}

/// `ENOTSUP` and `EOPNOTSUPP` are one number on some systems and two on others, so this cannot be a pattern.
fn is_refusal(errno: Errno) -> bool {
    [Errno::PERM, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS].contains(&errno)
}

/// Makes the file `to` share the content of `from` until one of them is written. Nothing is left at `to` unless cloned; a
/// taken name and a missing source are errors.
#[track_caller]
pub fn reflink(from: &Path, to: &Path, attributes: &Attributes) -> Result<ReflinkOutcome> {
    let site = Site::of("reflink");
    let source = open_source(from)?;
    let target = NewFile::create_from(to, site)?;
    let call = Call::between(Op::Clone, from, to, site);
    match call.try_pass(|| platform::clone_content(target.open_file(), &source)) {
        Ok(()) => {
            target.finish(attributes)?;
            Ok(ReflinkOutcome::Cloned)
        }
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::XDEV) => Ok(ReflinkOutcome::CrossDevice),
            Some(errno) if is_refusal(errno) || [Errno::NOTTY, Errno::INVAL].contains(&errno) => {
                Ok(ReflinkOutcome::Unsupported)
            }
            _ => Err(call.failed(error)),
        },
    }
}

/// Makes the file `to` with the content of `from`. It is not synced; on failure nothing is left. Returns the bytes copied.
#[track_caller]
pub fn copy(from: &Path, to: &Path, attributes: &Attributes) -> Result<u64> {
    let site = Site::of("copy");
    let mut source = open_source(from)?;
    let mut target = NewFile::create_from(to, site)?;
    let size = source.metadata().map_or(CHUNK as u64, |found| found.len());
    // One byte more than the file has, so that most files end with the first read that says so.
    let mut buffer = vec![0; CHUNK.min(usize::try_from(size).unwrap_or(CHUNK).saturating_add(1))];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => target.write_all(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FsError::new(Op::Read, from, error)),
        }
    }
    let copied = target.length();
    target.finish(attributes)?;
    Ok(copied)
}

/// Makes the symbolic link `path` that holds `target`.
#[track_caller]
pub fn symlink(target: &Path, path: &Path) -> Result<()> {
    Call::between(Op::Symlink, target, path, Site::of("symlink"))
        .pass(|| std::os::unix::fs::symlink(target, path))
}

/// What a symbolic link holds.
pub fn read_link(path: &Path) -> Result<std::path::PathBuf> {
    std::fs::read_link(path).map_err(|error| FsError::new(Op::Read, path, error))
}

fn open_source(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
        .open(path)
        .map_err(|error| FsError::new(Op::Open, path, error))
}
