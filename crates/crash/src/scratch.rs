//! Directories for thousands of short-lived stores, in memory where the system has such a place, for a sync costs nothing there;
//! and where in such a directory, or on such a disk, the store lies.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where Linux keeps files in memory.
const IN_MEMORY: &str = "/dev/shm";

/// An empty directory that is removed when dropped.
///
/// # Panics
/// None can be made.
#[must_use]
pub fn directory() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("linkstead-crash-");
    builder
        .tempdir_in(Path::new(IN_MEMORY))
        .or_else(|_| builder.tempdir())
        .expect("a temporary directory")
}

/// The store of a directory that is its alone. What it lies in is missing at first, so that whoever makes a store makes that too.
#[must_use]
pub fn store_in(directory: &Path) -> PathBuf {
    directory.join("host/linkstead")
}
