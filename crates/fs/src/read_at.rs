//! Bytes that are read by position, from several threads at once: what an archive is read through.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use crate::error::{FsError, Op, Result};
use crate::stat::{FileKind, FileStat, stat_open};

/// A run of bytes of known length.
pub trait ReadAt: Send + Sync {
    /// Length in bytes. It does not change.
    fn size(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on; fewer are an error (`UnexpectedEof`).
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// A regular file as it was when it was opened.
#[derive(Debug)]
pub struct OpenArchive {
    file: File,
    path: PathBuf,
    at_open: FileStat,
}

impl OpenArchive {
    /// Opens `path`, a symbolic link followed: it is a name that a person gave.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| FsError::new(Op::Open, path, error))?;
        OpenArchive::from_file(file, path)
    }

    /// Reads a file that is open already; `path` is for errors alone.
    pub fn from_file(file: File, path: &Path) -> Result<Self> {
        let at_open = stat_open(&file, path)?;
        let refused = match at_open.kind {
            FileKind::File => None,
            FileKind::Directory => Some(Errno::ISDIR),
            // A pipe has no positions.
            _ => Some(Errno::SPIPE),
        };
        match refused {
            Some(errno) => Err(FsError::new(Op::Read, path, errno.into())),
            None => Ok(OpenArchive {
                file,
                path: path.to_path_buf(),
                at_open,
            }),
        }
    }

    /// The path it was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody wrote to the file since it was opened, as its size and times tell. A new link to it, or a rename,
    /// counts as well: the system changes the same time for both.
    pub fn changed_since_open(&self) -> Result<bool> {
        let now = stat_open(&self.file, &self.path)?;
        let mark = |found: &FileStat| (found.size, found.mtime, found.ctime);
        Ok(mark(&now) != mark(&self.at_open))
    }
}

impl ReadAt for OpenArchive {
    fn size(&self) -> u64 {
        self.at_open.size
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

impl ReadAt for Arc<[u8]> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        copy_part(self, buffer, offset)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        copy_part(self, buffer, offset)
    }
}

fn copy_part(bytes: &[u8], buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let part = usize::try_from(offset)
        .ok()
        .and_then(|start| bytes.get(start..start.checked_add(buffer.len())?))
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    buffer.copy_from_slice(part);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_memory_end_where_they_end() {
        let bytes: Arc<[u8]> = Arc::from(*b"abcdef");
        let mut buffer = [0; 3];
        bytes.read_exact_at(&mut buffer, 3).unwrap();
        assert_eq!(&buffer, b"def");
        for offset in [4, u64::MAX] {
            let error = bytes.read_exact_at(&mut buffer, offset).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
