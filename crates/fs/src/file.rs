//! Files that are made once and never half-made under their own name.
//!
//! A new file is made exclusively, private to its owner, and gets its mode and time when its bytes are in it. Making is not
//! syncing: that is [`crate::sync`]'s step, except in [`replace_file`] and [`put_file`], which are whole: after them, and after
//! any crash in them, the target has the old or the new content.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::io::Errno;

use crate::boundary::{Call, Payload, Site};
use crate::dir::{parent_of, sync_dir_from};
use crate::error::{FsError, Op, Result};
use crate::platform;
use crate::rename::RenameOutcome;
use crate::stat::{Mtime, is_absence};

/// The mode of a file while it is being written.
const PRIVATE: u32 = 0o600;

/// What a finished file is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// Permission bits, set whatever the umask.
    pub mode: u32,
    /// Modification time; `None` leaves the time of the last write.
    pub mtime: Option<Mtime>,
}

/// A new file that is being written. If it is dropped before [`NewFile::finish`], it is removed.
#[must_use]
#[derive(Debug)]
pub struct NewFile {
    file: Option<File>,
    path: PathBuf,
    length: u64,
    site: Site,
}

impl NewFile {
    /// Makes the file; anything at `path`, be it a dangling symbolic link, is an error.
    #[track_caller]
    pub fn create(path: &Path) -> Result<Self> {
        NewFile::create_from(path, Site::of("NewFile::create"))
    }

    pub(crate) fn create_from(path: &Path, site: Site) -> Result<Self> {
        let file = create_exclusive(path, site)?;
        Ok(NewFile {
            file: Some(file),
            path: path.to_path_buf(),
            length: 0,
            site,
        })
    }

