//! Making durable what was written.

use std::path::PathBuf;

use linkstead_fs::sync::{Filesystem, SyncBatch, SyncMethod, Synced};

use crate::error::Result;
use crate::options::SyncPolicy;

/// Up to so many files and directories are synced one by one; from there on one sync of the file system costs less.
/// Measured: 12,551 files take 6.4 s one by one, 0.7 s together; a whole sync costs as little as some tens of single ones.
pub(crate) const FEW: usize = 64;

/// Syncs these files and directories, which lie on this file system.
#[track_caller]
pub(crate) fn sync_paths(
    policy: SyncPolicy,
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
    filesystem: &Filesystem,
) -> Result<Synced> {
    let method = match policy {
        SyncPolicy::Filesystem => SyncMethod::WholeFilesystem,
        SyncPolicy::EachFile => SyncMethod::EachFile,
        SyncPolicy::Auto if files.len() + directories.len() <= FEW => SyncMethod::EachFile,
        SyncPolicy::Auto => SyncMethod::WholeFilesystem,
    };
    let mut batch = SyncBatch::new();
    for file in files {
        batch.add_file(file);
    }
    for directory in directories {
        batch.add_directory(directory);
    }
    Ok(batch.sync(method, filesystem)?)
}
