//! Steps 6 and 12: makes what was written durable. Only this makes the token without which nothing is published.

use std::path::PathBuf;

use linkstead_fs::sync::Synced;

use super::materialize::Farm;
use super::{Install, Staged};
use crate::error::Result;
use crate::farm::{FEW, sync_paths};
use crate::options::SyncPolicy;

/// Bytes and files of a directory's own that are synced in a commit window, at most: others wait for it, and some systems sync each
/// file by itself.
const LITTLE: u64 = 4 << 20;
const SEVERAL: usize = 1024;

impl Install<'_> {
    /// Step 6: the bytes of new objects, before these have names; and those of files that are no links, unless they may wait for
    /// the sync of step 12, which costs the less then.
    pub(super) fn sync_staged(&self, staged: &mut Staged) -> Result<Synced> {
        let mut files = staged.fresh.files();
        if !self.may_wait(&staged.farm) {
            files.append(&mut staged.farm.own_files);
        }
        self.sync(files, Vec::new())
    }

    fn may_wait(&self, farm: &Farm) -> bool {
        let most = match self.options.sync {
            SyncPolicy::EachFile => FEW,
            SyncPolicy::Auto | SyncPolicy::Filesystem => SEVERAL,
        };
        farm.own_bytes <= LITTLE && farm.own_files.len() <= most
    }

    /// Syncs these files and directories.
    #[track_caller]
    pub(super) fn sync(&self, files: Vec<PathBuf>, directories: Vec<PathBuf>) -> Result<Synced> {
        sync_paths(self.options.sync, files, directories, &self.filesystem)
    }
}
