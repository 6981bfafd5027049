//! The manifest: the database of completed bundles and look-ups (store-format.md, section 11).
//!
//! Keeps I3: a bundle is recorded only by [`Writer::record`], in one durable transaction, after it was published. The database
//! is opened under its lock and closed promptly, because redb locks its file for one process. A [`Reader`] changes nothing on
//! disk, unless a crash left a database that must be repaired first.

mod backend;
mod reader;
mod stale;
mod tables;
mod unwritten;
mod writer;

use std::path::Path;

use linkstead_format::{
    ArchiveKey, ArchiveRow, BundleKey, BundleRow, FormatError, StreamKey, StreamRow,
};
use linkstead_fs::random_access::RandomAccessFile;
use linkstead_fs::{FsError, Op};
use redb::{Builder, Database};

use crate::error::{Error, Result};
use backend::FsBackend;

pub(crate) use reader::Reader;
pub(crate) use stale::stale_look_ups;
pub(crate) use writer::Writer;

/// redb's page cache, in bytes. Its default of 1 GiB would break our bound on memory.
const CACHE: usize = 8 << 20;

/// One record: a completed bundle.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) key: BundleKey,
    pub(crate) row: BundleRow,
}

/// What one install adds, apart from its record.
#[derive(Debug, Default)]
pub(crate) struct LookUps {
    pub(crate) archive: Option<(ArchiveKey, ArchiveRow)>,
    pub(crate) streams: Vec<(StreamKey, StreamRow)>,
}

/// The key of one look-up.
#[derive(Debug)]
pub(crate) enum LookUp {
    /// Of an archive.
    Archive(Vec<u8>),
    /// Of a stream.
    Stream(Vec<u8>),
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// Runs work on the database. redb panics over some damaged pages that pass its checks at opening; to us that is a manifest that
/// cannot be used, which is rebuilt.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(io_failed(
            path,
            std::io::Error::new(std::io::ErrorKind::InvalidData, "its pages are damaged"),
        ))
    })
}

fn open_file(path: &Path) -> Result<FsBackend> {
    let file = RandomAccessFile::open(path)?;
    Ok(FsBackend::new(file))
}

fn open_database(path: &Path) -> Result<Database> {
    builder()
        .create_with_backend(open_file(path)?)
        .map_err(|source| failed(path, source))
}

/// What a failure of redb means: a failure of the file system is no damage of the manifest.
fn failed(path: &Path, error: impl Into<redb::Error>) -> Error {
    match error.into() {
        redb::Error::Io(source) => io_failed(path, source),
        source => Error::Manifest {
            path: path.to_path_buf(),
            source: Box::new(source),
        },
    }
}

/// An I/O error of the database file; bytes that make no sense are damage.
fn io_failed(path: &Path, source: std::io::Error) -> Error {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    if matches!(source.kind(), InvalidData | UnexpectedEof) {
        return Error::Manifest {
            path: path.to_path_buf(),
            source: Box::new(source),
        };
    }
    Error::Fs(FsError::new(Op::Write, path, source))
}

/// A row that cannot be understood.
fn unreadable(path: &Path, source: FormatError) -> Error {
    Error::Manifest {
        path: path.to_path_buf(),
        source: Box::new(source),
    }
}
