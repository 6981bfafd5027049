//! Looking at every file of a published directory against its tree (I7): by stat alone, or re-hashing every content. What is
//! reached only through a symbolic link is not in the directory.
//!
//! Where all objects were looked at before, a directory's listing tells which of its files are their inodes: of such a file
//! that look says everything, and its verdict is as old.

mod depth;
mod directories;
mod place;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::{
    ExecClass, Layout, LayoutKind, ObjectKey, Receipt, Tree, TreeEntry, TreeKind, TreePath, seal,
};
use linkstead_fs::link;
use linkstead_fs::stat::{FileKind, FileStat};
use linkstead_fs::{DirHandle, Listing};
use rayon::prelude::*;
use serde::Serialize;

use crate::control::Control;
use crate::error::Result;
use crate::objects;
use crate::observe::Meter;
use crate::pool::Pool;
use crate::roles::{Role, Roles};
use crate::unreadable;

pub(crate) use depth::Depth;

use directories::{lost_directories, of_private_files};
use place::{Place, Run};

/// What is wrong with one path of a published directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "damage", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Damage {
    /// It is not there.
    Missing,
    /// It is something else: a directory where a file should be, or the like.
    WrongKind,
    /// A symbolic link with another target.
    WrongTarget,
    /// The content is another one.
    Altered,
    /// The owner cannot read it, or cannot execute what is executable.
    WrongMode,
    /// Its time is not its seal, and its content was not read: it may be altered.
    Suspect,
    /// The system does not let us look at it or read it.
    Unreadable {
        /// What the system said.
        problem: String,
    },
}

/// A damaged path: the index of its entry in the tree, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) entry: usize,
    pub(crate) damage: Damage,
}

/// Whether private files that are gone count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrivateFiles {
    /// They are the server's own: gone or changed is no damage.
    Ignored,
    /// They must be there, whatever they hold: an install brings every file.
    Present,
}

/// A directory, published or checked out, and what it should hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directory<'a> {
    pub(crate) path: &'a Path,
    pub(crate) tree: &'a Tree,
    pub(crate) layout: &'a Layout,
    /// Its files that have inodes of their own, though the layout is linked.
    pub(crate) copied: &'a [TreePath],
}

impl<'a> Directory<'a> {
    /// A published one, with its tree.
    pub(crate) fn of_receipt(path: &'a Path, tree: &'a Tree, receipt: &'a Receipt) -> Self {
        Directory {
            path,
            tree,
            layout: &receipt.layout,
            copied: &receipt.exceptions.copied,
        }
    }

    /// What each of its files is.
    fn roles(&self) -> Roles {
        Roles::new(self.layout, self.copied.iter().cloned())
    }
}

/// What a walk saw.
#[derive(Debug)]
pub(crate) struct Walked {
    /// What is wrong, in the order of the tree.
    pub(crate) findings: Vec<Finding>,
    /// The entries that are sound files without a second name, so that none of them can be an object's inode; empty ones and
    /// private ones that were not looked at aside.
    pub(crate) unshared: Vec<usize>,
    /// The entries that are sound and could be their object's inode, but are not: twins. Only where the objects are known.
    pub(crate) twins: Vec<usize>,
}

/// Walks a published directory.
pub(crate) fn walk(
    pool: &Pool,
    directory: &Directory<'_>,
    depth: Depth<'_>,
    private: PrivateFiles,
    control: &Control,
    meter: &Meter<'_>,
) -> Result<Walked> {
    let roles = directory.roles();
    let look = Look::new(directory, &roles, depth, private);
    let (places, runs) = place::runs(directory.tree.entries());
    let seen: Vec<Vec<Seen>> = pool.run(|| {
        let look_at = |run: &Run<'_>| {
            control.check()?;
            let seen = look.at_neighbours(run.entries, &places[run.place])?;
            meter.add(run.entries.len() as u64);
            Ok(seen)
        };
        runs.par_iter()
            .with_max_len(1)
            .map(look_at)
            .collect::<Result<_>>()
    })?;
    Ok(sorted(seen.into_iter().flatten().enumerate()))
}

