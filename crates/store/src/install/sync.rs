//! Steps 6 and 12: makes what was written durable. Only this makes the token without which nothing is published.

use std::path::PathBuf;

use linkstead_fs::sync::{Filesystem, SyncBatch, SyncMethod, Synced};

use super::Install;
use crate::error::Result;
use crate::options::SyncPolicy;

/// Up to so many files and directories are synced one by one; from there on one sync of the file system costs less.
/// Measured: 12,551 files take 6.4 s one by one, 0.7 s together; a whole sync costs as little as some tens of single ones.
const FEW: usize = 64;

impl Install<'_> {
    /// Syncs these files and directories.
    #[track_caller]
    pub(super) fn sync(&self, files: Vec<PathBuf>, directories: Vec<PathBuf>) -> Result<Synced> {
        sync_paths(self.options.sync, files, directories, &self.filesystem)
    }
}

/// Syncs these files and directories, which lie on this file system.
#[track_caller]
pub(crate) fn sync_paths(
    policy: SyncPolicy,
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
    filesystem: &Filesystem,
) -> Result<Synced> {
    let method = method(policy, files.len() + directories.len());
    let mut batch = SyncBatch::new();
    for file in files {
        batch.add_file(file);
    }
    for directory in directories {
        batch.add_directory(directory);
    }
    Ok(batch.sync(method, filesystem)?)
}

/// How so many files and directories are synced.
fn method(policy: SyncPolicy, paths: usize) -> SyncMethod {
    match policy {
        // Nothing takes no sync at all.
        _ if paths == 0 => SyncMethod::EachFile,
        SyncPolicy::Filesystem => SyncMethod::WholeFilesystem,
        SyncPolicy::EachFile => SyncMethod::EachFile,
        SyncPolicy::Auto if paths <= FEW => SyncMethod::EachFile,
        SyncPolicy::Auto => SyncMethod::WholeFilesystem,
    }
}
