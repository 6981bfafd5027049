//! The archives that a caller gives: planned and decoded by the ordinary rules, and searched for content that the store lacks.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::{DigestHasher, ObjectId, ObjectKey, TreePath};
use linkstead_fs::file::NewFile;
use linkstead_fs::read_at::OpenArchive;

use crate::archive::{
    ArchiveKind, EntryData, PlanError, PlannedKind, Policy, Verdict, decode, plan,
};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::objects;

/// Archives whose plans have been accepted.
pub(super) struct Archives {
    all: Vec<Planned>,
    /// Which entries have the contents that were wanted: filled when asked for.
    index: HashMap<ObjectId, Place>,
    /// The lengths of all contents in the index.
    indexed: HashSet<u64>,
}

/// An archive and its files.
struct Planned {
    archive: OpenArchive,
    files: Vec<(TreePath, EntryData)>,
}

/// An entry: which archive, and which file of it.
type Place = (usize, usize);

impl Archives {
    /// Plans them all. Nothing has been changed yet, so an archive that is refused costs nothing.
    pub(super) fn plan(paths: &[PathBuf]) -> Result<Self> {
        let all = paths.iter().map(|path| Planned::open(path));
        Ok(Archives {
            all: all.collect::<Result<_>>()?,
            index: HashMap::new(),
            indexed: HashSet::new(),
        })
    }

    /// Writes a sealed file with this content, if an archive has it. It is not durable yet.
    pub(super) fn bring(
        &mut self,
        key: &ObjectKey,
        to: &Path,
        wanted: &HashSet<u64>,
        control: &Control,
    ) -> Result<bool> {
        let Some((archive, file)) = self.place(&key.id, wanted, control)? else {
            return Ok(false);
        };
        let mut new = NewFile::create(to)?;
        let found = decode::into_writer(
            |part| new.write_all(part),
            |sink| self.all[archive].hash(file, sink),
        )?;
        if found? != key.id {
            return Err(self.all[archive].changed());
        }
        new.finish(&objects::sealed(key))?;
        Ok(true)
    }

    /// Where this content lies. Only entries of a wanted length are decoded, once; a later pass may want others.
    fn place(
        &mut self,
        id: &ObjectId,
        wanted: &HashSet<u64>,
        control: &Control,
    ) -> Result<Option<Place>> {
        let new: HashSet<u64> = wanted.difference(&self.indexed).copied().collect();
        if !new.is_empty() {
            self.read(&new, control)?;
            self.indexed.extend(new);
        }
        Ok(self.index.get(id).copied())
    }

    fn read(&mut self, wanted: &HashSet<u64>, control: &Control) -> Result<()> {
        for (at, planned) in self.all.iter().enumerate() {
            for (file, (_, data)) in planned.files.iter().enumerate() {
                control.check()?;
                if wanted.contains(&data.size) {
                    let id = planned.hash(file, &mut |_| Ok(()))?;
                    self.index.entry(id).or_insert((at, file));
                }
            }
        }
        Ok(())
    }
}

impl Planned {
    fn open(path: &Path) -> Result<Self> {
        let archive = OpenArchive::open(path)?;
        // Its files count, not what it is called: it need not be a bundle.
        let policy = Policy {
            kind: ArchiveKind::Plain,
            ..Policy::default()
        };
        let plan = plan(&archive, &policy).map_err(|error| match error {
            PlanError::Io(source) => Error::ArchiveRead {
                archive: path.to_path_buf(),
                source,
            },
            PlanError::Refused(verdict) => Error::ArchiveRefused {
                archive: path.to_path_buf(),
                verdict: Box::new(verdict),
            },
        })?;
        let files = plan
            .entries
            .into_iter()
            .filter_map(|entry| match entry.kind {
                PlannedKind::File { data, .. } => Some((entry.path, data)),
                _ => None,
            });
        Ok(Planned {
            files: files.collect(),
            archive,
        })
    }

    /// Decodes a file to its last byte; the digest of its content.
    fn hash(
        &self,
        file: usize,
        sink: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<ObjectId> {
        let (path, data) = &self.files[file];
        let mut hasher = DigestHasher::new();
        let mut buffers = decode::Buffers::default();
        decode::decode_stream(&self.archive, data, &mut buffers, &mut |part| {
            hasher.update(part);
            sink(part)
        })
        .map_err(|error| self.refused(path, error))?;
        Ok(ObjectId::from_digest(hasher.finish()))
    }

    fn refused(&self, path: &TreePath, error: decode::DecodeError) -> Error {
        let archive = self.archive.path().to_path_buf();
        if self.archive.changed_since_open().unwrap_or(false) {
            return self.changed();
        }
        match error {
            decode::DecodeError::Io(source) => Error::ArchiveRead { archive, source },
            error => Error::ArchiveRefused {
                archive,
                verdict: Box::new(Verdict::of_data(path, &error)),
            },
        }
    }

    fn changed(&self) -> Error {
        Error::ArchiveChanged {
            archive: self.archive.path().to_path_buf(),
        }
    }
}
