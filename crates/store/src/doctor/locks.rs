//! Who holds the store's locks and who waits for them, as far as the system tells. No lock is taken.

use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::dir;
use linkstead_fs::lock;
use linkstead_fs::stat::FileKind;
use serde::Serialize;

use crate::leases::Holder;

/// A lock that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LockState {
    /// Its name: its path below `locks/`.
    pub lock: String,
    /// Who holds it.
    pub holders: Vec<Holder>,
    /// Who waits for it.
    pub waiting: Vec<Holder>,
}

/// The locks of the store that are held.
pub(super) fn held(root: &Path) -> Vec<LockState> {
    let mut held = Vec::new();
    for folder in [
        paths::LOCKS,
        paths::LOCKS_ARCHIVE,
        paths::LOCKS_CHECKOUT,
        paths::LOCKS_NAME,
    ] {
        let entries = dir::list_if_present(&root.join(folder)).unwrap_or_default();
        for entry in entries {
            let path = root.join(folder).join(&entry.name);
            let queue = lock::queue(&path);
            if entry.kind != FileKind::File || queue == lock::Queue::default() {
                continue;
            }
            let name = path.strip_prefix(root.join(paths::LOCKS)).unwrap_or(&path);
            held.push(LockState {
                lock: name.to_string_lossy().into_owned(),
                holders: queue.holders.into_iter().map(Holder::from).collect(),
                waiting: queue.waiting.into_iter().map(Holder::from).collect(),
            });
        }
    }
    held.sort_by(|a, b| a.lock.cmp(&b.lock));
    held
}
