//! What a driver process is told to do, and how it is started and listened to.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::deed::Deed;
use crate::fault::{Failure, Fault};
use crate::ledger::Ledger;
use crate::sample::Sample;

/// The variable that names the point at which a driver skips every call: the build's mutant.
pub const MUTANT: &str = "LINKSTEAD_MUTANT";

/// How long a driver may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a driver does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// The store.
    pub root: PathBuf,
    /// Step by step; the first error ends it.
    pub deeds: Vec<Deed>,
    /// What is done about its calls.
    pub watch: Watch,
}

/// What is done about the calls of a driver.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Watch {
    /// They are counted by point, into this file.
    pub count: Option<PathBuf>,
    /// They are recorded into this file and its `.data`.
    pub record: Option<PathBuf>,
    /// One of them is struck.
    pub strike: Option<Strike>,
    /// Some of them come late, by this seed.
    pub dawdle: Option<u64>,
    /// What the filesystem cannot do, or what another process does in the only moment that is open to it.
    pub setting: Setting,
}

/// What the surroundings of a store are like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// One that can do everything.
    #[default]
    Plain,
    /// It seems to lie on the lower layer of an overlay: directories that were there cannot be renamed (`EXDEV`).
    LowerLayer,
    /// A recovery takes the first staging between the making of its lock file and the lock.
    StagingTaken,
    /// A bundle is removed and installed again between the look at its ref and its lease: the path is the same, the directory
    /// another.
    PublishedAnew,
    /// This version becomes current between the look at its name's ref and the lease of what that named.
    Switched(Sample),
    /// As `LowerLayer`; and this bundle is half removed, where it lies, between the look at its ref and its lease.
    HalfRemoved(Sample),
    /// Every object has as many links as there can be (`EMLINK`).
    TooManyLinks,
    /// No filesystem can be synced as a whole (`ENOSYS`).
    NoSyncfs,
    /// No two names can be exchanged (`ENOSYS`).
    NoExchange,
    /// As `NoExchange`, and no rename can be told to replace nothing: there is no `renameat2` at all.
    PlainRenames,
}

/// The point of a strike that counts all calls.
pub const ANY_POINT: &str = "*";

/// One fault at one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// At which point.
    pub point: String,
    /// At which of its calls, from 0.
    pub occurrence: u64,
    /// How.
    pub fault: Fault,
}

/// How a driver ended.
#[derive(Debug)]
pub struct Ended {
    /// How many deeds were acknowledged.
    pub acknowledged: usize,
    /// The error that it reported, if it lived to.
    pub error: Option<String>,
    /// How.
    pub end: End,
}

impl Ended {
    /// Whether the engine refused the deed as it must: what those before left of a bundle may be open, so there may be nothing to
    /// remove, no pin to take back, or a pin that keeps it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        const REFUSALS: [&str; 3] = ["is not installed", "no pin is called", "is pinned as"];
        let said = self.error.as_deref().unwrap_or_default();
        self.end == End::Failed && REFUSALS.iter().any(|refusal| said.contains(refusal))
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All deeds were done.
    Done,
    /// One failed, as an error.
    Failed,
    /// It was killed.
    Killed,
    /// It neither ended nor failed in time.
    Hung,
    /// It panicked, or something else that must not be.
    Broken,
}

impl Order {
    /// A command that carries it out with this driver.
    ///
    /// # Panics
    /// The path of the store is not UTF-8.
    #[must_use]
    pub fn command(&self, driver: &Path) -> Command {
        let mut command = Command::new(driver);
        command
            .arg(serde_json::to_string(self).expect("an order is plain"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Carries it out and waits.
    ///
    /// # Panics
    /// The driver cannot be started.
    #[must_use]
    pub fn run(&self, driver: &Path) -> Ended {
        listen(self.command(driver).spawn().expect("the driver starts"))
    }

    /// The promises after it ended so, in a store that had these.
    #[must_use]
    pub fn ledger(&self, mut ledger: Ledger, ended: &Ended) -> Ledger {
        for (index, deed) in self.deeds.iter().enumerate() {
            if index > ended.acknowledged {
                break;
            }
            ledger.begin(*deed);
            if index < ended.acknowledged {
                ledger.acknowledge(*deed);
            }
        }
        let struck = self.watch.strike.as_ref();
        if struck.is_some_and(|strike| strike.fault == Fault::Fail(Failure::OtherFilesystem)) {
            ledger.let_keepsakes_stay();
        }
        ledger
    }
}

/// Waits for a driver and reads what it says.
///
/// # Panics
/// The system cannot wait for it.
#[must_use]
pub fn listen(mut child: Child) -> Ended {
    let stdout = child.stdout.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");
    let lines = std::thread::spawn(move || {
        let lines = BufReader::new(stdout).lines();
        lines
            .map_while(Result::ok)
            .filter(|line| line == "acknowledged")
            .count()
    });
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text);
        text
    });
    let begun = Instant::now();
    let mut pause = Duration::from_micros(200);
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break Some(status);
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    };
    let end = match status {
        None => End::Hung,
        Some(status) => match status.code() {
            Some(0) => End::Done,
            Some(1) => End::Failed,
            Some(_) => End::Broken,
            None if is_killed(status) => End::Killed,
            None => End::Broken,
        },
    };
    let text = errors.join().expect("it only reads");
    Ended {
        acknowledged: lines.join().expect("it only reads"),
        error: (!text.is_empty()).then_some(text),
        end,
    }
}

fn is_killed(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(rustix::process::Signal::KILL.as_raw())
}
