//! Where an archive comes from, and reading it: positioned reads of one descriptor, and the check that it did not change
//! meanwhile.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linkstead_format::{ArchiveId, Parts};
use linkstead_fs::file::NewFile;
use linkstead_fs::read_at::{OpenArchive, ReadAt};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::control::Control;
use crate::error::{Error, Result};
use crate::observe::{Meter, Observer, Phase, Unit};
use crate::options::InstallOptions;
use crate::staging::Staging;

/// Bytes read at once: what is hashed is still in the cache of its core.
const PIECE: usize = 256 << 10;

/// An archive to install.
#[non_exhaustive]
pub enum Source {
    /// A file by its path.
    Path(PathBuf),
    /// An open file, and what to call it in messages.
    File(File, PathBuf),
    /// Bytes in memory, and what to call them in messages.
    Bytes(Arc<[u8]>, PathBuf),
    /// A stream, and what to call it in messages. It is spooled into staging first.
    Stream(Box<dyn Read + Send>, PathBuf),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.label().display())
    }
}

impl Source {
    /// What the archive is called in messages.
    pub fn label(&self) -> &Path {
        match self {
            Source::Path(path)
            | Source::File(_, path)
            | Source::Bytes(_, path)
            | Source::Stream(_, path) => path,
        }
    }
}

/// An archive that can be read at any position.
pub(crate) struct Archive {
    bytes: Bytes,
    label: PathBuf,
    // Keeps a spooled stream's file until the archive is no longer read.
    _spool: Option<Staging>,
}

enum Bytes {
    File(OpenArchive),
    Memory(Arc<[u8]>),
}

impl Archive {
    /// Opens the source; a stream is spooled into a staging of its own.
    pub(crate) fn open(source: Source, root: &Path, options: &InstallOptions) -> Result<Self> {
        let label = source.label().to_path_buf();
        let (bytes, spool) = match source {
            Source::Path(path) => (Bytes::File(OpenArchive::open(&path)?), None),
            Source::File(file, path) => (Bytes::File(OpenArchive::from_file(file, &path)?), None),
            Source::Bytes(bytes, _) => (Bytes::Memory(bytes), None),
            Source::Stream(stream, _) => {
                let staging = Staging::create(root)?;
                let path = staging.scratch();
                let limit = options.caps.archive_size.saturating_add(1);
                spool(stream.take(limit), &path, &label, &options.control)?;
                (Bytes::File(OpenArchive::open(&path)?), Some(staging))
            }
        };
        Ok(Archive {
            bytes,
            label,
            _spool: spool,
        })
    }

    pub(crate) fn label(&self) -> &Path {
        &self.label
    }

    pub(crate) fn reader(&self) -> &dyn ReadAt {
        match &self.bytes {
            Bytes::File(file) => file,
            Bytes::Memory(bytes) => bytes,
        }
    }

    /// The digest of all bytes, by all threads of the pool that it is called in; with `expected`, also that its SHA-256 is that.
    pub(crate) fn identify(
        &self,
        expected: Option<[u8; 32]>,
        control: &Control,
        observer: &dyn Observer,
    ) -> Result<ArchiveId> {
        let size = self.reader().size();
        let meter = Meter::start(observer, Phase::Identify, size, Unit::Bytes);
        let (id, as_expected) = rayon::join(
            || self.blake3(control, &meter),
            || expected.map_or(Ok(()), |expected| self.expect(expected, control)),
        );
        let id = id?;
        as_expected?;
        Ok(id)
    }

    fn blake3(&self, control: &Control, meter: &Meter<'_>) -> Result<ArchiveId> {
        let parts = Parts::of(self.reader().size());
        let digests = (0..parts.count()).into_par_iter();
        let digests = digests.map_init(Vec::new, |buffer, index| {
            let range = parts.range(index);
            let mut hasher = parts.hasher(index);
            self.read_pieces(range.clone(), buffer, control, |piece| hasher.update(piece))?;
            meter.add(range.end - range.start);
            Ok(hasher.finish())
        });
        let digests = digests.collect::<Result<Vec<_>>>()?;
        Ok(ArchiveId::from_digest(parts.digest(&digests)))
    }

    fn expect(&self, expected: [u8; 32], control: &Control) -> Result<()> {
        let mut sha256 = Sha256::new();
        self.read_pieces(0..self.reader().size(), &mut Vec::new(), control, |piece| {
            sha256.update(piece)
        })?;
        let found: [u8; 32] = sha256.finalize().into();
        if found != expected {
            return Err(Error::ArchiveUnexpected {
                archive: self.label.clone(),
                expected: hex(&expected),
                found: hex(&found),
            });
        }
        Ok(())
    }

    /// Shows these bytes piece by piece.
    fn read_pieces(
        &self,
        range: Range<u64>,
        buffer: &mut Vec<u8>,
        control: &Control,
        mut look: impl FnMut(&[u8]),
    ) -> Result<()> {
        let mut offset = range.start;
        while offset < range.end {
            control.check()?;
            let count = (range.end - offset).min(PIECE as u64) as usize;
            buffer.resize(count, 0);
            self.reader()
                .read_exact_at(buffer, offset)
                .map_err(|error| self.read_failed(error))?;
            look(buffer);
            offset += count as u64;
        }
        Ok(())
    }

    /// Fails if the file was written to since it was opened: what was planned is then not what was hashed.
    pub(crate) fn check_unchanged(&self) -> Result<()> {
        if let Bytes::File(file) = &self.bytes
            && file.changed_since_open()?
        {
            return Err(Error::ArchiveChanged {
                archive: self.label.clone(),
            });
        }
        Ok(())
    }

    /// Names the reason for a failed read: a file that shrank has changed.
    pub(crate) fn read_failed(&self, source: io::Error) -> Error {
        if let Err(changed) = self.check_unchanged() {
            return changed;
        }
        Error::ArchiveRead {
            archive: self.label.clone(),
            source,
        }
    }
}

/// Spools a stream up to one byte beyond the cap: planning then says what is wrong with the rest.
fn spool(mut stream: impl Read, path: &Path, label: &Path, control: &Control) -> Result<()> {
    let mut file = NewFile::create(path)?;
    let mut buffer = vec![0; PIECE];
    loop {
        control.check()?;
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => file.write_all(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(Error::ArchiveRead {
                    archive: label.to_path_buf(),
                    source,
                });
            }
        }
    }
    file.finish(&linkstead_fs::file::Attributes {
        mode: 0o600,
        mtime: None,
    })?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
