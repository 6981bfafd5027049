//! Moving names, atomically, and with a proof of durability where a name is published (I2, I4).
//!
//! A rename is durable when both directories are synced; that is the caller's step.

use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::boundary::{Call, Payload, Site};
use crate::dir::remove_file_from;
use crate::error::{FsError, Op, Result};
use crate::link::is_refusal;
use crate::platform;
use crate::stat::{FileKind, has_parent, stat};
use crate::sync::Synced;

/// What the owner of a directory needs to change the names in it.
const OWNER_MAY_CHANGE: u32 = 0o300;

/// What became of a rename that replaces nothing.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenameOutcome {
    /// It was made.
    Renamed,
    /// The new name is taken; nothing was changed.
    TargetExists,
}

/// What became of moving something out of the way.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveOutcome {
    /// It has the new name.
    Moved,
    /// There was nothing to move.
    SourceMissing,
    /// The new name is taken; nothing was changed.
    TargetExists,
    /// It cannot be renamed there: another filesystem, or a directory on a lower layer of an overlay.
    CrossDevice,
}

/// Renames `from` to `to`, over what is there.
#[track_caller]
pub fn rename_over(from: &Path, to: &Path) -> Result<()> {
    Call::between(Op::Rename, from, to, Site::of("rename_over")).pass(|| std::fs::rename(from, to))
}

/// Renames `from` to `to` unless `to` exists.
#[track_caller]
pub fn rename_no_replace(from: &Path, to: &Path) -> Result<RenameOutcome> {
    no_replace_from(from, to, Site::of("rename_no_replace"))
}

pub(crate) fn no_replace_from(from: &Path, to: &Path, site: Site) -> Result<RenameOutcome> {
    no_replace(from, to, site)
        .map_err(|error| Call::between(Op::Rename, from, to, site).failed(error))
}

/// Makes what is at `from` visible at `to`, unless `to` exists. The token proves that everything in it was synced.
#[track_caller]
pub fn publish(from: &Path, to: &Path, synced: Synced) -> Result<RenameOutcome> {
    let site = Site::of("publish");
    let Synced { .. } = synced;
    no_replace_from(from, to, site)
}

/// Renames `from` to the unused name `to`, so that `from` is free.
#[track_caller]
pub fn move_aside(from: &Path, to: &Path) -> Result<MoveOutcome> {
    aside_from(from, to, Site::of("move_aside"))
}

/// As [`move_aside`], of a directory of ours. Linux gives a directory another parent only for a user who may write to the directory
/// itself: where its own mode forbids that, its owner is given the right first.
#[track_caller]
pub fn move_directory_aside(from: &Path, to: &Path) -> Result<MoveOutcome> {
    let site = Site::of("move_directory_aside");
    match aside_from(from, to, site) {
        Err(error) if error.is_permission() && is_made_writable(from, site) => {
            aside_from(from, to, site)
        }
        done => done,
    }
}

/// Whether the owner of a directory could not write to it, and can now. What keeps us from that is not told: the rename that was
/// refused is.
fn is_made_writable(directory: &Path, site: Site) -> bool {
    match stat(directory) {
        Ok(Some(found)) if found.mode & OWNER_MAY_CHANGE != OWNER_MAY_CHANGE => {
            add_to_mode(directory, found.mode, site).is_ok()
        }
        _ => false,
    }
}

fn add_to_mode(directory: &Path, mode: u32, site: Site) -> Result<()> {
    let mode = mode | OWNER_MAY_CHANGE;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Call::new(Op::SetMode, directory, site)
        .with(Payload::Mode(mode))
        .pass(|| {
            let opened = rustix::fs::open(directory, flags, Mode::empty())?;
            Ok(rustix::fs::fchmod(opened, Mode::from_raw_mode(mode as _))?)
        })
}

fn aside_from(from: &Path, to: &Path, site: Site) -> Result<MoveOutcome> {
    let error = match no_replace(from, to, site) {
        Ok(RenameOutcome::Renamed) => return Ok(MoveOutcome::Moved),
        Ok(RenameOutcome::TargetExists) => return Ok(MoveOutcome::TargetExists),
        Err(error) => error,
    };
    match Errno::from_io_error(&error) {
        Some(Errno::XDEV) => Ok(MoveOutcome::CrossDevice),
        Some(Errno::NOENT) if has_parent(to)? => Ok(MoveOutcome::SourceMissing),
        _ => Err(Call::between(Op::Rename, from, to, site).failed(error)),
    }
}

