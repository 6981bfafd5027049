//! L6: eight processes install, remove, verify and collect overlapping bundles, and are killed at random moments.
//!
//! Each worker has a name of its own, whose promises are known whatever the others do, and takes part in names that all want.
//! At every return it looks at each visible bundle under a lease and finds it whole; whenever one is killed, what it had been
//! promised is looked at; at the end the oracle judges everything.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use linkstead_crash::checking_out;
use linkstead_crash::crowded::{Crowded, Said, Temper};
use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::MUTANT;
use linkstead_crash::sample::Sample;
use linkstead_crash::scratch;

use crate::Report;
use crate::extent::Extent;
use crate::stage;

/// Processes at the same time.
const PROCESSES: u8 = 8;

/// Kills of the full count.
const KILLS: usize = 1000;

/// Seconds of a sample.
const SAMPLE: u64 = 20;

/// Kills after which a store is judged and a new one begins.
const KILLS_OF_A_STORE: usize = 50;

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    let mut dice = extent.dice(6);
    let stop = extent.stop(SAMPLE);
    let mut violations = Vec::new();
    let (mut stores, mut kills, mut returns) = (0, 0, 0);
    while violations.is_empty() && kills < KILLS && stop.is_none_or(|stop| Instant::now() < stop) {
        let crowd = Crowd::gather(stop, None);
        let found = crowd.run(&dice.fork(stores));
        dice.roll();
        stores += 1;
        kills += crowd.kills.into_inner();
        returns += crowd.returns.into_inner();
        violations.extend(found);
    }
    Report {
        ran: format!("{PROCESSES} processes, {stores} stores, {returns} returns, {kills} kills"),
        violations,
    }
}

/// Eight workers on one store.
pub(crate) struct Crowd {
    mutant: Option<String>,
    directory: tempfile::TempDir,
    stop: Option<Instant>,
    kills: AtomicUsize,
    returns: AtomicUsize,
    violations: Mutex<Vec<String>>,
}

impl Crowd {
    /// A crowd that goes on until then, or until it has seen enough kills.
    pub(crate) fn gather(stop: Option<Instant>, mutant: Option<&str>) -> Self {
        Crowd {
            mutant: mutant.map(str::to_owned),
            directory: scratch::directory(),
            stop,
            kills: AtomicUsize::new(0),
            returns: AtomicUsize::new(0),
            violations: Mutex::default(),
        }
    }

    fn root(&self) -> PathBuf {
        scratch::store_in(self.directory.path())
    }

    /// Lets it work and die; what was wrong.
    pub(crate) fn run(&self, dice: &Dice) -> Vec<String> {
        std::fs::create_dir_all(checking_out::place(&self.root())).expect("a free name");
        let ledgers: Vec<Ledger> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..PROCESSES)
                .map(|worker| {
                    scope.spawn(move || self.keep_alive(worker, dice.fork(u64::from(worker))))
                })
                .collect();
            workers
                .into_iter()
                .map(|worker| worker.join().expect("no panic"))
                .collect()
        });
        let mut violations = self.violations.lock().expect("no panic").clone();
        if violations.is_empty()
            && let Err(violation) = oracle::judge(&self.root(), &everything(&ledgers), Depth::Full)
        {
            violations.push(format!("at the end: {violation}"));
        }
        violations
    }

    /// One worker after another, each killed at a random moment; the promises that its name has in the end.
    fn keep_alive(&self, worker: u8, mut dice: Dice) -> Ledger {
        let mut ledger = Ledger::default();
        while self.goes_on() {
            let crowded = Crowded {
                root: self.root(),
                worker,
                seed: dice.roll(),
            };
            let mut command = crowded.command(stage::driver());
            if let Some(mutant) = &self.mutant {
                command.env(MUTANT, mutant).stderr(Stdio::null());
            }
            let mut child = command.spawn().expect("the driver starts");
            // Who quarrels needs time for it.
            let longest = match crowded.temper() {
                Temper::Even => 400_000,
                Temper::Quarrelsome | Temper::Tidy => 1_500_000,
            };
            let moment = Duration::from_micros(dice.below(longest) as u64);
            let said = listen_until(&mut child, moment);
            let is_killed = said.is_killed;
            for line in &said.lines {
                self.hear(worker, line, &mut ledger);
            }
            if !is_killed {
                self.object(format!("worker {worker} ended by itself"));
            }
            self.kills
                .fetch_add(usize::from(is_killed), Ordering::Relaxed);
            if let Err(violation) = promises_hold(&self.root(), worker, &ledger) {
                self.object(format!("worker {worker} was killed: {violation}"));
            }
        }
        ledger
    }

    fn goes_on(&self) -> bool {
        self.kills.load(Ordering::Relaxed) < KILLS_OF_A_STORE
            && self.stop.is_none_or(|stop| Instant::now() < stop)
            && self.violations.lock().expect("no panic").is_empty()
    }

    fn hear(&self, worker: u8, line: &str, ledger: &mut Ledger) {
        match serde_json::from_str(line) {
            Ok(Said::Begins(deed)) => ledger.begin(deed),
            Ok(Said::Acknowledged(deed)) => {
                self.returns.fetch_add(1, Ordering::Relaxed);
                ledger.acknowledge(deed);
            }
            Ok(Said::Returned) => {
                self.returns.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Said::Objects(violation)) => {
                self.object(format!("worker {worker} sees: {violation}"))
            }
            // The line that it was writing when it was killed.
            Err(_) => {}
        }
    }

    fn object(&self, violation: String) {
        self.violations.lock().expect("no panic").push(violation);
    }
}

/// What a child said until it was killed, or ended.
struct Heard {
    lines: Vec<String>,
    is_killed: bool,
}

fn listen_until(child: &mut Child, moment: Duration) -> Heard {
    let stdout = child.stdout.take().expect("it is piped");
    let lines = std::thread::spawn(move || {
        BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .collect()
    });
    std::thread::sleep(moment);
    let is_killed = child.try_wait().expect("it can be waited for").is_none();
    let _ = child.kill();
    let _ = child.wait();
    Heard {
        lines: lines.join().expect("it only reads"),
        is_killed,
    }
}

/// Nobody but this worker, which is dead, touches its name.
fn promises_hold(root: &Path, worker: u8, ledger: &Ledger) -> Result<(), String> {
    oracle::own_name(root, Sample::new(worker, 1).name(), ledger).map_err(|v| v.to_string())
}

/// The promises of all, and no certainty about the names that all want.
fn everything(ledgers: &[Ledger]) -> Ledger {
    let mut all = Ledger::default();
    for ledger in ledgers {
        all.take_over(ledger);
    }
    for sample in Crowded::wanted_by_all() {
        all.begin(Deed::Remove(sample));
        all.begin(Deed::CheckOut(sample));
    }
    all
}
