//! The last rule of step 3: what is new must fit, before the first write.
//!
//! Only what is new counts: objects that the store does not have, files that get inodes of their own, and directories. Where
//! that does not fit, the content of streams that nobody knows is looked at first: an archive that was packed anew has unknown
//! streams and known content. What cannot be foreseen (other programs, quotas, a file system that makes no links) may still fill
//! the disk in the middle; then the error says what is missing.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::MutexGuard;

use linkstead_format::{DigestHasher, ObjectId, ObjectKey};
use linkstead_fs::space::{self, Space};
use linkstead_fs::{FsError, probe, stat};
use rayon::prelude::*;

use super::Install;
use super::ingest::Job;
use crate::archive::decode;
use crate::error::{Error, Result};
use crate::farm::{Clones, Room, Shape};
use crate::objects::{self, Need};
use crate::options::LinkMode;
use crate::staging::Staging;

/// The directories in `objects/`: one for each pair of hex digits.
const SHELVES: u64 = 256;

impl Install<'_> {
    /// Compares what is new with what is free: the objects of unknown streams, and what the directory has of its own. Returns
    /// the content of those streams that a closer look found in the store; they are known from now on.
    pub(super) fn check_room<'j, 'p>(
        &self,
        staging: &Staging,
        unknown: &[&'j Job<'p>],
        distrusted: &HashSet<ObjectKey>,
        shape: &Shape,
    ) -> Result<Vec<(&'j Job<'p>, ObjectId)>> {
        let root = self.store.root();
        let free = space::free(root)?;
        let room = of_streams(unknown, &free).and(shape.room(&free, Clones::NotMade));
        if room.lack(&free).is_none() {
            self.remember_room(room);
            return Ok(Vec::new());
        }
        // A closer look costs time, which is well spent before a refusal.
        let contents = self.contents_of(unknown)?;
        let (found, new) = self.divide(contents, distrusted)?;
        let room = self
            .of_objects(&new, &free)?
            .and(shape.room(&free, self.clones(staging)));
        self.remember_room(room);
        room.check(root, &free)?;
        Ok(found)
    }

    /// Says what a disk lacks that filled in the middle. The staging is cleared by now, so what is free is what was before.
    pub(super) fn explain_full_disk(&self, failed: FsError) -> Error {
        let root = self.store.root();
        let room = *self.lock_room();
        match (room, space::free(root)) {
            (Some(room), Ok(free)) => room.filled(root, &free, failed),
            _ => failed.into(),
        }
    }

    /// The try that takes most counts: one from the store alone brings no objects, one after a sweep has part of them there.
    fn remember_room(&self, room: Room) {
        let mut most = self.lock_room();
        let so_far = most.unwrap_or_default();
        *most = Some(Room {
            bytes: room.bytes.max(so_far.bytes),
            inodes: room.inodes.max(so_far.inodes),
        });
    }

    fn lock_room(&self) -> MutexGuard<'_, Option<Room>> {
        self.room.lock().expect("no thread panics with this lock")
    }

    fn contents_of<'j, 'p>(&self, jobs: &[&'j Job<'p>]) -> Result<Vec<(&'j Job<'p>, ObjectId)>> {
        self.store.pool()?.run(|| {
            jobs.par_iter()
                .map_init(decode::Buffers::default, |buffers, job| {
                    self.options.control.check()?;
                    Ok((*job, self.content_of(job, buffers)?))
                })
                .collect()
        })
    }

    /// Those whose content the store has, and the objects that it has not, each once.
    #[allow(clippy::type_complexity, reason = "two lists of what came in as one")]
    fn divide<'j, 'p>(
        &self,
        contents: Vec<(&'j Job<'p>, ObjectId)>,
        distrusted: &HashSet<ObjectKey>,
    ) -> Result<(Vec<(&'j Job<'p>, ObjectId)>, HashMap<ObjectKey, u64>)> {
        let mut found = Vec::new();
        let mut new = HashMap::new();
        for (job, id) in contents {
            let (key, size) = (ObjectKey { id, exec: job.exec }, job.data.size);
            let is_there = !distrusted.contains(&key)
                && objects::need(self.store.root(), &key, size)? == Need::Nothing;
            if size == 0 || is_there {
                found.push((job, id));
            } else {
                new.insert(key, size);
            }
        }
        Ok((found, new))
    }

    /// The objects and the directories that they need.
    fn of_objects(&self, new: &HashMap<ObjectKey, u64>, space: &Space) -> Result<Room> {
        let mut room = Room::default();
        let mut shelves = HashSet::new();
        for (key, size) in new {
            room.add_file(*size, space);
            shelves.extend(key.relative_path().parent().map(Path::to_path_buf));
        }
        for shelf in shelves {
            let is_there = stat::stat(&self.store.path(&shelf))?.is_some();
            room.inodes += u64::from(!is_there);
        }
        Ok(room)
    }

    fn content_of(&self, job: &Job<'_>, buffers: &mut decode::Buffers) -> Result<ObjectId> {
        let mut hasher = DigestHasher::new();
        decode::decode_stream(self.archive.reader(), job.data, buffers, &mut |part| {
            hasher.update(part);
            Ok(())
        })
        .map_err(|error| self.refused(job.path, error))?;
        Ok(ObjectId::from_digest(hasher.finish()))
    }

    /// Whether files of their own share the blocks of their objects.
    fn clones(&self, staging: &Staging) -> Clones {
        let is_possible = self.options.link_mode != LinkMode::Copy
            && probe::clones(&staging.scratch(), &staging.scratch());
        match is_possible {
            true => Clones::Made,
            false => Clones::NotMade,
        }
    }
}

/// The objects of these streams, if none of them is there, and all directories that they may need.
fn of_streams(jobs: &[&Job<'_>], space: &Space) -> Room {
    let mut seen = HashSet::new();
    let mut room = Room::default();
    for job in jobs {
        if job.data.size > 0 && seen.insert((job.stream, job.exec)) {
            room.add_file(job.data.size, space);
        }
    }
    room.inodes += room.inodes.min(SHELVES);
    room
}
