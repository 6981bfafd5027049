//! Looking at every file of a published directory against its tree (I7): by stat alone, or re-hashing every content. What is
//! reached only through a symbolic link is not in the directory.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use linkstead_format::{
    ExecClass, LayoutKind, ObjectKey, Receipt, Tree, TreeEntry, TreeKind, seal,
};
use linkstead_fs::stat::{self, FileKind, FileStat};
use rayon::prelude::*;
use serde::Serialize;

use crate::control::Control;
use crate::error::Result;
use crate::install::{Role, Roles};
use crate::objects;
use crate::observe::Meter;
use crate::pool::Pool;
use crate::unreadable;

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
    /// The system does not let us look at it or read it.
    Unreadable {
        /// What the system said.
        problem: String,
    },
}

/// How closely a walk looks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Depth<'a> {
    /// Stat each file; only a suspect is re-hashed.
    Stat,
    /// Re-hash every file but those that are the inode of an object that was hashed already.
    Hash(&'a HashMap<ObjectKey, (u64, u64)>),
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

/// A published directory and what it should hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directory<'a> {
    pub(crate) path: &'a Path,
    pub(crate) tree: &'a Tree,
    pub(crate) receipt: &'a Receipt,
}

/// What a walk saw.
#[derive(Debug)]
pub(crate) struct Walked {
    /// What is wrong, in the order of the tree.
    pub(crate) findings: Vec<Finding>,
    /// The entries that are sound files without a second name, so that none of them can be an object's inode; empty ones and
    /// private ones that were not looked at aside.
    pub(crate) unshared: Vec<usize>,
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
    let receipt = directory.receipt;
    let roles = Roles::new(&receipt.layout, receipt.exceptions.copied.iter().cloned());
    let look = Look {
        directory: directory.path,
        roles: &roles,
        lost: lost_directories(directory),
        emptied: match private {
            PrivateFiles::Ignored => directories_of_private_files(directory.tree, &roles),
            PrivateFiles::Present => HashSet::new(),
        },
        kind: receipt.layout.kind,
        depth,
        private,
    };
    let seen: Vec<Seen> = pool.run(|| {
        let entries = directory.tree.entries().par_iter().with_min_len(64);
        let look_at = |entry| {
            control.check()?;
            let seen = look.at(entry)?;
            meter.add(1);
            Ok(seen)
        };
        entries.map(look_at).collect::<Result<_>>()
    })?;
    let mut walked = Walked {
        findings: Vec::new(),
        unshared: Vec::new(),
    };
    for (entry, seen) in seen.into_iter().enumerate() {
        match seen {
            Seen::Damaged(damage) => walked.findings.push(Finding { entry, damage }),
            Seen::Unshared => walked.unshared.push(entry),
            Seen::Sound => {}
        }
    }
    Ok(walked)
}

/// What one look says.
enum Seen {
    Sound,
    /// Sound, with one name only.
    Unshared,
    Damaged(Damage),
}

/// The directories of a tree that hold private files and nothing else: they may be gone with them.
fn directories_of_private_files<'t>(tree: &'t Tree, roles: &Roles) -> HashSet<&'t str> {
    let mut private: HashSet<&str> = HashSet::new();
    let mut needed: HashSet<&str> = HashSet::new();
    for entry in tree.entries() {
        let above = match &entry.kind {
            TreeKind::Directory => continue,
            TreeKind::File { size, .. } if roles.of(&entry.path, *size) == Role::Private => {
                &mut private
            }
            TreeKind::File { .. } | TreeKind::Symlink { .. } => &mut needed,
        };
        let mut path = entry.path.as_str();
        while let Some((parent, _)) = path.rsplit_once('/') {
            above.insert(parent);
            path = parent;
        }
    }
    private.retain(|path| !needed.contains(path));
    private
}

/// The directories of a tree that are not there, or are no directories, with all below them; the published directory itself
/// is "". A `stat` of what lies below one would go through a symbolic link in its place.
fn lost_directories<'t>(directory: &Directory<'t>) -> HashSet<&'t str> {
    let mut lost = HashSet::new();
    if is_lost(directory.path) {
        lost.insert("");
    }
    // Parents come first in a tree.
    for entry in directory.tree.entries() {
        let path = entry.path.as_str();
        if entry.kind == TreeKind::Directory
            && (lost.contains(parent_of(path)) || is_lost(&directory.path.join(path)))
        {
            lost.insert(path);
        }
    }
    lost
}

/// One that may not be looked at is not lost: each of its entries tells why it cannot be read.
fn is_lost(directory: &Path) -> bool {
    match stat::stat(directory) {
        Ok(found) => found.is_none_or(|found| found.kind != FileKind::Directory),
        Err(_) => false,
    }
}

fn parent_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
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

impl Look<'_> {
    fn at(&self, entry: &TreeEntry) -> Result<Seen> {
        let path = self.directory.join(entry.path.as_str());
        self.see(entry, &path).or_else(|error| {
            let problem = unreadable::problem_of(error)?;
            Ok(Seen::Damaged(Damage::Unreadable { problem }))
        })
    }

    fn see(&self, entry: &TreeEntry, path: &Path) -> Result<Seen> {
        let (private, size) = match &entry.kind {
            TreeKind::File { size, .. } => {
                let role = self.roles.of(&entry.path, *size);
                (role == Role::Private, *size)
            }
            _ => (false, 0),
        };
        if private && self.private == PrivateFiles::Ignored {
            return Ok(Seen::Sound);
        }
        let found = match self.lost.contains(parent_of(entry.path.as_str())) {
            true => None,
            false => stat::stat(path)?,
        };
        let Some(found) = found else {
            return Ok(match self.emptied.contains(entry.path.as_str()) {
                true => Seen::Sound,
                false => Seen::Damaged(Damage::Missing),
            });
        };
        let damage = match private {
            true => None,
            false => self.damage(entry, path, &found)?,
        };
        Ok(match damage {
            Some(damage) => Seen::Damaged(damage),
            None if size > 0 && found.links < 2 => Seen::Unshared,
            None => Seen::Sound,
        })
    }

    fn damage(&self, entry: &TreeEntry, path: &Path, found: &FileStat) -> Result<Option<Damage>> {
        match &entry.kind {
            TreeKind::Directory => {
                Ok((found.kind != FileKind::Directory).then_some(Damage::WrongKind))
            }
            TreeKind::Symlink { target } => {
                if found.kind != FileKind::Symlink {
                    return Ok(Some(Damage::WrongKind));
                }
                let right = std::fs::read_link(path).is_ok_and(|to| to == Path::new(target));
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
        path: &Path,
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
        let known_good = match self.depth {
            Depth::Stat => {
                self.kind == LayoutKind::Isolated || objects::is_sealed(found, &key.id, size)
            }
            Depth::Hash(hashed) => hashed.get(key) == Some(&(found.device, found.inode)),
        };
        if known_good || size == 0 {
            return Ok(None);
        }
        match objects::hash_file(path)? {
            None => Ok(Some(Damage::Missing)),
            Some((id, _)) => Ok((id != key.id).then_some(Damage::Altered)),
        }
    }
}

/// In a published directory more bits than the class has are the host's own choice; too few are damage.
fn usable(mode: u32, exec: ExecClass) -> bool {
    seal::mode_fits(mode, exec) || (exec == ExecClass::Plain && mode & 0o400 != 0)
}
