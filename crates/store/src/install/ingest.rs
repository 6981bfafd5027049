//! Step 4: brings the content that the store does not have into staging. Takes no store lock.
//!
//! The compressed bytes of each entry are hashed first: a stream that is known, with the length and CRC-32 of the plan and a
//! sealed object (I8), is neither inflated nor written. Everything else is inflated, checked to its last byte, hashed,
//! written and sealed; its bytes are not durable yet. Memory is bounded: an entry is held whole only up to [`WHOLE`] bytes.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use linkstead_format::{
    Amount, DigestHasher, ObjectId, ObjectKey, StreamId, StreamKey, StreamRow, Tree, TreePath,
};
use linkstead_fs::{dir, rename};
use rayon::prelude::*;

use super::Install;
use super::object_file::ObjectFile;
use crate::archive::{EntryData, Plan, PlannedEntry, PlannedKind, Verdict, decode};
use crate::error::{Error, Result};
use crate::farm::{Counts, Fresh, Shape, Shelves};
use crate::manifest::{LookUps, Reader};
use crate::objects::{self, Need, ShelfHandles};
use crate::observe::{Meter, Phase, Unit};
use crate::roles::Roles;
use crate::staging::Staging;

/// Entries up to this size, in bytes, are inflated in one piece; larger ones stream through a file.
const WHOLE: u64 = 4 << 20;

/// Bytes of a compressed stream that are hashed at once.
const CHUNK: usize = 256 << 10;

/// What an ingest found out and left in staging.
pub(super) struct Ingested {
    /// The content of each entry of the plan; `None` for what is no file.
    pub(super) contents: Vec<Option<ObjectId>>,
    /// Objects in staging and what their names need.
    pub(super) fresh: Fresh,
    pub(super) look_ups: LookUps,
    pub(super) counts: Counts,
}

impl Ingested {
    /// All content is in the store, so nothing was ingested.
    pub(super) fn from_store(staging: &Staging, tree: &Tree) -> Self {
        let counts = Counts::default();
        counts.not_inflated.add_all(Amount {
            files: tree.files().count() as u64,
            bytes: tree.total_bytes(),
        });
        Ingested {
            contents: Vec::new(),
            fresh: Fresh::none(staging),
            look_ups: LookUps::default(),
            counts,
        }
    }
}

/// One file of the plan.
pub(super) struct Job<'p> {
    index: usize,
    pub(super) path: &'p TreePath,
    pub(super) exec: linkstead_format::ExecClass,
    pub(super) data: &'p EntryData,
    pub(super) stream: StreamKey,
}

impl Job<'_> {
    /// What is remembered of its stream.
    fn look_up(&self, object: ObjectId) -> (StreamKey, StreamRow) {
        let row = StreamRow {
            object,
            length: self.data.size,
            crc32: self.data.crc32,
        };
        (self.stream, row)
    }
}

/// The buffers of one thread.
#[derive(Default)]
struct Buffers {
    compressed: Vec<u8>,
    content: Vec<u8>,
    decode: decode::Buffers,
}

