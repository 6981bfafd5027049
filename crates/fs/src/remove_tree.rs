//! Removes a directory with all that is in it, and nothing else.
//!
//! Every step is relative to an open descriptor and refuses symbolic links, so that nobody who swaps a directory for a link while
//! we walk can lead us outside. What is mounted below is outside too: it is neither entered nor changed nor unmounted, and stands
//! in the way of the directories above it (`EBUSY`). Directories without permissions are repaired, names that another process
//! removes first are no error.

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::boundary::{Call, Payload, Site};
use crate::dir::{Removed, parent_of};
use crate::error::{FsError, Op, Result};
use crate::platform;
use crate::random::unique_name;
use crate::stat::{Mount, mount, mount_at, mount_of_open};

/// How many directories deep we go before a deeper one is moved to the top: each level holds a descriptor.
const DEPTH: usize = 128;

/// How often a directory is emptied again because something appeared in it meanwhile; times [`DEPTH`], also the depth that
/// one removal reaches.
const ROUNDS: usize = 64;

/// Removes `path`, be it a file, a symbolic link or a directory with everything below it. Durable when its parent is synced.
#[track_caller]
pub fn remove_tree(path: &Path) -> Result<Removed> {
    let site = Site::of("remove_tree");
    let name = c_string(path)?;
    let place = Place::of(CWD, &name, path, site);
    // The dot follows a symbolic link: only in the last part of a path none is followed.
    let Some(home) = mount(&parent_of(path).join("."))? else {
        return Ok(Removed::WasAbsent);
    };
    let mut rounds = 0;
    loop {
        let removed = match open_for_removal(&place, &home)? {
            Found::Nothing => Ok(Removed::WasAbsent),
            Found::NoDirectory => place.unlink_file(),
            Found::Directory(top) => {
                let walk = Walk {
                    top: &top,
                    home,
                    site,
                };
                remove_dir(&walk, place, &top, 0)
            }
        };
        match removed {
            Err(error) if is_swapped(&error, path) && rounds < ROUNDS => rounds += 1,
            done => return done,
        }
    }
}

/// Whether another process put a directory at `path` where something else was, or the reverse, since we looked. (macOS says
/// `EPERM` of a directory that is removed as a file.)
fn is_swapped(error: &FsError, path: &Path) -> bool {
    let found = error.os_error();
    let is = |errno: Errno| found == Some(errno.raw_os_error());
    error.path() == path
        && match error.op() {
            Op::RemoveFile => is(Errno::ISDIR) || is(Errno::PERM),
            Op::RemoveDir => is(Errno::NOTDIR),
            _ => false,
        }
}

/// What all levels of one removal share.
struct Walk<'a> {
    top: &'a OwnedFd,
    /// The mount that the top's name lies on, which we do not leave.
    home: Mount,
    site: Site,
}

/// A name in an open directory, with its whole path for errors and the boundary.
#[derive(Clone, Copy)]
struct Place<'a, F> {
    directory: F,
    name: &'a CStr,
    path: &'a Path,
    site: Site,
}

enum Found {
    Nothing,
    NoDirectory,
    Directory(OwnedFd),
}

impl<'a, F: std::os::fd::AsFd + Copy> Place<'a, F> {
    fn of(directory: F, name: &'a CStr, path: &'a Path, site: Site) -> Self {
        Place {
            directory,
            name,
            path,
            site,
        }
    }

    fn unlink_file(&self) -> Result<Removed> {
        self.unlink(Op::RemoveFile, AtFlags::empty())
            .map_err(|error| FsError::new(Op::RemoveFile, self.path, error))
    }

    fn unlink_dir(&self) -> io::Result<Removed> {
        self.unlink(Op::RemoveDir, AtFlags::REMOVEDIR)
    }

    fn unlink(&self, op: Op, flags: AtFlags) -> io::Result<Removed> {
        let call = Call::new(op, self.path, self.site);
        match call.try_pass(|| Ok(rustix::fs::unlinkat(self.directory, self.name, flags)?)) {
            Ok(()) => Ok(Removed::Gone),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Removed::WasAbsent),
            Err(error) => Err(error),
        }
    }
}

/// Opens the directory itself; one that its owner may not read is made readable first, unless something is mounted there.
fn open_for_removal<F: std::os::fd::AsFd + Copy>(
    place: &Place<'_, F>,
    home: &Mount,
) -> Result<Found> {
    let Place {
        directory: parent,
        name,
        path,
        site,
    } = *place;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut opened = rustix::fs::openat(parent, name, flags, Mode::empty());
    if matches!(opened, Err(Errno::ACCESS)) {
        match mount_at(parent, name, path)? {
            None => return Ok(Found::Nothing),
            Some(mount) if !mount.is_same(home) => return Err(outside(path)),
            Some(_) => {}
        }
        let call = Call::new(Op::SetMode, path, site).with(Payload::Mode(0o700));
        call.pass(|| platform::make_dir_accessible(parent, name))?;
        opened = rustix::fs::openat(parent, name, flags, Mode::empty());
    }
    match opened {
        Ok(directory) => Ok(Found::Directory(directory)),
        Err(Errno::NOENT) => Ok(Found::Nothing),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => Ok(Found::NoDirectory),
        Err(error) => Err(FsError::new(Op::Open, path, error.into())),
    }
}

