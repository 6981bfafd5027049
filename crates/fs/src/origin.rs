//! Where a directory lies in its own filesystem, whatever mounts lead there.

use std::path::{Path, PathBuf};

use crate::platform;

/// A place in a filesystem, told from its top. Of what is mounted twice, as a whole or in part, both places are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    filesystem: String,
    path: PathBuf,
}

impl Origin {
    /// The place of a directory; `None` if it is not there, or where the system does not tell.
    #[must_use]
    pub fn of(directory: &Path) -> Option<Self> {
        let directory = directory.canonicalize().ok()?;
        let (filesystem, path) = platform::origin(&directory)?;
        Some(Origin { filesystem, path })
    }

    /// The way to it from that directory, if it is that one or lies below it. Some network filesystems tell one place of two: what
    /// the way leads to is to be compared.
    #[must_use]
    pub fn below(&self, other: &Origin) -> Option<&Path> {
        match self.filesystem == other.filesystem {
            true => self.path.strip_prefix(&other.path).ok(),
            false => None,
        }
    }
}
