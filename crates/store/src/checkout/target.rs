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
/// twice.
fn is_at_or_below(path: &Path, directory: &Path) -> bool {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    real.ancestors().any(|above| is_same(above, directory)) || is_below_by_origin(&real, directory)
}

/// Where a part of a disk is mounted, what lies above that part has no name on the way to it. Its place in the disk tells.
fn is_below_by_origin(path: &Path, directory: &Path) -> bool {
    let (Some(place), Some(of_directory)) = (Origin::of(path), Origin::of(directory)) else {
        return false;
    };
    let way = place.below(&of_directory);
    way.is_some_and(|way| is_same(&directory.join(way), path))
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (stat::stat(one), stat::stat(other)) {
        (Ok(Some(one)), Ok(Some(other))) => one.is_same_file(&other),
        _ => false,
    }
}
