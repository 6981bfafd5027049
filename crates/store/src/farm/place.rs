//! Putting one file of a tree at a path: as a hard link of its object, or as what must stand in for it.
//!
//! Decided once, remembered, and told why: where hard links cannot be made at all, everything after is copied.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_format::{ObjectKey, TreeFile, TreePath};
use linkstead_fs::DirHandle;
use linkstead_fs::file::{self, Attributes};
use linkstead_fs::link::{self, LinkOutcome};

use super::counts::Counts;
use super::fresh::Fresh;
use super::object_copy::{Copier, Made, ObjectCopy};
use crate::error::{Error, Result};
use crate::objects::{self, Need, ShelfHandles};
use crate::options::LinkMode;
use crate::roles::{Role, Roles};

/// Where one file goes: a directory, and a name in it that is free.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) directory: &'a DirHandle,
    pub(crate) name: &'a str,
}

impl Spot<'_> {
    fn path(&self) -> PathBuf {
        self.directory.join(self.name)
    }
}

/// Whether somebody saw, since this operation began, that the objects are there with whole seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seals {
    /// All were seen.
    Seen,
    /// Each is looked at before it is linked.
    Unseen,
}

/// Places the files of one directory, from several threads.
pub(crate) struct Placer<'a> {
    objects: ShelfHandles,
    seals: Seals,
    roles: &'a Roles,
    fresh: &'a Fresh,
    copies: Copier<'a>,
    counts: &'a Counts,
    placed: Mutex<Placed>,
    renewing: Mutex<()>,
    // What the threads ask before each file.
    links_fail: AtomicBool,
    is_in_vain: AtomicBool,
}

/// What a placer remembers when it is done.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    /// Files that are no links of objects: their bytes must be synced.
    pub(crate) own: Vec<TreePath>,
    /// The bytes of these files.
    pub(crate) own_bytes: u64,
    /// Those of them that are the server's own.
    pub(crate) private: Vec<TreePath>,
    /// Those of a linked layout that carry the seal and have content.
    pub(crate) copied: BTreeSet<TreePath>,
    /// Objects that were gone or altered when they were needed.
    pub(crate) missing: HashSet<ObjectKey>,
    /// Why no links were made, if none could be.
    pub(crate) no_links_because: Option<String>,
}

impl Placed {
    /// Remembers a file that is no link.
    pub(crate) fn add(&mut self, file: TreeFile<'_>, role: Role) {
        self.own.push(file.path.clone());
        self.own_bytes += file.size;
        match role {
            Role::Private => self.private.push(file.path.clone()),
            Role::Isolated => {}
            Role::Linked | Role::Sealed if file.size > 0 => {
                self.copied.insert(file.path.clone());
            }
            Role::Linked | Role::Sealed => {}
        }
    }
}

impl<'a> Placer<'a> {
    pub(crate) fn new(
        root: &'a Path,
        roles: &'a Roles,
        fresh: &'a Fresh,
        seals: Seals,
        link_mode: LinkMode,
        counts: &'a Counts,
    ) -> Self {
        Placer {
            objects: ShelfHandles::new(root),
            seals,
            roles,
            fresh,
            copies: Copier { root, link_mode },
            counts,
            placed: Mutex::default(),
            renewing: Mutex::default(),
            links_fail: AtomicBool::new(false),
            is_in_vain: AtomicBool::new(false),
        }
    }

    /// Makes one file. A missing object is remembered, not an error.
    pub(crate) fn place(&self, file: TreeFile<'_>, to: Spot<'_>) -> Result<()> {
        let role = self.roles.of(file.path, file.size);
        match role {
            Role::Linked => self.link(file, to),
            Role::Sealed => self.copy(file, role, to, &objects::sealed(&file.key)),
            Role::Isolated | Role::Private => {
                let attributes = Attributes {
                    mode: file.key.exec.private_mode(),
                    mtime: None,
                };
                self.copy(file, role, to, &attributes)
            }
        }
    }

    /// Whether it is of no use to go on. After a miss among objects that nobody had looked at, everything is done again from the
    /// archive; where all were looked at before, all that are missing by now are to be found in one go.
    pub(crate) fn is_in_vain(&self) -> bool {
        self.is_in_vain.load(Ordering::Relaxed)
    }

    /// What there is to know after all files were placed.
    pub(crate) fn finish(self) -> Placed {
        self.placed
            .into_inner()
            .expect("no thread panics with this lock")
    }