impl Install<'_> {
    /// Ingests all files of a plan.
    pub(super) fn ingest(
        &self,
        staging: &Staging,
        plan: &Plan,
        roles: &Roles,
        distrusted: &HashSet<ObjectKey>,
    ) -> Result<Ingested> {
        let jobs = self.hash_streams(plan)?;
        let known = self.known_contents(&jobs, distrusted)?;
        let counts = Counts::default();
        let mut contents = vec![None; plan.entries.len()];
        let mut unknown = Vec::new();
        for (job, known) in jobs.iter().zip(&known) {
            match known {
                Some(object) => {
                    contents[job.index] = Some(*object);
                    counts.not_inflated.add(job.data.size);
                }
                None => unknown.push(job),
            }
        }
        let mut look_ups = LookUps::default();
        let shape = self.store.pool()?.run(|| Ok(Shape::of_plan(plan, roles)))?;
        let found = self.check_room(staging, &unknown, distrusted, &shape)?;
        for (job, object) in &found {
            contents[job.index] = Some(*object);
            look_ups.streams.push(job.look_up(*object));
            counts.not_inflated.add(job.data.size);
        }
        unknown.retain(|job| contents[job.index].is_none());
        // Large entries first, so that the last thread does not end alone with one.
        unknown.sort_by_key(|job| std::cmp::Reverse(job.data.size));
        let total = unknown.iter().map(|job| job.data.size).sum();
        let meter = Meter::start(self.observer, Phase::Ingest, total, Unit::Bytes);
        let writer = Writer {
            install: self,
            staging,
            distrusted,
            shelves: Shelves::lacking_in(self.store.root(), staging)?,
            claimed: Mutex::new(HashMap::new()),
            counts: &counts,
        };
        let brought = self
            .store
            .pool()?
            .in_order(&unknown, |buffers: &mut Buffers, job| {
                self.options.control.check()?;
                let object = writer.bring(job, buffers)?;
                meter.add(job.data.size);
                Ok((job.index, job.look_up(object)))
            })?;
        for (index, look_up) in brought {
            contents[index] = Some(look_up.1.object);
            look_ups.streams.push(look_up);
        }
        let fresh = writer.into_fresh();
        Ok(Ingested {
            contents,
            fresh,
            look_ups,
            counts,
        })
    }

    /// The stream of every file of the plan, in parallel.
    fn hash_streams<'p>(&self, plan: &'p Plan) -> Result<Vec<Job<'p>>> {
        let files: Vec<(usize, &PlannedEntry)> = plan
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| matches!(entry.kind, PlannedKind::File { .. }))
            .collect();
        self.store.pool()?.run(|| {
            files
                .par_iter()
                .map_init(Vec::new, |buffer, (index, entry)| {
                    let PlannedKind::File { exec, data } = &entry.kind else {
                        unreachable!("only files were kept");
                    };
                    self.options.control.check()?;
                    let stream = self.hash_stream(data, buffer)?;
                    Ok(Job {
                        index: *index,
                        path: &entry.path,
                        exec: *exec,
                        data,
                        stream: StreamKey {
                            method: data.method.number(),
                            stream,
                        },
                    })
                })
                .collect()
        })
    }

    fn hash_stream(&self, data: &EntryData, buffer: &mut Vec<u8>) -> Result<StreamId> {
        let mut hasher = DigestHasher::new();
        let mut done = 0;
        while done < data.compressed {
            let count = (data.compressed - done).min(CHUNK as u64) as usize;
            buffer.resize(count, 0);
            self.archive
                .reader()
                .read_exact_at(buffer, data.offset + done)
                .map_err(|source| self.archive.read_failed(source))?;
            hasher.update(buffer);
            done += count as u64;
        }
        Ok(StreamId::from_digest(hasher.finish()))
    }

    /// For each job the content that its stream is known to inflate to, if its object is there with a whole seal.
    fn known_contents(
        &self,
        jobs: &[Job<'_>],
        distrusted: &HashSet<ObjectKey>,
    ) -> Result<Vec<Option<ObjectId>>> {
        let Some(manifest) = Reader::open(self.store.root(), &self.locks)? else {
            return Ok(vec![None; jobs.len()]);
        };
        let keys: Vec<StreamKey> = jobs.iter().map(|job| job.stream).collect();
        let rows = self.store.pool()?.run(|| manifest.streams(&keys))?;
        drop(manifest);
        let objects = ShelfHandles::new(self.store.root());
        self.store.pool()?.run(|| {
            jobs.par_iter()
                .zip(rows)
                .map(|(job, row)| {
                    let Some(row) = row else { return Ok(None) };
                    if row.length != job.data.size || row.crc32 != job.data.crc32 {
                        return Ok(None);
                    }
                    let key = ObjectKey {
                        id: row.object,
                        exec: job.exec,
                    };
                    let usable = !distrusted.contains(&key)
                        && (row.length == 0 || objects.need(&key, row.length)? == Need::Nothing);
                    Ok(usable.then_some(row.object))
                })
                .collect()
        })
    }

    /// The refusal of an archive whose data break a rule.
    pub(super) fn refused(&self, path: &TreePath, error: decode::DecodeError) -> Error {
        if let Err(changed) = self.archive.check_unchanged() {
            return changed;
        }
        match error {
            decode::DecodeError::Io(source) => self.archive.read_failed(source),
            error => Error::ArchiveRefused {
                archive: self.archive.label().to_path_buf(),
                verdict: Box::new(Verdict::of_data(path, &error)),
            },
        }
    }
}

