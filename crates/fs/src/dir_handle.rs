//! A directory that is held open, so that what is in it is found by its name alone, without the walk from the root: most of what
//! a `stat` costs, and a part of what a link costs.

mod budget;
mod reading;

use std::borrow::Cow;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::boundary::{Call, Site};
use crate::dir::{Created, create_dir_at};
use crate::error::{FsError, Op, Result};
use crate::link::{LinkOutcome, link_outcome};
use crate::platform;
use crate::stat::{FileStat, is_absence, stat};

use budget::Share;
pub use budget::make_room;
pub use reading::Reading;

/// A directory, held open where that can be. It stays the same directory when its path becomes another.
#[derive(Debug)]
pub struct DirHandle {
    held: Option<Held>,
    path: PathBuf,
}

#[derive(Debug)]
struct Held {
    descriptor: OwnedFd,
    _share: Share,
}

impl DirHandle {
    /// Opens a directory, a symbolic link not followed; `None` if there is none. Where many are held already, or the process may
    /// open no more files, the handle [is not held](Self::by_path).
    pub fn open(path: &Path) -> Result<Option<Self>> {
        open_at(CWD, path, path.to_path_buf())
    }

    /// As [`open`](Self::open), a directory in this one.
    pub fn open_dir(&self, name: &str) -> Result<Option<Self>> {
        let (at, found_at) = self.at(Path::new(name));
        open_at(at, &found_at, self.join(name))
    }

    /// Makes a directory in this one, as [`create_dir`](crate::dir::create_dir).
    #[track_caller]
    pub fn create_dir(&self, name: &str, mode: u32) -> Result<Created> {
        let site = Site::of("DirHandle::create_dir");
        let (at, found_at) = self.at(Path::new(name));
        create_dir_at(at, &found_at, &self.join(name), mode, site)
    }

    /// Does not hold the directory: every name is found by its path.
    #[must_use]
    pub fn by_path(path: &Path) -> Self {
        DirHandle {
            held: None,
            path: path.to_path_buf(),
        }
    }

    /// The path it was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a name in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What a name stands for, as [`stat`]; when it was made is not told.
    pub fn stat(&self, name: &str) -> Result<Option<FileStat>> {
        let Some(held) = &self.held else {
            return stat(&self.join(name));
        };
        match platform::stat_at(held.descriptor.as_fd(), Path::new(name)) {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_absence(&error) => Ok(None),
            // A kernel without the call, or a sandbox that does not know it.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NOSYS) => {
                stat(&self.join(name))
            }
            Err(error) => Err(FsError::new(Op::Stat, self.join(name), error)),
        }
    }

    /// Gives the file `name` of this directory a second name in another, as [`hard_link`](crate::link::hard_link).
    #[track_caller]
    pub fn hard_link(&self, name: &str, to: &DirHandle, to_name: &str) -> Result<LinkOutcome> {
        let (from_path, to_path) = (self.join(name), to.join(to_name));
        let site = Site::of("DirHandle::hard_link");
        let call = Call::between(Op::Link, &from_path, &to_path, site);
        let linked = call.try_pass(|| self.link(name, to, to_name));
        link_outcome(&call, &to_path, linked)
    }

    fn link(&self, name: &str, to: &DirHandle, to_name: &str) -> io::Result<()> {
        let (from_at, from) = self.at(Path::new(name));
        let (to_at, to) = to.at(Path::new(to_name));
        Ok(rustix::fs::linkat(
            from_at,
            &*from,
            to_at,
            &*to,
            AtFlags::empty(),
        )?)
    }

    /// From where a name is looked up, and by what.
    fn at<'a>(&'a self, name: &'a Path) -> (BorrowedFd<'a>, Cow<'a, Path>) {
        match &self.held {
            Some(held) => (held.descriptor.as_fd(), name.into()),
            None => (CWD, self.path.join(name).into()),
        }
    }
}

/// Opens the directory `path`, which is found at `name` from an open one.
fn open_at(at: BorrowedFd<'_>, name: &Path, path: PathBuf) -> Result<Option<DirHandle>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let share = Share::take();
    let opened = rustix::fs::openat(at, name, flags | platform::ONLY_NAMES, Mode::empty());
    let descriptor = match opened {
        Ok(descriptor) => Some(descriptor),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::MFILE | Errno::NFILE) => None,
        Err(errno) => return Err(FsError::new(Op::Open, path, errno.into())),
    };
    let held = descriptor.zip(share);
    Ok(Some(DirHandle {
        held: held.map(|(descriptor, _share)| Held { descriptor, _share }),
        path,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dir;
    use crate::file::{self, Attributes};

    fn handles(path: &Path) -> [DirHandle; 2] {
        [
            DirHandle::open(path).unwrap().unwrap(),
            DirHandle::by_path(path),
        ]
    }

    #[test]
    fn held_or_not_it_finds_the_same() {
        let scratch = tempfile::tempdir().unwrap();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        dir::create_dir(&from, 0o755).unwrap();
        dir::create_dir(&to, 0o755).unwrap();
        let attributes = Attributes {
            mode: 0o444,
            mtime: None,
        };
        file::write_new(&from.join("a"), b"abc", &attributes).unwrap();
        let seen = stat(&from.join("a")).unwrap().unwrap();
        for (n, (source, target)) in handles(&from).iter().zip(&handles(&to)).enumerate() {
            let found = source.stat("a").unwrap().unwrap();
            assert!(found.is_same_file(&seen));
            assert_eq!(
                (found.size, found.mode, found.mtime),
                (3, 0o444, seen.mtime)
            );
            assert_eq!(source.stat("none").unwrap(), None);
            let name = n.to_string();
            let link = |from: &str| source.hard_link(from, target, &name).unwrap();
            assert_eq!(link("none"), LinkOutcome::SourceMissing);
            assert_eq!(link("a"), LinkOutcome::Linked);
            assert_eq!(link("a"), LinkOutcome::TargetExists);
            assert!(stat(&to.join(&name)).unwrap().unwrap().is_same_file(&seen));
        }
    }

    // Seen to fail when a directory is made by its name alone, and when one is opened so.
    #[test]
    fn held_or_not_it_makes_and_opens_the_same() {
        let scratch = tempfile::tempdir().unwrap();
        for (n, base) in handles(scratch.path()).iter().enumerate() {
            let (name, missing) = (format!("made-{n}"), format!("missing-{n}"));
            assert_eq!(base.create_dir(&name, 0o770).unwrap(), Created::Made);
            assert_eq!(base.create_dir(&name, 0o755).unwrap(), Created::Existed);
            let path = scratch.path().join(&name);
            assert_eq!(stat(&path).unwrap().unwrap().mode & 0o777, 0o770);
            let made = base.open_dir(&name).unwrap().unwrap();
            assert_eq!(made.path(), path);
            made.create_dir("in it", 0o755).unwrap();
            assert!(path.join("in it").is_dir());
            assert!(base.open_dir(&missing).unwrap().is_none());
        }
    }

    #[test]
    fn what_is_no_directory_is_not_held() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a");
        assert!(DirHandle::open(&path).unwrap().is_none());
        crate::link::symlink(scratch.path(), &path).unwrap();
        assert!(DirHandle::open(&path).is_err());
    }
}
