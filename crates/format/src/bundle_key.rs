//! What tells one published directory from all others, and where it lies.

use std::path::PathBuf;

use crate::directory::DirectoryName;
use crate::name::{BundleName, Version};
use crate::paths;

/// A published directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleKey {
    /// The bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// The last component of its directory.
    pub directory: DirectoryName,
}

impl BundleKey {
    /// Its directory, relative to the store.
    pub fn published(&self) -> PathBuf {
        paths::published(&self.name, &self.version, &self.directory)
    }

    /// The receipt beside it.
    pub fn receipt(&self) -> PathBuf {
        paths::receipt(&self.name, &self.version, &self.directory)
    }

    /// Its use stamp.
    pub fn use_stamp(&self) -> PathBuf {
        paths::use_stamp(&self.name, &self.version, &self.directory)
    }
}