    /// Appends `bytes`.
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        let call = Call::new(Op::Write, &self.path, self.site).with(Payload::Bytes {
            offset: self.length,
            data: bytes,
        });
        let mut file = self.open_file();
        call.try_pass_write(bytes, |part| file.write_all(part))
            .map_err(|error| call.failed(error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Lets the disk begin with what was written so far, so that a later sync finds less to do. A hint: nothing is durable by
    /// it, so it is no change that a test of crashes must see.
    pub fn begin_write_back(&self) {
        platform::begin_write_back(self.open_file());
    }

    /// Bytes written so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Gives the file its mode and time, in this order and after the last byte, for a write would change the time again.
    /// It is not synced.
    pub fn finish(mut self, attributes: &Attributes) -> Result<File> {
        self.give(attributes)?;
        let file = self.file.take();
        Ok(file.expect("an unfinished file is open"))
    }

    fn give(&self, attributes: &Attributes) -> Result<()> {
        let file = self.open_file();
        set_mode(file, &self.path, attributes.mode, self.site)?;
        if let Some(mtime) = attributes.mtime {
            set_open_mtime(file, &self.path, mtime, self.site)?;
        }
        Ok(())
    }

    pub(crate) fn open_file(&self) -> &File {
        self.file.as_ref().expect("an unfinished file is open")
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            // Whoever dropped it has a better error to tell.
            let _ = crate::dir::remove_file_from(&self.path, self.site);
        }
    }
}

/// Makes a file with these bytes. It is not synced; on failure nothing is left.
#[track_caller]
pub fn write_new(path: &Path, bytes: &[u8], attributes: &Attributes) -> Result<()> {
    write_new_from(path, bytes, attributes, Site::of("write_new")).map(drop)
}

fn write_new_from(path: &Path, bytes: &[u8], attributes: &Attributes, site: Site) -> Result<File> {
    let mut file = NewFile::create_from(path, site)?;
    if !bytes.is_empty() {
        file.write_all(bytes)?;
    }
    file.finish(attributes)
}

/// Puts a file with these bytes at `target`, atomically and durably, whatever was there. On failure `temporary` is removed.
///
/// `temporary` is an unused path on the same filesystem. If the last step fails, the sync of the directory, the target
/// already has the new content, though not durably.
#[track_caller]
pub fn replace_file(temporary: &Path, target: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let site = Site::of("replace_file");
    put_file_from(temporary, target, bytes, mode, site)?;
    sync_dir_from(parent_of(target), site)
}

/// As [`replace_file`], but for the last step: the file is whole and durable under its name, the name is durable when the
/// caller has synced the directory.
#[track_caller]
pub fn put_file(temporary: &Path, target: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    put_file_from(temporary, target, bytes, mode, Site::of("put_file"))
}

/// As [`put_file`], unless `target` exists: then nothing is changed.
#[track_caller]
pub fn claim_file(
    temporary: &Path,
    target: &Path,
    bytes: &[u8],
    mode: u32,
) -> Result<RenameOutcome> {
    let site = Site::of("claim_file");
    write_synced(temporary, bytes, mode, site)?;
    let named = crate::rename::no_replace_from(temporary, target, site);
    if !matches!(named, Ok(RenameOutcome::Renamed)) {
        let _ = crate::dir::remove_file_from(temporary, site);
    }
    named
}

fn put_file_from(
    temporary: &Path,
    target: &Path,
    bytes: &[u8],
    mode: u32,
    site: Site,
) -> Result<()> {
    write_synced(temporary, bytes, mode, site)?;
    let named = Call::between(Op::Rename, temporary, target, site)
        .pass(|| std::fs::rename(temporary, target));
    if named.is_err() {
        let _ = crate::dir::remove_file_from(temporary, site);
    }
    named
}

/// A new file whose bytes are durable; on failure nothing of it is left.
fn write_synced(path: &Path, bytes: &[u8], mode: u32, site: Site) -> Result<()> {
    let attributes = Attributes { mode, mtime: None };
    let file = write_new_from(path, bytes, &attributes, site)?;
    let synced = sync_open_file(&file, path, site);
    if synced.is_err() {
        let _ = crate::dir::remove_file_from(path, site);
    }
    synced
}

/// The whole content of a regular file; `None` if it is absent. More than `limit` bytes are an error, and so is anything
/// that is not a regular file.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    let failed = |source: io::Error| FsError::new(Op::Read, path, source);
    let file = match open_to_read(path) {
        Ok(file) => file,
        Err(error) if is_absence(error.io_error()) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = file.metadata().map_err(failed)?;
    if found.is_dir() {
        return Err(failed(Errno::ISDIR.into()));
    }
    if !found.is_file() {
        return Err(failed(Errno::INVAL.into()));
    }
    if found.len() > limit {
        return Err(failed(Errno::FBIG.into()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
    (&file)
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(failed(Errno::FBIG.into()));
    }
    Ok(Some(bytes))
}

/// Opens what is there, but follows no link, and is not stopped by a pipe in the place of a file.
pub(crate) fn open_to_read(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
        .open(path)
        .map_err(|error| FsError::new(Op::Open, path, error))
}

/// Sets the modification time of `path` to now; an empty file with mode 0644 is made if nothing is there.
#[track_caller]
pub fn touch(path: &Path) -> Result<()> {
    let site = Site::of("touch");
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    match set_times(path, &times(now), None, site) {
        Err(error) if error.is_not_found() => {}
        done => return done,
    }
    match create_exclusive(path, site) {
        Ok(file) => set_mode(&file, path, 0o644, site),
        // Another process made it this moment: it is as fresh as ours would be.
        Err(error) if error.os_error() == Some(Errno::EXIST.raw_os_error()) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sets the modification time of `path`, of a symbolic link itself.
#[track_caller]
pub fn set_mtime(path: &Path, mtime: Mtime) -> Result<()> {
    let times = times(timespec(mtime));
    set_times(path, &times, Some(mtime), Site::of("set_mtime"))
}

/// Gives a file that is there its mode and time, in this order. Not for symbolic links: what one leads to would change.
#[track_caller]
pub fn give(path: &Path, attributes: &Attributes) -> Result<()> {
    let site = Site::of("give");
    let mode = Mode::from_raw_mode(attributes.mode as _);
    Call::new(Op::SetMode, path, site)
        .with(Payload::Mode(attributes.mode))
        .pass(|| Ok(rustix::fs::chmodat(CWD, path, mode, AtFlags::empty())?))?;
    match attributes.mtime {
        Some(mtime) => set_times(path, &times(timespec(mtime)), Some(mtime), site),
        None => Ok(()),
    }
}

fn set_times(path: &Path, times: &Timestamps, told: Option<Mtime>, site: Site) -> Result<()> {
    Call::new(Op::SetMtime, path, site)
        .with(Payload::Mtime(told))
        .pass(|| {
            Ok(rustix::fs::utimensat(
                CWD,
                path,
                times,
                AtFlags::SYMLINK_NOFOLLOW,
            )?)
        })
}

pub(crate) fn set_open_mtime(file: &File, path: &Path, mtime: Mtime, site: Site) -> Result<()> {
    let times = times(timespec(mtime));
    Call::new(Op::SetMtime, path, site)
        .with(Payload::Mtime(Some(mtime)))
        .pass(|| Ok(rustix::fs::futimens(file, &times)?))
}

fn timespec(mtime: Mtime) -> Timespec {
    Timespec {
        tv_sec: mtime.seconds,
        tv_nsec: mtime.nanos.into(),
    }
}

fn times(modified: Timespec) -> Timestamps {
    Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: modified,
    }
}

pub(crate) fn create_exclusive(path: &Path, site: Site) -> Result<File> {
    Call::new(Op::Create, path, site)
        .with(Payload::Mode(PRIVATE))
        .pass_for(|| {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(PRIVATE)
                .custom_flags(OFlags::NOFOLLOW.bits() as i32)
                .open(path)
        })
}

pub(crate) fn set_mode(file: &File, path: &Path, mode: u32, site: Site) -> Result<()> {
    Call::new(Op::SetMode, path, site)
        .with(Payload::Mode(mode))
        .pass(|| Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode as _))?))
}

pub(crate) fn sync_open_file(file: &File, path: &Path, site: Site) -> Result<()> {
    Call::new(Op::SyncFile, path, site).pass(|| file.sync_all())
}
