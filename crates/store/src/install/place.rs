//! Putting one file of a tree at a path: as a hard link of its object, or as what must stand in for it.
//!
//! Decided once, remembered, and told why: where hard links cannot be made at all, everything after is copied.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use linkstead_format::{Layout, LayoutKind, ObjectKey, PrivateMatcher, TreeFile, TreePath};
use linkstead_fs::file::{self, Attributes};
use linkstead_fs::link::{self, LinkOutcome};

use super::fresh::Fresh;
use super::object_copy::{Copier, Made, ObjectCopy};
use super::report::Counts;
use crate::error::{Error, Result};
use crate::objects::{self, Need};
use crate::options::LinkMode;

/// What a file of a tree is in a published directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A hard link of its object.
    Linked,
    /// A file of its own that carries the seal: empty files and entry points, and where links cannot be made.
    Sealed,
    /// A file of an isolated directory: its own inode, writable, a fresh mtime.
    Isolated,
    /// The server's own to change.
    Private,
}

/// Says which role each file of a bundle has.
#[derive(Debug)]
pub(crate) struct Roles {
    kind: LayoutKind,
    private: PrivateMatcher,
    own_inode: HashSet<TreePath>,
}

impl Roles {
    /// The roles in a new directory: entry points get inodes of their own, because hosts chmod them at each start.
    pub(crate) fn new(layout: &Layout, own_inode: impl IntoIterator<Item = TreePath>) -> Self {
        Roles {
            kind: layout.kind,
            private: layout.private.matcher(),
            own_inode: own_inode.into_iter().collect(),
        }
    }

    /// Which files are the server's own.
    pub(super) fn private(&self) -> &PrivateMatcher {
        &self.private
    }

    /// The role of one file.
    pub(crate) fn of(&self, path: &TreePath, size: u64) -> Role {
        if self.private.is_private(path) {
            Role::Private
        } else if self.kind == LayoutKind::Isolated {
            Role::Isolated
        } else if size == 0 || self.own_inode.contains(path) {
            Role::Sealed
        } else {
            Role::Linked
        }
    }
}

/// Places the files of one directory, from several threads.
pub(crate) struct Placer<'a> {
    root: &'a Path,
    roles: &'a Roles,
    fresh: &'a Fresh,
    link_mode: LinkMode,
    counts: &'a Counts,
    copies: Copier<'a>,
    no_links: Mutex<Option<String>>,
    copied: Mutex<BTreeSet<TreePath>>,
    missing: Mutex<HashSet<ObjectKey>>,
    renewing: Mutex<()>,
}

/// What a placer remembers when it is done.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    /// Files of a linked layout that are copies.
    pub(crate) copied: BTreeSet<TreePath>,
    /// Objects that were gone when they were to be linked, or altered when they were to be copied.
    pub(crate) missing: HashSet<ObjectKey>,
    /// Why no links were made, if none could be.
    pub(crate) no_links_because: Option<String>,
}

impl<'a> Placer<'a> {
    pub(crate) fn new(
        root: &'a Path,
        roles: &'a Roles,
        fresh: &'a Fresh,
        link_mode: LinkMode,
        counts: &'a Counts,
    ) -> Self {
        Placer {
            root,
            roles,
            fresh,
            link_mode,
            counts,
            copies: Copier { root, link_mode },
            no_links: Mutex::default(),
            copied: Mutex::default(),
            missing: Mutex::default(),
            renewing: Mutex::default(),
        }
    }

    /// Makes one file at `to`, where nothing is yet. A missing object is remembered, not an error.
    pub(crate) fn place(&self, file: TreeFile<'_>, to: &Path) -> Result<()> {
        match self.roles.of(file.path, file.size) {
            Role::Linked => self.link(file, to),
            Role::Sealed => {
                if file.size > 0 {
                    lock(&self.copied).insert(file.path.clone());
                }
                self.copy(file, to, &objects::sealed(&file.key))
            }
            Role::Isolated | Role::Private => self.copy(
                file,
                to,
                &Attributes {
                    mode: file.key.exec.private_mode(),
                    mtime: None,
                },
            ),
        }
    }

    /// What there is to know after all files were placed.
    pub(crate) fn finish(self) -> Placed {
        Placed {
            copied: self.copied.into_inner().unwrap_or_default(),
            missing: self.missing.into_inner().unwrap_or_default(),
            no_links_because: self.no_links.into_inner().unwrap_or_default(),
        }
    }

    fn source(&self, key: &ObjectKey) -> PathBuf {
        self.fresh
            .file(key)
            .unwrap_or_else(|| self.root.join(key.relative_path()))
    }

    fn link(&self, file: TreeFile<'_>, to: &Path) -> Result<()> {
        if lock(&self.no_links).is_some() {
            return self.stand_in(file, to);
        }
        let key = file.key;
        let reason = match link::hard_link(&self.source(&key), to)? {
            LinkOutcome::Linked => {
                self.counts.linked.add(file.size);
                return Ok(());
            }
            LinkOutcome::SourceMissing => return self.miss(key),
            LinkOutcome::TooManyLinks => return self.link_fresh_inode(file, to),
            LinkOutcome::TargetExists => return Err(occupied(to)),
            LinkOutcome::CrossDevice => "the objects lie on another file system",
            LinkOutcome::NotPermitted => "the file system makes no hard links",
        };
        if self.link_mode == LinkMode::Hardlink {
            return Err(Error::NoLinks {
                path: self.root.to_path_buf(),
                reason: reason.into(),
            });
        }
        lock(&self.no_links).get_or_insert_with(|| reason.into());
        self.stand_in(file, to)
    }

    /// A sealed copy where a link should be.
    fn stand_in(&self, file: TreeFile<'_>, to: &Path) -> Result<()> {
        lock(&self.copied).insert(file.path.clone());
        self.copy(file, to, &objects::sealed(&file.key))
    }

    /// The inode has as many links as the file system allows: a fresh one takes over the object's name.
    fn link_fresh_inode(&self, file: TreeFile<'_>, to: &Path) -> Result<()> {
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
        match link::hard_link(&staged, to)? {
            LinkOutcome::Linked => {
                self.counts.linked.add(file.size);
                Ok(())
            }
            _ => self.stand_in(file, to),
        }
    }

    fn copy(&self, file: TreeFile<'_>, to: &Path, attributes: &Attributes) -> Result<()> {
        if file.size == 0 {
            file::write_new(to, b"", attributes)?;
            self.counts.copied.add(0);
            return Ok(());
        }
        let made = match self.fresh.file(&file.key) {
            Some(staged) => self.copies.of_staged(&staged, to, attributes)?,
            None => match self.copies.of_object(&file.key, to, attributes)? {
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
        lock(&self.missing).insert(key);
        Ok(())
    }
}

fn occupied(path: &Path) -> Error {
    Error::Damaged {
        path: path.to_path_buf(),
        problem: "something is in the way in staging".into(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics with this lock")
}