    fn link(&self, file: TreeFile<'_>, to: Spot<'_>) -> Result<()> {
        if self.links_fail.load(Ordering::Relaxed) {
            return self.stand_in(file, to);
        }
        let key = file.key;
        let linked = match self.fresh.link(&key, to.directory, to.name)? {
            Some(linked) => linked,
            None if self.is_altered(file)? => LinkOutcome::SourceMissing,
            None => self.objects.link(&key, to.directory, to.name)?,
        };
        let reason = match linked {
            LinkOutcome::Linked => {
                self.counts.linked.add(file.size);
                return Ok(());
            }
            LinkOutcome::SourceMissing => return self.miss(key),
            LinkOutcome::TooManyLinks => return self.link_fresh_inode(file, to),
            LinkOutcome::TargetExists => return Err(occupied(to.path())),
            LinkOutcome::CrossDevice => "the objects lie on another file system",
            LinkOutcome::NotPermitted => "the file system makes no hard links",
        };
        if self.copies.link_mode == LinkMode::Hardlink {
            return Err(Error::NoLinks {
                path: self.copies.root.to_path_buf(),
                reason: reason.into(),
            });
        }
        self.placed()
            .no_links_because
            .get_or_insert_with(|| reason.into());
        self.links_fail.store(true, Ordering::Relaxed);
        self.stand_in(file, to)
    }

    /// Whether nobody looked yet, and the object of the store needs something.
    fn is_altered(&self, file: TreeFile<'_>) -> Result<bool> {
        Ok(
            self.seals == Seals::Unseen
                && self.objects.need(&file.key, file.size)? != Need::Nothing,
        )
    }

    /// A sealed copy where a link should be.
    fn stand_in(&self, file: TreeFile<'_>, to: Spot<'_>) -> Result<()> {
        self.copy(file, Role::Linked, to, &objects::sealed(&file.key))
    }

    /// The inode has as many links as the file system allows: a fresh one takes over the object's name.
    fn link_fresh_inode(&self, file: TreeFile<'_>, to: Spot<'_>) -> Result<()> {
        let key = file.key;
        let staged = self.fresh.place(&key)?;
        {
            // One thread makes the new inode; the others find it.
            let _turn = lock(&self.renewing);
            if self.fresh.file(&key).is_none() {
                match self
                    .copies
                    .of_object(&key, &staged, &objects::sealed(&key))?
                {
                    ObjectCopy::Made(_) => self.fresh.add(key, Need::Renew),
                    ObjectCopy::Unusable => return self.miss(key),
                }
            }
        }
        match link::hard_link(&staged, &to.path())? {
            LinkOutcome::Linked => {
                self.counts.linked.add(file.size);
                Ok(())
            }
            _ => self.stand_in(file, to),
        }
    }

    fn copy(
        &self,
        file: TreeFile<'_>,
        role: Role,
        to: Spot<'_>,
        attributes: &Attributes,
    ) -> Result<()> {
        self.placed().add(file, role);
        let to = to.path();
        if file.size == 0 {
            file::write_new(&to, b"", attributes)?;
            self.counts.copied.add(0);
            return Ok(());
        }
        let made = match self.fresh.file(&file.key) {
            Some(staged) => self.copies.of_staged(&staged, &to, attributes)?,
            None => match self.copies.of_object(&file.key, &to, attributes)? {
                ObjectCopy::Made(made) => made,
                ObjectCopy::Unusable => return self.miss(file.key),
            },
        };
        match made {
            Made::Cloned => self.counts.reflinked.add(file.size),
            Made::Copied => self.counts.copied.add(file.size),
        }
        Ok(())
    }

    /// A sweep may have taken an object of the store. Nobody takes one that this install staged: without it no other try would end
    /// better.
    fn miss(&self, key: ObjectKey) -> Result<()> {
        if let Some(staged) = self.fresh.file(&key) {
            return Err(Error::Damaged {
                path: staged,
                problem: "it was staged a moment ago, and is gone".into(),
            });
        }
        self.placed().missing.insert(key);
        if self.seals == Seals::Unseen {
            self.is_in_vain.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn placed(&self) -> std::sync::MutexGuard<'_, Placed> {
        lock(&self.placed)
    }
}

fn occupied(path: PathBuf) -> Error {
    Error::Damaged {
        path,
        problem: "something is in the way in staging".into(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics with this lock")
}
