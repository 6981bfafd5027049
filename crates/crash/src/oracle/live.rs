//! What one process may hold the store to while others work on it.

use std::path::Path;

use linkstead_fs::lock::{self, LockMode};
use linkstead_store::Store;

use super::{Judged, broken, open_to_read, pins_hold, resolve};
use crate::ledger::Ledger;
use crate::sample::Sample;

/// The promises about one name, which nobody touches at this moment; others may be busy with all else.
///
/// # Errors
/// The first promise that is broken.
pub fn own_name(root: &Path, name: &str, ledger: &Ledger) -> Judged {
    let Some(store) = open_to_read(root, ledger)? else {
        return Ok(());
    };
    for sample in ledger.installed() {
        let found = store.resolve(&sample.reference())?;
        if let Some(flaw) = sample.flaw_of(&found.path) {
            return broken(format!("{sample} is not whole: {flaw}"));
        }
    }
    for sample in ledger.unsure() {
        if let Ok(found) = store.resolve(&sample.reference())
            && let Some(flaw) = sample.flaw_of(&found.path)
        {
            return broken(format!("{sample} is visible and not whole: {flaw}"));
        }
    }
    pins_hold(&store, ledger, |sample| sample.name() == name)?;
    let meant = resolve(&store, name)?;
    match ledger.current().first() {
        Some(current) if meant != Some(*current) => {
            broken(format!("{name} means {meant:?}, not {current}"))
        }
        _ => Ok(()),
    }
}

/// Every visible bundle is whole, while others install and remove: each is looked at under a lease.
///
/// # Errors
/// One that is not.
pub fn visible_are_whole(store: &Store) -> Judged {
    for listed in store.list()? {
        let label = format!("{}@{}", listed.name, listed.version);
        let Ok(sample) = label.parse::<Sample>() else {
            return broken(format!("{label} is visible and was never installed"));
        };
        let Ok(Some(_lease)) = lock::try_lock_dir(&listed.directory, LockMode::Shared) else {
            continue;
        };
        // Only a directory that the name still means is promised; one that was removed meanwhile is not ours to judge.
        let means = store.resolve(&sample.reference());
        if means.is_ok_and(|found| found.path == listed.directory)
            && let Some(flaw) = sample.flaw_of(&listed.directory)
        {
            return broken(format!("{sample} is visible and not whole: {flaw}"));
        }
    }
    Ok(())
}
