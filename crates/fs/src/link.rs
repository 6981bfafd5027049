//! One content under several names: hard links, clones, and copies where neither can be.
//!
//! What a filesystem cannot do is an outcome, so that the caller can fall back and remember why.

use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;

use crate::boundary::{Call, Site};
use crate::error::{FsError, Op, Result};
use crate::file::{Attributes, NewFile, open_to_read};
use crate::platform;
use crate::stat::has_parent;

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
    link_outcome(&call, to, linked)
}

/// What became of a link to `to`.
pub(crate) fn link_outcome(
    call: &Call<'_>,
    to: &Path,
    linked: io::Result<()>,
) -> Result<LinkOutcome> {
    let Err(error) = linked else {
        return Ok(LinkOutcome::Linked);
    };
    match Errno::from_io_error(&error) {
        Some(Errno::EXIST) => Ok(LinkOutcome::TargetExists),
        Some(Errno::XDEV) => Ok(LinkOutcome::CrossDevice),
        Some(Errno::MLINK) => Ok(LinkOutcome::TooManyLinks),
        _ if is_refusal(&error) => Ok(LinkOutcome::NotPermitted),
        Some(Errno::NOENT) if has_parent(to)? => Ok(LinkOutcome::SourceMissing),
        _ => Err(call.failed(error)),
    }
}

/// The filesystem makes no links or clones. (`ENOTSUP` and `EOPNOTSUPP` are one number on some systems and two on others, so
/// this cannot be a pattern.)
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    [Errno::PERM, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS]
        .into_iter()
        .any(|errno| Errno::from_io_error(error) == Some(errno))
}

/// Makes the file `to` share the content of `from` until one of them is written. Nothing is left at `to` unless cloned; a
/// taken name and a missing source are errors.
#[track_caller]
pub fn reflink(from: &Path, to: &Path, attributes: &Attributes) -> Result<ReflinkOutcome> {
    let site = Site::of("reflink");
    let source = open_to_read(from)?;
    let target = NewFile::create_from(to, site)?;
    let call = Call::between(Op::Clone, from, to, site);
    match call.try_pass(|| platform::clone_content(target.open_file(), &source)) {
        Ok(()) => {
            target.finish(attributes)?;
            Ok(ReflinkOutcome::Cloned)
        }
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::XDEV) => Ok(ReflinkOutcome::CrossDevice),
            Some(Errno::NOTTY | Errno::INVAL) => Ok(ReflinkOutcome::Unsupported),
            _ if is_refusal(&error) => Ok(ReflinkOutcome::Unsupported),
            _ => Err(call.failed(error)),
        },
    }
}

/// Makes the file `to` with the content of `from`. It is not synced; on failure nothing is left. Returns the bytes copied.
#[track_caller]
pub fn copy(from: &Path, to: &Path, attributes: &Attributes) -> Result<u64> {
    let target = copy_from(from, to, &mut |_| {}, Site::of("copy"))?;
    let copied = target.length();
    target.finish(attributes)?;
    Ok(copied)
}

/// As [`copy`], and shows each part of the content to `look`. The file is not finished: whoever does not like what was seen
/// drops it, and nothing is left.
#[track_caller]
pub fn begin_copy(from: &Path, to: &Path, look: &mut dyn FnMut(&[u8])) -> Result<NewFile> {
    copy_from(from, to, look, Site::of("begin_copy"))
}

fn copy_from(from: &Path, to: &Path, look: &mut dyn FnMut(&[u8]), site: Site) -> Result<NewFile> {
    let mut source = open_to_read(from)?;
    let mut target = NewFile::create_from(to, site)?;
    let size = source.metadata().map_or(CHUNK as u64, |found| found.len());
    // One byte more than the file has, so that most files end with the first read that says so.
    let mut buffer = vec![0; CHUNK.min(usize::try_from(size).unwrap_or(CHUNK).saturating_add(1))];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(target),
            Ok(count) => {
                look(&buffer[..count]);
                target.write_all(&buffer[..count])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FsError::new(Op::Read, from, error)),
        }
    }
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