/// Looks at these entries only, once more.
pub(crate) fn look_again_at(
    directory: &Directory<'_>,
    depth: Depth<'_>,
    entries: &[usize],
    control: &Control,
) -> Result<Walked> {
    let roles = directory.roles();
    let look = Look::new(directory, &roles, depth, PrivateFiles::Ignored);
    let mut seen = Vec::with_capacity(entries.len());
    for entry in entries {
        control.check()?;
        let entry_of_tree = &directory.tree.entries()[*entry..=*entry];
        let looked = look.at_neighbours(entry_of_tree, &Place::default())?;
        seen.extend(looked.into_iter().map(|seen| (*entry, seen)));
    }
    Ok(sorted(seen.into_iter()))
}

/// What each file of a published directory is.
pub(crate) fn roles_of(receipt: &Receipt) -> Roles {
    Roles::new(&receipt.layout, receipt.exceptions.copied.iter().cloned())
}

fn sorted(seen: impl Iterator<Item = (usize, Seen)>) -> Walked {
    let mut walked = Walked {
        findings: Vec::new(),
        unshared: Vec::new(),
        twins: Vec::new(),
    };
    for (entry, seen) in seen {
        match seen {
            Seen::Damaged(damage) => walked.findings.push(Finding { entry, damage }),
            Seen::Unshared => walked.unshared.push(entry),
            Seen::Twin => walked.twins.push(entry),
            Seen::Sound => {}
        }
    }
    walked
}

/// What one look says.
enum Seen {
    Sound,
    /// Sound, with one name only.
    Unshared,
    /// Sound, and not the inode of its object as it should be.
    Twin,
    Damaged(Damage),
}

struct Look<'a> {
    directory: &'a Path,
    roles: &'a Roles,
    lost: HashSet<&'a str>,
    emptied: HashSet<&'a str>,
    kind: LayoutKind,
    depth: Depth<'a>,
    private: PrivateFiles,
}

impl<'a> Look<'a> {
    fn new(
        directory: &Directory<'a>,
        roles: &'a Roles,
        depth: Depth<'a>,
        private: PrivateFiles,
    ) -> Self {
        Look {
            directory: directory.path,
            roles,
            lost: lost_directories(directory),
            emptied: match private {
                PrivateFiles::Ignored => of_private_files(directory.tree, roles),
                PrivateFiles::Present => HashSet::new(),
            },
            kind: directory.layout.kind,
            depth,
            private,
        }
    }
}

