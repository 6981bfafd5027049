//! What an operation tells while it runs: owned, throttled events for one observer.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

/// Receives the events of an operation. Called from several threads; must not block for long
/// (a test that wants to hold an operation in the middle may).
pub trait Observer: Send + Sync {
    /// Takes one event.
    fn event(&self, event: &Event);
}

/// An observer that looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _event: &Event) {}
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A phase begins.
    Phase {
        /// Which.
        phase: Phase,
    },
    /// How far the current phase is; at most some twenty a second.
    Progress {
        /// The phase that goes on.
        phase: Phase,
        /// Done so far, in `unit`.
        done: u64,
        /// All there is to do, in `unit`.
        total: u64,
        /// What is counted.
        unit: Unit,
    },
    /// A lock is held by somebody else; sent about once a second.
    Waiting {
        /// What the lock protects, in the words of the store format.
        lock: &'static str,
        /// Seconds waited so far.
        seconds: u64,
        /// Who holds it, as far as the system tells.
        holders: Vec<String>,
    },
    /// Something that the user did not ask for but should know.
    Notice {
        /// What.
        notice: Notice,
    },
}

/// The phases of the operations, in the words of the store format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// The archive is hashed.
    Identify,
    /// The archive's rules are checked.
    Plan,
    /// New content is inflated, hashed and written.
    Ingest,
    /// The tree is linked together in staging.
    Materialize,
    /// New bytes are made durable.
    Sync,
    /// The commit window is open.
    Commit,
    /// Every file of a published directory is looked at.
    Walk,
    /// Staging is cleared.
    Clear,
    /// gc finds out what is needed.
    Mark,
    /// gc deletes, under its exclusive lock.
    Sweep,
    /// Objects are re-hashed.
    Verify,
    /// A crash is cleaned up.
    Recover,
    /// What verify found is mended.
    Repair,
}

/// What [`Event::Progress`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Files.
    Files,
    /// Bundles.
    Bundles,
}

/// What the store did on its own, or found out by the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Notice {
    /// The manifest was lost or unreadable and has been rebuilt.
    ManifestRebuilt {
        /// How many bundles it records now.
        bundles: usize,
        /// Refs whose directory is damaged or missing, as `name@version`.
        left_out: Vec<String>,
    },
    /// Leftovers of a crash were cleared.
    Recovered {
        /// Dead stagings.
        stagings: usize,
        /// Directories without a record.
        orphans: usize,
    },
    /// What crashes left could not all be judged; a gc would end with the same problem.
    NotRecovered {
        /// Why.
        problem: String,
    },
    /// A checkout that a crash left could not be settled; the next gc tries again.
    CheckoutUnsettled {
        /// Its path.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Something doomed could not be deleted; it stays where it lies: in `trash/`, beside a checkout, or in the manifest.
    NotDeleted {
        /// Why.
        problem: String,
    },
    /// The last use of bundles lies in the future: a clock jumped. They count as used now.
    UsedInFuture {
        /// Which, as `name@version`.
        bundles: Vec<String>,
    },
    /// Altered content was found and moved to `quarantine/`.
    Quarantined {
        /// Where it lies now.
        path: PathBuf,
    },
    /// A directory had to make way that holds extra files which somebody would miss, or may hold such: it was moved to
    /// `quarantine/`.
    SetAside {
        /// Where it lies now.
        path: PathBuf,
        /// The extra files, relative to it.
        extra_files: Vec<String>,
        /// Why nobody can tell which files are extra, if that is so.
        damage: Option<String>,
    },
    /// Links could not be made and copies stand in for them.
    Copied {
        /// Why.
        reason: String,
    },
}

/// Counts progress from many threads and sends an event now and then.
pub(crate) struct Meter<'a> {
    observer: &'a dyn Observer,
    phase: Phase,
    unit: Unit,
    total: u64,
    done: AtomicU64,
    started: Instant,
    sent: AtomicU64,
}

impl<'a> Meter<'a> {
    const EVERY: Duration = Duration::from_millis(50);

    pub(crate) fn start(observer: &'a dyn Observer, phase: Phase, total: u64, unit: Unit) -> Self {
        observer.event(&Event::Phase { phase });
        Meter {
            observer,
            phase,
            unit,
            total,
            done: AtomicU64::new(0),
            started: Instant::now(),
            sent: AtomicU64::new(0),
        }
    }

    pub(crate) fn add(&self, amount: u64) {
        let done = self.done.fetch_add(amount, Ordering::Relaxed) + amount;
        let now = self.started.elapsed().as_millis() as u64;
        let last = self.sent.load(Ordering::Relaxed);
        let due = now >= last + Self::EVERY.as_millis() as u64;
        if due
            && self
                .sent
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            self.observer.event(&Event::Progress {
                phase: self.phase,
                done,
                total: self.total,
                unit: self.unit,
            });
        }
    }
}
