//! One operation in the middle of another: races that a crowd meets seldom, met each time.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use linkstead_fs::lock::{self, FileLock, LockMode};
use linkstead_store::{
    Error, Event, HeldBundle, InstallOptions, LeaseOptions, Observer, Phase, RemoveOptions, Silent,
    Store,
};

use crate::deed::{self, Manner};
use crate::sample::Sample;

/// Collects, and installs a bundle between the plan and the sweep.
///
/// # Errors
/// What the engine says.
pub fn install_during_gc(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = deed::open(root)?;
    let options = deed::collection();
    let gc = store.gc(&options, &Silent)?;
    deed::install(&deed::open(root)?, sample, Manner::Linked)?;
    gc.sweep().map(drop)
}

/// Installs a bundle, and collects when its tree is staged and nothing of it is named yet.
///
/// # Errors
/// What the engine says.
pub fn gc_during_install(store: &Store, sample: Sample) -> Result<(), Error> {
    let observer = WhenStaged::new(|| {
        let options = deed::collection();
        store.gc(&options, &Silent)?.sweep().map(drop)
    });
    let options = InstallOptions::default();
    // A fault that befell the gc is reported by what the install meets next.
    store
        .install(sample.source(), &options, &observer)
        .map(drop)
}

/// Installs a bundle, and another when the first is staged and nothing of it is named yet.
///
/// # Errors
/// What the engine says about either.
pub fn install_during_install(store: &Store, sample: Sample, other: Sample) -> Result<(), Error> {
    let observer = WhenStaged::new(|| deed::install(store, other, Manner::Linked).map(drop));
    let options = InstallOptions::default();
    store.install(sample.source(), &options, &observer)?;
    observer.outcome()
}

/// Collects with a policy that leaves one version of each name.
///
/// # Errors
/// What the engine says.
pub fn collect_by_policy(root: &Path) -> Result<(), Error> {
    let mut options = deed::collection();
    options.policies.keep_versions = NonZeroU32::new(1);
    options.policies.grace = Duration::ZERO;
    let store = deed::open(root)?;
    store.gc(&options, &Silent)?.sweep().map(drop)
}

/// Removes a bundle that somebody uses, who must keep it.
///
/// # Errors
/// What the engine says; that its directory was taken.
pub fn remove_when_idle(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = deed::open(root)?;
    let directory = store.resolve(&sample.reference())?.path;
    let _lease = lock::try_lock_dir(&directory, LockMode::Shared)?;
    let options = RemoveOptions {
        held: HeldBundle::RemoveWhenIdle,
        ..RemoveOptions::default()
    };
    store.remove(&sample.reference(), &options, &Silent)?;
    match sample.flaw_of(&directory) {
        None => Ok(()),
        Some(problem) => Err(Error::Damaged {
            path: directory,
            problem,
        }),
    }
}

/// Removes a bundle that somebody uses, which must be refused.
///
/// # Errors
/// What the engine says; that it was removed.
pub fn remove_while_leased(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = deed::open(root)?;
    let lease = store.lease(&sample.reference(), &LeaseOptions::default(), &Silent)?;
    let directory = lease.path().to_path_buf();
    let leased = store.leases()?;
    if !leased.iter().any(|leased| leased.directory == directory) {
        return Err(Error::Damaged {
            path: directory,
            problem: "it is leased, and nobody is told".into(),
        });
    }
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
    let options = deed::collection();
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
/// # Errors
/// There is no store.
pub fn hold_window(root: &Path) -> Result<Option<FileLock>, Error> {
    let held = lock::try_lock_file(&root.join("locks/store"), LockMode::Shared);
    Ok(held?)
}

/// Does something when an install has staged its bundle, as another process would, as far as locks can tell: in a thread of its own,
/// with descriptors of its own.
struct WhenStaged<F> {
    act: F,
    outcome: Mutex<Option<Result<(), Error>>>,
}

impl<F: Fn() -> Result<(), Error> + Send + Sync> WhenStaged<F> {
    fn new(act: F) -> Self {
        WhenStaged {
            act,
            outcome: Mutex::default(),
        }
    }

    /// An install of what is there already stages nothing: then it is done now.
    fn outcome(self) -> Result<(), Error> {
        let outcome = self.outcome.into_inner().expect("no panic");
        outcome.unwrap_or_else(self.act)
    }
}

impl<F: Fn() -> Result<(), Error> + Send + Sync> Observer for WhenStaged<F> {
    fn event(&self, event: &Event) {
        if !matches!(event, Event::Phase { phase: Phase::Sync }) {
            return;
        }
        std::thread::scope(|scope| {
            let done = scope.spawn(&self.act).join().expect("no panic");
            *self.outcome.lock().expect("no panic") = Some(done);
        });
    }
}