/// What became of an exchange.
#[must_use]
#[derive(Debug)]
pub enum ExchangeOutcome {
    /// Each has the other's name.
    Exchanged,
    /// The system or the filesystem does not know how; nothing was changed, and the proof is given back.
    Unsupported(Synced),
}

/// Lets what is at `from` and what is at `to` change places in one step. The token proves that everything in `from` was synced.
#[track_caller]
pub fn exchange(from: &Path, to: &Path, synced: Synced) -> Result<ExchangeOutcome> {
    let call = Call::between(Op::Exchange, from, to, Site::of("exchange"));
    match call.try_pass(|| platform::exchange(from, to)) {
        Ok(()) => Ok(ExchangeOutcome::Exchanged),
        Err(error) if is_unsupported(&error) => Ok(ExchangeOutcome::Unsupported(synced)),
        Err(error) => Err(call.failed(error)),
    }
}

fn no_replace(from: &Path, to: &Path, site: Site) -> io::Result<RenameOutcome> {
    let call = Call::between(Op::Rename, from, to, site).with(Payload::NoReplace);
    let renamed = call.try_pass(|| platform::rename_no_replace(from, to));
    match renamed {
        Err(error) if is_unsupported(&error) => no_replace_without_flag(from, to, site),
        done => outcome(done),
    }
}

/// The kernel or the filesystem does not know the flag. (`EINVAL` is also a directory moved into itself; then the fallback
/// says so.)
fn is_unsupported(error: &io::Error) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP]
        .into_iter()
        .any(|errno| Errno::from_io_error(error) == Some(errno))
}

fn outcome(renamed: io::Result<()>) -> io::Result<RenameOutcome> {
    match renamed {
        Ok(()) => Ok(RenameOutcome::Renamed),
        Err(error)
            if matches!(
                Errno::from_io_error(&error),
                Some(Errno::EXIST | Errno::NOTEMPTY)
            ) =>
        {
            Ok(RenameOutcome::TargetExists)
        }
        Err(error) => Err(error),
    }
}

/// A file's new name is taken by an operation that never replaces. A directory needs none: it is renamed over nothing but an
/// empty directory, so a look before is enough. If another process makes an empty one in between, nothing is lost; if it puts
/// something in, the name is taken. And no crash leaves a name that was only claimed.
fn no_replace_without_flag(from: &Path, to: &Path, site: Site) -> io::Result<RenameOutcome> {
    let found = std::fs::symlink_metadata(from)?;
    if FileKind::of(found.file_type()) == FileKind::Directory {
        check_then_rename(from, to, site)
    } else {
        link_then_remove(from, to, site)
    }
}

/// A crash in between leaves both names, which is no harm: they are one file.
fn link_then_remove(from: &Path, to: &Path, site: Site) -> io::Result<RenameOutcome> {
    let call = Call::between(Op::Link, from, to, site);
    let linked = call.try_pass(|| Ok(rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())?));
    match linked {
        Err(error) if is_refusal(&error) => return check_then_rename(from, to, site),
        linked => {
            if outcome(linked)? == RenameOutcome::TargetExists {
                return Ok(RenameOutcome::TargetExists);
            }
        }
    }
    match remove_file_from(from, site) {
        Ok(_) => Ok(RenameOutcome::Renamed),
        Err(error) => Err(error.into_io_error()),
    }
}

/// For directories, and where there is neither the flag nor links: the best that is left. Two processes that rename a file at the
/// same moment are kept apart by the locks of the caller, or bring the same content.
fn check_then_rename(from: &Path, to: &Path, site: Site) -> io::Result<RenameOutcome> {
    if stat(to).map_err(FsError::into_io_error)?.is_some() {
        return Ok(RenameOutcome::TargetExists);
    }
    let call = Call::between(Op::Rename, from, to, site);
    outcome(call.try_pass(|| std::fs::rename(from, to)))
}
