//! The last rule of step 3: what is new must fit, before the first write.
//!
//! Only what is new counts: objects that the store does not have, files that get inodes of their own, and directories. Where
//! that does not fit, the content of streams that nobody knows is looked at first: an archive that was packed anew has unknown
//! streams and known content. What cannot be foreseen (other programs, quotas, a file system that makes no links) may still fill
//! the disk in the middle; then the error says what is missing.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::MutexGuard;

use linkstead_format::{DigestHasher, ObjectId, ObjectKey, Tree, TreeKind, TreePath};
use linkstead_fs::space::{self, LinkCost, Space};
use linkstead_fs::{FsError, probe, stat};
use rayon::prelude::*;

use super::Install;
use super::ingest::Job;
use super::place::{Role, Roles};
use crate::archive::{Plan, PlannedKind, decode};
use crate::error::{Error, Lack, Result};
use crate::objects::{self, Need};
use crate::options::LinkMode;
use crate::staging::Staging;

/// The directories in `objects/`: one for each pair of hex digits.
const SHELVES: u64 = 256;

/// Tree, receipt, refs, and the directories that these lie in.
const RECORDS: u64 = 16;

/// What an install takes of its file system.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    bytes: u64,
    inodes: u64,
}

impl Room {
    /// A file with blocks of its own.
    fn add_file(&mut self, size: u64, space: &Space) {
        let block = space.block_size.max(1);
        self.bytes += size.div_ceil(block) * block;
        self.inodes += 1;
    }

    fn and(self, other: Room) -> Room {
        Room {
            bytes: self.bytes + other.bytes,
            inodes: self.inodes + other.inodes,
        }
    }

    /// Refuses what does not fit.
    pub(crate) fn check(&self, place: &Path, free: &Space) -> Result<()> {
        match self.lack(free) {
            None | Some(Lack::Unknown { .. }) => Ok(()),
            Some(Lack::Bytes(_)) => Err(Error::NoSpace {
                path: place.to_path_buf(),
                needed: self.bytes,
                available: free.bytes,
            }),
            Some(Lack::Inodes(_)) => Err(Error::NoInodes {
                path: place.to_path_buf(),
                needed: self.inodes,
                available: free.inodes,
            }),
        }
    }

    /// The error of a disk that filled although this fitted, or as it turned out did not.
    pub(crate) fn filled(&self, place: &Path, free: &Space, failed: FsError) -> Error {
        let lack = self.lack(free);
        Error::DiskFilled {
            path: place.to_path_buf(),
            lack: lack.unwrap_or(Lack::Unknown { needed: self.bytes }),
            source: failed,
        }
    }

    /// What of this there is not; `None` if it fits.
    fn lack(&self, free: &Space) -> Option<Lack> {
        if self.bytes > free.bytes {
            Some(Lack::Bytes(self.bytes - free.bytes))
        } else if self.inodes > free.inodes {
            Some(Lack::Inodes(self.inodes - free.inodes))
        } else {
            None
        }
    }
}

/// The directory that is to be made, as far as it takes room.
#[derive(Default)]
pub(crate) struct Shape {
    links: u64,
    /// Sizes of the files of its own.
    own: Vec<u64>,
    directories: u64,
}

impl Shape {
    /// Of a directory whose objects are all there, by all threads of the pool that this is called in.
    pub(crate) fn of_tree(tree: &Tree, roles: &Roles) -> Self {
        Shape::of(tree.entries(), roles, |entry| match entry.kind {
            TreeKind::Directory => Takes::Directory,
            TreeKind::File { size, .. } => Takes::File(&entry.path, size),
            TreeKind::Symlink { .. } => Takes::Nothing,
        })
    }

    /// The same of a planned directory.
    pub(super) fn of_plan(plan: &Plan, roles: &Roles) -> Self {
        Shape::of(&plan.entries, roles, |entry| match &entry.kind {
            PlannedKind::Directory => Takes::Directory,
            PlannedKind::File { data, .. } => Takes::File(&entry.path, data.size),
            PlannedKind::Symlink { .. } => Takes::Nothing,
        })
    }

    fn of<E: Sync>(entries: &[E], roles: &Roles, takes: impl Fn(&E) -> Takes<'_> + Sync) -> Self {
        let shapes = entries.par_chunks(1024).map(|entries| {
            let mut shape = Shape::default();
            for entry in entries {
                match takes(entry) {
                    Takes::Directory => shape.directories += 1,
                    Takes::File(path, size) if roles.of(path, size) == Role::Linked => {
                        shape.links += 1;
                    }
                    Takes::File(_, size) => shape.own.push(size),
                    Takes::Nothing => {}
                }
            }
            shape
        });
        shapes.reduce(Shape::default, |mut one, other| {
            one.links += other.links;
            one.own.extend(other.own);
            one.directories += other.directories;
            one
        })
    }

    /// Files of their own, links where they take room, directories, and what is written about them.
    pub(crate) fn room(&self, space: &Space, clones: Clones) -> Room {
        let mut room = Room {
            bytes: RECORDS * space.block_size,
            inodes: RECORDS + self.directories,
        };
        room.inodes += match space.link {
            LinkCost::Nothing => 0,
            LinkCost::Inode => self.links,
        };
        for size in &self.own {
            let blocks = match clones {
                Clones::Made => 0,
                Clones::NotMade => *size,
            };
            room.add_file(blocks, space);
        }
        room
    }
}

/// What an entry of a directory takes room for.
enum Takes<'a> {
    Directory,
    File(&'a TreePath, u64),
    Nothing,
}

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

/// Whether the file system clones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clones {
    Made,
    NotMade,
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
