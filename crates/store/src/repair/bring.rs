//! Bringing the content of damaged objects into staging, sealed: from a copy that is hashed while it is copied, else from an
//! archive. Takes no store lock.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::{DigestHasher, ObjectId, ObjectKey};
use linkstead_fs::link;
use linkstead_fs::stat::{self, FileStat};

use super::Repair;
use crate::error::Result;
use crate::objects;
use crate::unreadable;
use crate::verify::Copies;

/// What can be done for one object.
pub(super) enum Cure {
    /// A fresh inode with its content lies in staging.
    Fresh(PathBuf),
    /// Its content was right when it was this, and nobody else has the inode: its seal can be set again.
    Seal(FileStat),
    /// Nothing: its content is nowhere.
    None,
}

impl Repair<'_> {
    /// Finds the cure of an object. `lengths` are those of all objects that are sought.
    pub(super) fn cure(
        &mut self,
        key: &ObjectKey,
        copies: &Copies,
        lengths: &HashSet<u64>,
    ) -> Result<Cure> {
        self.locks.control().check()?;
        let path = self.store.path(key.relative_path());
        if let Some(found) = unshared_and_right(&path, &key.id)? {
            return Ok(Cure::Seal(found));
        }
        for candidate in copies.candidates(&key.id) {
            let to = self.staging.scratch();
            if copy_if_right(candidate, key, &to)? {
                return Ok(Cure::Fresh(to));
            }
        }
        let to = self.staging.scratch();
        let control = self.locks.control();
        Ok(match self.archives.bring(key, &to, lengths, control)? {
            true => Cure::Fresh(to),
            false => Cure::None,
        })
    }
}

/// The object's inode, if only its own name has it and its content is right.
fn unshared_and_right(path: &Path, id: &ObjectId) -> Result<Option<FileStat>> {
    let Ok(Some(found)) = stat::stat(path) else {
        return Ok(None);
    };
    if found.kind != stat::FileKind::File || found.links != 1 {
        return Ok(None);
    }
    match objects::hash_file(path) {
        // Nobody wrote to it meanwhile.
        Ok(Some((hashed, _))) if hashed == *id && stat::stat(path)? == Some(found) => {
            Ok(Some(found))
        }
        Ok(_) => Ok(None),
        Err(error) => unreadable::problem_of(error).map(|_| None),
    }
}

/// Copies a file and seals the copy; nothing is left if its content is another one, or cannot be read.
fn copy_if_right(from: &Path, key: &ObjectKey, to: &Path) -> Result<bool> {
    let mut hasher = DigestHasher::new();
    let copied = link::begin_copy(from, to, &mut |part| {
        hasher.update(part);
    });
    match copied {
        Ok(copy) if ObjectId::from_digest(hasher.finish()) == key.id => {
            copy.finish(&objects::sealed(key))?;
            Ok(true)
        }
        Ok(_) => Ok(false),
        // What cannot be read has no right content; what cannot be written is no fault of the copy.
        Err(error) if error.path() == from => unreadable::problem_of(error.into()).map(|_| false),
        Err(error) => Err(error.into()),
    }
}
