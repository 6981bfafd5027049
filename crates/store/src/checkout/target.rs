//! The place of a checkout: an absolute path with no symbolic link in it, and the names beside it.

use std::path::{Path, PathBuf};

use linkstead_format::BesidePath;
use linkstead_fs::origin::Origin;
use linkstead_fs::stat::{self, FileKind};
use linkstead_fs::{FsError, Op};

use super::refusal::CheckoutRefusal;
use crate::error::{Error, Result};

/// Where a checkout goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(super) path: PathBuf,
    pub(super) parent: PathBuf,
    text: String,
}

impl Target {
    /// The place that was asked for; `Err` in the result says what stands against it, whatever stands there.
    pub(super) fn new(root: &Path, wanted: &Path, protected: &[PathBuf]) -> Result<Self> {
        let refused = |refusal| refused(wanted, refusal);
        let target = Self::find(wanted)?.map_err(refused)?;
        target.check(root, protected)?.map_err(refused)?;
        Ok(target)
    }

    /// The place of a checkout that was recorded; `None` if no directory can be there.
    pub(super) fn recorded(path: &str) -> Option<Self> {
        BesidePath::of(path)?;
        Some(Target {
            parent: Path::new(path).parent()?.to_path_buf(),
            path: path.into(),
            text: path.to_owned(),
        })
    }

    /// Its path as text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where the new directory is made, and the old one lies after an exchange.
    pub(super) fn fresh(&self, id: &str) -> PathBuf {
        self.parent.join(self.beside().fresh(id))
    }

    /// Where the old directory lies if names could not be exchanged.
    pub(super) fn old(&self, id: &str) -> PathBuf {
        self.parent.join(self.beside().old(id))
    }

    fn beside(&self) -> BesidePath<'_> {
        BesidePath::of(&self.text).expect("a target ends in a name")
    }

    /// Follows the links on the way to it, but not one in its place.
    fn find(wanted: &Path) -> Result<std::result::Result<Self, CheckoutRefusal>> {
        let absolute =
            std::path::absolute(wanted).map_err(|source| FsError::new(Op::Read, wanted, source))?;
        let Some(above) = absolute.parent() else {
            return Ok(Err(CheckoutRefusal::Root));
        };
        let Some(name) = absolute.file_name() else {
            return Ok(Err(CheckoutRefusal::NoName));
        };
        let parent = match above.canonicalize() {
            Ok(parent) if parent.is_dir() => parent,
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(FsError::new(Op::Stat, above, error).into());
            }
            _ => return Ok(Err(CheckoutRefusal::NoParent)),
        };
        let path = parent.join(name);
        let Some(text) = path.to_str().map(str::to_owned) else {
            return Ok(Err(CheckoutRefusal::NotUtf8));
        };
        Ok(Ok(Target { path, parent, text }))
    }

    fn check(
        &self,
        root: &Path,
        protected: &[PathBuf],
    ) -> Result<std::result::Result<(), CheckoutRefusal>> {
        let refusal = match stat::stat(&self.path)? {
            Some(found) if found.kind == FileKind::Symlink => Some(CheckoutRefusal::Symlink),
            Some(found) if found.kind != FileKind::Directory => Some(CheckoutRefusal::NoDirectory),
            Some(_) => self.holds_what_must_stay(root, protected)?,
            None => None,
        };
        if let Some(refusal) = refusal {
            return Ok(Err(refusal));
        }
        if is_at_or_below(&self.parent, root) {
            return Ok(Err(CheckoutRefusal::InStore(root.to_path_buf())));
        }
        Ok(Ok(()))
    }

    fn holds_what_must_stay(
        &self,
        root: &Path,
        protected: &[PathBuf],
    ) -> Result<Option<CheckoutRefusal>> {
        if is_at_or_below(&self.path, root) {
            return Ok(Some(CheckoutRefusal::InStore(root.to_path_buf())));
        }
        if is_at_or_below(root, &self.path) {
            return Ok(Some(CheckoutRefusal::HoldsStore(root.to_path_buf())));
        }
        for path in protected {
            if is_at_or_below(path, &self.path) {
                return Ok(Some(CheckoutRefusal::Protected(path.clone())));
            }
        }
        let is_mount_point = stat::mount(&self.path)? != stat::mount(&self.parent)?;
        Ok(is_mount_point.then_some(CheckoutRefusal::MountPoint))
    }
}

/// The error of a path that is refused.
pub(super) fn refused(path: &Path, reason: CheckoutRefusal) -> Error {
    Error::CheckoutRefused {
        path: path.to_path_buf(),
        reason,
    }
}

/// Whether `path` is that directory or lies below it, whatever names lead there: a disk may not tell `A` from `a`, or be mounted
/// twice. Where a part of it is mounted, what lies above that part has no name on the way, so the place in the disk counts too.
fn is_at_or_below(path: &Path, directory: &Path) -> bool {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let found = |path| stat::stat(path).ok().flatten();
    let Some(of_directory) = found(directory) else {
        return false;
    };
    let is_it = |above| found(above).is_some_and(|found| found.is_same_file(&of_directory));
    real.ancestors().any(is_it)
        || Origin::of(&real).is_some_and(|place| {
            let of_directory = Origin::of(directory);
            of_directory.is_some_and(|of_directory| place.is_at_or_below(&of_directory))
        })
}
