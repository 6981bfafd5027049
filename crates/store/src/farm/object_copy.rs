//! Copies and clones of objects. A hard link shows whoever looks a broken seal; a copy gets a fresh one, so its content is hashed
//! while it is made: altered content never spreads, even where a writer put the time back.

use std::path::Path;

use linkstead_format::{DigestHasher, ObjectId, ObjectKey};
use linkstead_fs::file::Attributes;
use linkstead_fs::link::{self, ReflinkOutcome};
use linkstead_fs::{dir, stat};

use crate::error::{Error, Result};
use crate::objects;
use crate::options::LinkMode;

/// How a file of its own was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// It shares the blocks of its object until one of them is written.
    Cloned,
    /// It has blocks of its own.
    Copied,
}

/// What became of a copy of an object of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectCopy {
    /// It is there, with the content that the object's name promises.
    Made(Made),
    /// The object is gone, or altered and now without its seal. Nothing was made.
    Unusable,
}

/// Makes the copies of one install.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copier<'a> {
    pub(super) root: &'a Path,
    pub(super) link_mode: LinkMode,
}

impl Copier<'_> {
    /// Copies a file of our own staging, whose content was hashed when it was written.
    pub(super) fn of_staged(
        &self,
        from: &Path,
        to: &Path,
        attributes: &Attributes,
    ) -> Result<Made> {
        if self.clones(from, to, attributes)? {
            return Ok(Made::Cloned);
        }
        link::copy(from, to, attributes)?;
        Ok(Made::Copied)
    }

    /// Copies an object of the store.
    pub(super) fn of_object(
        &self,
        key: &ObjectKey,
        to: &Path,
        attributes: &Attributes,
    ) -> Result<ObjectCopy> {
        let from = self.root.join(key.relative_path());
        // A sweep may take it, as it may before a link.
        let Some(object) = stat::stat(&from)? else {
            return Ok(ObjectCopy::Unusable);
        };
        match self.checked(&from, key, to, attributes) {
            Ok(Some(made)) => Ok(ObjectCopy::Made(made)),
            Ok(None) => {
                objects::unseal(self.root, key, &object)?;
                Ok(ObjectCopy::Unusable)
            }
            Err(Error::Fs(error)) if error.is_not_found() && error.path() == from => {
                Ok(ObjectCopy::Unusable)
            }
            Err(error) => Err(error),
        }
    }

    /// `None` if the content is not what the key says.
    fn checked(
        &self,
        from: &Path,
        key: &ObjectKey,
        to: &Path,
        attributes: &Attributes,
    ) -> Result<Option<Made>> {
        if self.clones(from, to, attributes)? {
            let is_right = objects::hash_file(to)?.is_some_and(|(found, _)| found == key.id);
            if !is_right {
                dir::remove_file(to)?;
            }
            return Ok(is_right.then_some(Made::Cloned));
        }
        let is_right = copy_hashed(from, key, to, attributes)?;
        Ok(is_right.then_some(Made::Copied))
    }

    fn clones(&self, from: &Path, to: &Path, attributes: &Attributes) -> Result<bool> {
        Ok(self.link_mode != LinkMode::Copy
            && link::reflink(from, to, attributes)? == ReflinkOutcome::Cloned)
    }
}

/// Copies a file whose content should be that of an object; if it is not, nothing is made.
pub(crate) fn copy_hashed(
    from: &Path,
    key: &ObjectKey,
    to: &Path,
    attributes: &Attributes,
) -> Result<bool> {
    let mut hasher = DigestHasher::new();
    let copy = link::begin_copy(from, to, &mut |part| {
        hasher.update(part);
    })?;
    let is_right = ObjectId::from_digest(hasher.finish()) == key.id;
    if is_right {
        copy.finish(attributes)?;
    }
    Ok(is_right)
}