/// Inflates, hashes and writes; each distinct object once.
struct Writer<'a> {
    install: &'a Install<'a>,
    staging: &'a Staging,
    distrusted: &'a HashSet<ObjectKey>,
    shelves: Shelves,
    claimed: Mutex<HashMap<ObjectKey, Need>>,
    counts: &'a Counts,
}

impl Writer<'_> {
    fn bring(&self, job: &Job<'_>, buffers: &mut Buffers) -> Result<ObjectId> {
        if job.data.size <= WHOLE && job.data.compressed <= 2 * WHOLE {
            self.bring_whole(job, buffers)
        } else {
            self.bring_streaming(job, buffers)
        }
    }

    fn bring_whole(&self, job: &Job<'_>, buffers: &mut Buffers) -> Result<ObjectId> {
        let install = self.install;
        buffers.compressed.resize(job.data.compressed as usize, 0);
        install
            .archive
            .reader()
            .read_exact_at(&mut buffers.compressed, job.data.offset)
            .map_err(|source| install.archive.read_failed(source))?;
        buffers.content.clear();
        decode::decode_whole(&buffers.compressed, job.data, &mut buffers.content)
            .map_err(|error| install.refused(job.path, error))?;
        let key = ObjectKey {
            id: ObjectId::of(&buffers.content),
            exec: job.exec,
        };
        if self.claim(&key, job.data.size)? {
            let mut new = ObjectFile::create(&self.shelves.place(&key)?)?;
            new.write_all(&buffers.content)?;
            new.finish(&key)?;
        }
        Ok(key.id)
    }

    fn bring_streaming(&self, job: &Job<'_>, buffers: &mut Buffers) -> Result<ObjectId> {
        let install = self.install;
        let path = self.staging.scratch();
        let mut new = ObjectFile::create(&path)?;
        let mut hasher = DigestHasher::new();
        let write = |part: &[u8]| {
            hasher.update(part);
            new.write_all(part)
        };
        let decoded = decode::into_writer(write, |sink| {
            let reader = install.archive.reader();
            decode::decode_stream(reader, job.data, &mut buffers.decode, sink)
        })?;
        decoded.map_err(|error| install.refused(job.path, error))?;
        let key = ObjectKey {
            id: ObjectId::from_digest(hasher.finish()),
            exec: job.exec,
        };
        new.finish(&key)?;
        if self.claim(&key, job.data.size)? {
            rename::rename_over(&path, &self.shelves.place(&key)?)?;
        } else {
            dir::remove_file(&path)?;
        }
        Ok(key.id)
    }

    /// Whether the caller is to write this object: it is needed and nobody else writes it.
    fn claim(&self, key: &ObjectKey, size: u64) -> Result<bool> {
        if size == 0 || self.lock().contains_key(key) {
            return Ok(false);
        }
        let need = if self.distrusted.contains(key) {
            Need::New
        } else {
            objects::need(self.install.store.root(), key, size)?
        };
        if need == Need::Nothing {
            return Ok(false);
        }
        let first = self.lock().insert(*key, need).is_none();
        if first {
            self.counts.new.add(size);
        }
        Ok(first)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ObjectKey, Need>> {
        self.claimed
            .lock()
            .expect("no thread panics with this lock")
    }

    fn into_fresh(self) -> Fresh {
        let claimed = self.claimed.into_inner();
        Fresh::new(
            self.shelves,
            claimed.expect("no thread panics with this lock"),
        )
    }
}