impl Look<'_> {
    /// Looks at entries that lie in one directory.
    fn at_neighbours(&self, entries: &[TreeEntry], place: &Place) -> Result<Vec<Seen>> {
        let Some(first) = entries.first() else {
            return Ok(Vec::new());
        };
        let parent = first.path.parent_str().unwrap_or_default();
        let path = self.directory.join(parent);
        let holder = match self.lost.contains(parent) {
            true => None,
            // One that cannot be opened tells of each name why.
            false => Some(match DirHandle::open(&path) {
                Ok(Some(holder)) => holder,
                _ => DirHandle::by_path(&path),
            }),
        };
        let listing = match &holder {
            Some(holder) if self.may_list() => place.listing(holder, first.path.file_name()),
            _ => None,
        };
        let look = |entry| {
            if listing.is_some_and(|listing| self.is_listed_object(entry, listing)) {
                return Ok(Seen::Sound);
            }
            self.see(entry, holder.as_ref()).or_else(|error| {
                let problem = unreadable::problem_of(error)?;
                Ok(Seen::Damaged(Damage::Unreadable { problem }))
            })
        };
        entries.iter().map(look).collect()
    }

    /// Whether a listing can tell anything.
    fn may_list(&self) -> bool {
        self.kind == LayoutKind::Linked && self.depth.knows_objects()
    }

    /// Whether an entry is the link that it should be of an object that was found sound, so that nothing else need be looked at.
    fn is_listed_object(&self, entry: &TreeEntry, listing: &Listing) -> bool {
        let listed = listing.file(entry.path.file_name());
        let (Some(file), Some(of_tree)) = (listed, entry.file()) else {
            return false;
        };
        self.depth.is_sound_object(file, &of_tree.key, of_tree.size)
            && self.roles.of(of_tree.path, of_tree.size) == Role::Linked
    }

    fn see(&self, entry: &TreeEntry, holder: Option<&DirHandle>) -> Result<Seen> {
        let (role, size) = match &entry.kind {
            TreeKind::File { size, .. } => (Some(self.roles.of(&entry.path, *size)), *size),
            _ => (None, 0),
        };
        let private = role == Some(Role::Private);
        if private && self.private == PrivateFiles::Ignored {
            return Ok(Seen::Sound);
        }
        let name = entry.path.file_name();
        let found = match holder {
            Some(holder) => holder.stat(name)?.map(|found| (holder, found)),
            None => None,
        };
        let Some((holder, found)) = found else {
            return Ok(match self.emptied.contains(entry.path.as_str()) {
                true => Seen::Sound,
                false => Seen::Damaged(Damage::Missing),
            });
        };
        let damage = match private {
            true => None,
            false => self.damage(entry, || holder.join(name), &found)?,
        };
        Ok(match damage {
            Some(damage) => Seen::Damaged(damage),
            None if role == Some(Role::Linked) && self.is_twin(entry, &found) => Seen::Twin,
            None if size > 0 && found.links < 2 => Seen::Unshared,
            None => Seen::Sound,
        })
    }

    /// A host that gave its file more bits keeps them: such a file is no twin.
    fn is_twin(&self, entry: &TreeEntry, found: &FileStat) -> bool {
        entry.file().is_some_and(|file| {
            seal::mode_fits(found.mode, file.key.exec) && self.depth.is_apart(found, &file.key)
        })
    }

    fn damage(
        &self,
        entry: &TreeEntry,
        path: impl FnOnce() -> PathBuf,
        found: &FileStat,
    ) -> Result<Option<Damage>> {
        match &entry.kind {
            TreeKind::Directory => {
                Ok((found.kind != FileKind::Directory).then_some(Damage::WrongKind))
            }
            TreeKind::Symlink { target } => {
                if found.kind != FileKind::Symlink {
                    return Ok(Some(Damage::WrongKind));
                }
                let right = link::read_link(&path()).is_ok_and(|to| to == Path::new(target));
                Ok((!right).then_some(Damage::WrongTarget))
            }
            TreeKind::File { exec, object, size } => {
                let key = ObjectKey {
                    id: *object,
                    exec: *exec,
                };
                self.file(path, found, &key, *size)
            }
        }
    }

    fn file(
        &self,
        path: impl FnOnce() -> PathBuf,
        found: &FileStat,
        key: &ObjectKey,
        size: u64,
    ) -> Result<Option<Damage>> {
        if found.kind != FileKind::File {
            return Ok(Some(Damage::WrongKind));
        }
        if found.size != size {
            return Ok(Some(Damage::Altered));
        }
        if !usable(found.mode, key.exec) {
            return Ok(Some(Damage::WrongMode));
        }
        let looks_whole = match self.kind {
            LayoutKind::Isolated => !objects::is_unsealed(found),
            LayoutKind::Linked => objects::is_sealed(found, &key.id, size),
        };
        let known_good = match self.depth {
            Depth::Stat | Depth::Look(_) => looks_whole,
            Depth::Hash(_) => !self.depth.is_apart(found, key) && self.depth.knows(key),
        };
        if known_good || size == 0 {
            return Ok(None);
        }
        if matches!(self.depth, Depth::Look(_)) {
            return Ok(Some(Damage::Suspect));
        }
        match objects::hash_file(&path())? {
            None => Ok(Some(Damage::Missing)),
            Some((id, _)) => Ok((id != key.id).then_some(Damage::Altered)),
        }
    }
}

/// In a published directory more bits than the class has are the host's own choice; too few are damage.
fn usable(mode: u32, exec: ExecClass) -> bool {
    seal::mode_fits(mode, exec) || (exec == ExecClass::Plain && mode & 0o400 != 0)
}
