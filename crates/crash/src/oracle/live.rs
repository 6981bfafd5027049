//! What one process may hold the store to while others work on it.

use std::fs::{self, File, Metadata};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use linkstead_fs::lock::{self, LockMode};
use linkstead_store::Store;

use super::{Judged, broken, open_to_read, pins_hold, resolve};
use crate::checking_out;
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

/// What is at the path of the checkout is one of these, whole, while others check out to it: it is looked at under a lease, and
/// wherever it lies by now.
///
/// # Errors
/// It is none of them.
pub fn checkout_is_whole(root: &Path, samples: &[Sample]) -> Judged {
    let path = checking_out::path(root);
    let (Ok(directory), Ok(Some(_lease))) = (
        File::open(&path),
        lock::try_lock_dir(&path, LockMode::Shared),
    ) else {
        return Ok(());
    };
    let identity =
        |found: std::io::Result<Metadata>| Some((found.as_ref().ok()?.dev(), found.ok()?.ino()));
    // Another took its place between the two: nobody holds this one.
    if identity(directory.metadata()) != identity(fs::metadata(&path)) {
        return Ok(());
    }
    let held = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    let flaws = samples.iter().map(|sample| sample.flaw_of(&held));
    let flaws: Option<Vec<String>> = flaws.collect();
    match flaws {
        None => Ok(()),
        Some(flaws) => broken(format!("the checkout is none of them: {flaws:?}")),
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
