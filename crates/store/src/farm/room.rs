//! What a directory takes of its file system: files with blocks of their own, links where they take room, directories.

use std::path::Path;

use linkstead_format::{Tree, TreeKind, TreePath};
use linkstead_fs::FsError;
use linkstead_fs::space::{LinkCost, Space};
use rayon::prelude::*;

use crate::archive::{Plan, PlannedKind};
use crate::error::{Error, Lack, Result};
use crate::roles::{Role, Roles};

/// Tree, receipt, refs, and the directories that these lie in.
const RECORDS: u64 = 16;

/// What an install takes of its file system.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) bytes: u64,
    pub(crate) inodes: u64,
}

impl Room {
    /// A file with blocks of its own.
    pub(crate) fn add_file(&mut self, size: u64, space: &Space) {
        let block = space.block_size.max(1);
        self.bytes += size.div_ceil(block) * block;
        self.inodes += 1;
    }

    pub(crate) fn and(self, other: Room) -> Room {
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
    pub(crate) fn lack(&self, free: &Space) -> Option<Lack> {
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
    pub(crate) fn of_plan(plan: &Plan, roles: &Roles) -> Self {
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

/// Whether the file system clones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clones {
    Made,
    NotMade,
}
