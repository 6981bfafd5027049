//! A file that is read and written in any place: what the manifest's database stands on.
//!
//! Its writes and syncs pass the boundary like all others. The methods of an open file return plain [`io::Result`]s, for the
//! database wants them so.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::boundary::{Call, Payload, Site};
use crate::error::{FsError, Op, Result};
use crate::file::create_exclusive;

/// An open file.
#[derive(Debug)]
pub struct RandomAccessFile {
    file: File,
    path: PathBuf,
}

impl RandomAccessFile {
    /// Opens a file that exists, for reading and writing.
    pub fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(path)
            .map_err(|error| FsError::new(Op::Open, path, error))?;
        Ok(RandomAccessFile {
            file,
            path: path.to_path_buf(),
        })
    }

    /// Makes a new, empty file with mode 0600.
    #[track_caller]
    pub fn create_new(path: &Path) -> Result<Self> {
        let site = Site::of("RandomAccessFile::create_new");
        let file = create_exclusive(path, site)?;
        crate::file::set_mode(&file, path, 0o600, site)?;
        Ok(RandomAccessFile {
            file,
            path: path.to_path_buf(),
        })
    }

    /// The path it was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length in bytes.
    pub fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    /// Writes `bytes` from `offset` on.
    #[track_caller]
    pub fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let site = Site::of("RandomAccessFile::write_all_at");
        Call::new(Op::Write, &self.path, site)
            .with(Payload::Bytes {
                offset,
                data: bytes,
            })
            .try_pass_write(bytes, |part| self.file.write_all_at(part, offset))
    }

    /// Cuts the file off, or lets it grow with zeros.
    #[track_caller]
    pub fn set_len(&self, length: u64) -> io::Result<()> {
        let site = Site::of("RandomAccessFile::set_len");
        Call::new(Op::SetLength, &self.path, site)
            .with(Payload::Length(length))
            .try_pass(|| self.file.set_len(length))
    }

    /// Makes content and length durable.
    #[track_caller]
    pub fn sync(&self) -> io::Result<()> {
        let site = Site::of("RandomAccessFile::sync");
        Call::new(Op::SyncFile, &self.path, site).try_pass(|| self.file.sync_data())
    }
}
