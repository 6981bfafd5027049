//! One operation in the middle of another: races that a crowd meets seldom, met each time.

use std::path::Path;

use linkstead_fs::lock::{self, FileLock, LockMode};
use linkstead_store::{
    Error, Event, GcOptions, InstallOptions, Observer, Phase, RemoveOptions, Silent, Store,
};

use crate::deed::{self, Manner};
use crate::sample::Sample;

/// Collects, and installs a bundle between the plan and the sweep.
///
/// # Errors
/// What the engine says.
pub fn install_during_gc(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = deed::open(root)?;
    let options = GcOptions::default();
    let gc = store.gc(&options, &Silent)?;
    deed::install(&deed::open(root)?, sample, Manner::Linked)?;
    gc.sweep().map(drop)
}

/// Installs a bundle, and collects when its tree is staged and nothing of it is named yet.
///
/// # Errors
/// What the engine says.
pub fn gc_during_install(store: &Store, sample: Sample) -> Result<(), Error> {
    let observer = Collects { store };
    let options = InstallOptions::default();
    store
        .install(sample.source(), &options, &observer)
        .map(drop)
}

/// Removes a bundle that somebody uses, which must be refused.
///
/// # Errors
/// What the engine says; that it was removed.
pub fn remove_while_leased(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = deed::open(root)?;
    let directory = store.resolve(&sample.reference())?.path;
    let _lease = lock::try_lock_dir(&directory, LockMode::Shared)?;
    match store.remove(&sample.reference(), &RemoveOptions::default(), &Silent) {
        Err(Error::InUse { .. }) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(Error::Damaged {
            path: directory,
            problem: "it was removed under a lease".into(),
        }),
    }
}

/// Collects while somebody uses a directory that no name means.
///
/// # Errors
/// What the engine says; that the directory was taken, or would have been.
pub fn collect_while_leased(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = deed::open(root)?;
    let options = GcOptions::default();
    let Some(directory) = sample.directory_in(root) else {
        // Whoever was here before has taken it, as no name means it.
        return store.gc(&options, &Silent)?.sweep().map(drop);
    };
    let _lease = lock::try_lock_dir(&directory, LockMode::Shared)?;
    let gc = store.gc(&options, &Silent)?;
    let mut planned = gc.plan().bundles.iter();
    let problem = match planned.any(|bundle| bundle.directory == directory) {
        true => Some("the plan would take what is leased".to_owned()),
        false => {
            gc.sweep()?;
            sample.flaw_of(&directory)
        }
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(Error::Damaged {
            path: directory,
            problem,
        }),
    }
}

/// The store lock as an install has it in its window.
///
/// # Panics
/// There is no store.
#[must_use]
pub fn hold_window(root: &Path) -> Option<FileLock> {
    let held = lock::try_lock_file(&root.join("locks/store"), LockMode::Shared);
    held.expect("the store was made")
}

/// Another process' gc, as far as locks can tell: a thread of its own, with descriptors of its own.
struct Collects<'a> {
    store: &'a Store,
}

impl Observer for Collects<'_> {
    fn event(&self, event: &Event) {
        if !matches!(event, Event::Phase { phase: Phase::Sync }) {
            return;
        }
        std::thread::scope(|scope| {
            let collected = scope.spawn(|| {
                let options = GcOptions::default();
                self.store.gc(&options, &Silent)?.sweep()
            });
            // A fault that befell it is reported by what the install meets next.
            let _ = collected.join().expect("no panic");
        });
    }
}