/// The error of what is mounted in what is removed.
fn outside(path: &Path) -> FsError {
    FsError::new(Op::RemoveDir, path, Errno::BUSY.into())
}

/// Empties the open directory and removes its name; again if another process puts something into it meanwhile.
fn remove_dir<F: std::os::fd::AsFd + Copy>(
    walk: &Walk<'_>,
    place: Place<'_, F>,
    directory: &OwnedFd,
    depth: usize,
) -> Result<Removed> {
    if !mount_of_open(directory, place.path)?.is_same(&walk.home) {
        return Err(outside(place.path));
    }
    let mut rounds = 0;
    loop {
        empty_dir(walk, directory, place.path, depth)?;
        match place.unlink_dir() {
            Ok(removed) => return Ok(removed),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && rounds < ROUNDS => {
                rounds += 1;
            }
            Err(error) => return Err(FsError::new(Op::RemoveDir, place.path, error)),
        }
    }
}

fn empty_dir(walk: &Walk<'_>, directory: &OwnedFd, path: &Path, depth: usize) -> Result<()> {
    let mut repaired = false;
    for (name, kind) in names_in(directory, path)? {
        let child = path.join(OsStr::from_bytes(name.to_bytes()));
        let place = Place::of(directory, &name, &child, walk.site);
        let mut removed = remove_entry(walk, place, kind, depth);
        if !repaired && matches!(&removed, Err(error) if denied_in(error, path)) {
            repaired = true;
            make_writable(directory, path, walk.site)?;
            removed = remove_entry(walk, place, kind, depth);
        }
        match removed {
            // What is there now makes this directory not empty: the next round finds it.
            Err(error) if is_swapped(&error, &child) => {}
            done => done?,
        }
    }
    Ok(())
}

/// Whether a name directly in `path` could not be reached or removed for want of permission.
fn denied_in(error: &FsError, path: &Path) -> bool {
    error.os_error() == Some(Errno::ACCESS.raw_os_error()) && error.path().parent() == Some(path)
}

fn remove_entry(
    walk: &Walk<'_>,
    place: Place<'_, &OwnedFd>,
    kind: FileType,
    depth: usize,
) -> Result<()> {
    if kind != FileType::Directory && kind != FileType::Unknown {
        match place.unlink_file() {
            // Another process put a directory here since the name was read.
            Err(error) if is_swapped(&error, place.path) => {}
            done => return done.map(drop),
        }
    }
    match open_for_removal(&place, &walk.home)? {
        Found::Nothing => Ok(()),
        Found::NoDirectory => place.unlink_file().map(drop),
        Found::Directory(_) if depth >= DEPTH => move_to_top(walk, place),
        Found::Directory(inner) => remove_dir(walk, place, &inner, depth + 1).map(drop),
    }
}

/// Moves a directory that lies too deep to the top, where the next round removes it.
fn move_to_top(walk: &Walk<'_>, place: Place<'_, &OwnedFd>) -> Result<()> {
    let name = unique_name();
    let call = Call::new(Op::Rename, place.path, walk.site);
    let moved = call.try_pass(|| {
        Ok(rustix::fs::renameat(
            place.directory,
            place.name,
            walk.top,
            name.as_str(),
        )?)
    });
    match moved {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(call.failed(error)),
        _ => Ok(()),
    }
}

fn make_writable(directory: &OwnedFd, path: &Path, site: Site) -> Result<()> {
    Call::new(Op::SetMode, path, site)
        .with(Payload::Mode(0o700))
        .pass(|| Ok(rustix::fs::fchmod(directory, Mode::RWXU)?))
}

fn names_in(directory: &OwnedFd, path: &Path) -> Result<Vec<(CString, FileType)>> {
    let failed = |error: Errno| FsError::new(Op::List, path, error.into());
    let mut names = Vec::new();
    let reader = match Dir::read_from(directory) {
        // Without permission to search it, "." cannot be opened; nor when another process has just removed it.
        Err(Errno::ACCESS) => {
            make_writable(directory, path, Site::of("remove_tree"))?;
            Dir::read_from(directory).map_err(failed)?
        }
        Err(Errno::NOENT) => return Ok(names),
        done => done.map_err(failed)?,
    };
    for entry in reader {
        let entry = match entry {
            Ok(entry) => entry,
            Err(Errno::NOENT) => break,
            Err(error) => return Err(failed(error)),
        };
        let name = entry.file_name();
        if name != c"." && name != c".." {
            names.push((name.to_owned(), entry.file_type()));
        }
    }
    Ok(names)
}

fn c_string(path: &Path) -> Result<CString> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| FsError::new(Op::RemoveFile, path, Errno::INVAL.into()))
}
