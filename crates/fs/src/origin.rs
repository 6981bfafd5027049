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

    /// Whether it is that directory, or lies below it.
    #[must_use]
    pub fn is_at_or_below(&self, other: &Origin) -> bool {
        self.filesystem == other.filesystem && self.path.starts_with(&other.path)
    }
}
