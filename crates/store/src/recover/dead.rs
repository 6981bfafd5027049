//! What the dead left, as recovery and the plan of a gc find it: stagings and temporary files here, directories in `bundles/` in
//! [`orphans`](super::orphans).

use std::collections::HashSet;
use std::path::PathBuf;

use linkstead_format::{BundleKey, paths};
use linkstead_fs::dir;
use linkstead_fs::lock::{FileLock, LockMode};
use linkstead_fs::stat;

use super::lock_of_the_dead;
use crate::error::Result;
use crate::locks::Exclusive;
use crate::store::Store;

/// Something in `staging/` whose maker lives no more.
pub(super) struct Dead {
    /// What lies there; of a mark alone there is nothing.
    pub(super) path: PathBuf,
    /// Its lock file and that lock; none of a small temporary file.
    pub(super) trace: Option<(PathBuf, FileLock)>,
}

impl Dead {
    /// Whether it is a staging with this id that left its lock.
    pub(super) fn is_of(&self, id: &str) -> bool {
        self.trace.is_some() && self.path.file_name() == Some(id.as_ref())
    }
}

impl Store {
    /// What recovery would doom now, as far as it is there; these directories and receipts are kept.
    pub(crate) fn left_by_the_dead(
        &self,
        _exclusive: &Exclusive,
        kept: &HashSet<BundleKey>,
    ) -> Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        // Shared: two who look at once must not take each other for the living.
        for dead in self.dead_stagings(LockMode::Shared)? {
            if stat::stat(&dead.path)?.is_some() {
                left.push(dead.path);
            }
        }
        left.extend(self.orphans_for_the_trash(kept)?);
        Ok(left)
    }

    /// The caller holds the exclusive store lock: small temporary files are written in windows only, so all that are there now are
    /// dead. One that a power cut brings back is dead still.
    pub(super) fn dead_stagings(&self, mode: LockMode) -> Result<Vec<Dead>> {
        let staging = self.path(paths::STAGING);
        let mut all = Vec::new();
        for entry in dir::list_if_present(&staging)? {
            let path = staging.join(&entry.name);
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("lock") => all.extend(lock_of_the_dead(&path, mode)?.map(|lock| Dead {
                    path: path.with_extension(""),
                    trace: Some((path, lock)),
                })),
                Some(_) => all.push(Dead { path, trace: None }),
                None => {
                    if stat::stat(&path.with_extension("lock"))?.is_none() {
                        all.push(Dead { path, trace: None });
                    }
                }
            }
        }
        Ok(all)
    }
}
