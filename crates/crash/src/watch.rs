//! The interceptor of a driver: counts, records, strikes, and skips the calls of a mutant.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use linkstead_fs::Op;
use linkstead_fs::boundary::{Call, Interceptor, Outcome, Payload, Verdict};
use rustix::process::{Signal, getpid, kill_process};

use crate::dice::Dice;
use crate::fault::{Failure, Fault};
use crate::order::{ANY_POINT, Setting, Strike, Watch};
use crate::point;
use crate::recording::{Mark, Recorder};

/// Watches a driver's calls.
pub struct Watcher {
    root: PathBuf,
    mutant: Option<String>,
    count: Option<(PathBuf, Mutex<BTreeMap<String, u64>>)>,
    recorder: Option<Recorder>,
    strike: Option<(Strike, AtomicU64)>,
    dawdler: Option<Mutex<Dice>>,
    setting: Setting,
}

thread_local! {
    /// Whether this thread dies when the call that it is in returns.
    static DOOMED: Cell<bool> = const { Cell::new(false) };
}

impl Watcher {
    /// Watches the calls on the store at `root`; a mutant skips those of one point.
    #[must_use]
    pub fn new(root: PathBuf, watch: Watch, mutant: Option<String>) -> Self {
        Watcher {
            root,
            mutant,
            count: watch.count.map(|path| (path, Mutex::default())),
            recorder: watch.record.map(|path| Recorder::new(&path)),
            strike: watch.strike.map(|strike| (strike, AtomicU64::new(0))),
            dawdler: watch.dawdle.map(|seed| Mutex::new(Dice::new(seed))),
            setting: watch.setting,
        }
    }

    /// A deed begins, or was acknowledged.
    pub fn mark(&self, mark: Mark) {
        if let Some(recorder) = &self.recorder {
            recorder.mark(mark);
        }
    }

    /// Writes down what was counted or recorded.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn finish(&self) {
        if let Some((path, counts)) = &self.count {
            let counts = counts.lock().expect("no panic");
            let text = serde_json::to_vec(&*counts).expect("plain");
            std::fs::write(path, text).expect("a scratch file");
        }
        if let Some(recorder) = &self.recorder {
            recorder.finish();
        }
    }

    /// Now and then a call comes late, so that what others do falls between two calls that mostly follow at once.
    fn dawdle(&self) {
        let Some(dawdler) = &self.dawdler else { return };
        let pause = {
            let mut dice = dawdler.lock().expect("no panic");
            match dice.below(24) {
                0 => dice.below(20_000),
                _ => 0,
            }
        };
        if pause > 0 {
            std::thread::sleep(Duration::from_micros(pause as u64));
        }
    }

    /// Locks and looks leave nothing on a disk, and a wait for one must not stop the others.
    fn recorder_of(&self, call: &Call<'_>) -> Option<&Recorder> {
        self.recorder
            .as_ref()
            .filter(|_| !matches!(call.op, Op::Lock | Op::LookAgain))
    }

    /// The failure of a call that the filesystem cannot do.
    fn refusal(&self, call: &Call<'_>) -> Option<Failure> {
        let is_refused = self.setting == Setting::LowerLayer
            && call.op == Op::Rename
            && call.path.starts_with(self.root.join("bundles"));
        is_refused.then_some(Failure::OtherFilesystem)
    }

    fn is_struck(&self, point: &str) -> Option<Fault> {
        let (strike, seen) = self.strike.as_ref()?;
        let is_meant = strike.point == point || strike.point == ANY_POINT;
        let is_now = is_meant && seen.fetch_add(1, Ordering::SeqCst) == strike.occurrence;
        is_now.then_some(strike.fault)
    }

    fn befall(&self, call: &Call<'_>, fault: Fault) -> Verdict {
        let half = match call.payload {
            Payload::Bytes { data, .. } => data.len() / 2,
            _ => 0,
        };
        match fault {
            Fault::KillBefore => self.die(),
            Fault::KillAfter => {
                DOOMED.set(true);
                Verdict::Proceed
            }
            Fault::KillInside => {
                DOOMED.set(true);
                Verdict::CutShort {
                    length: half,
                    errno: Failure::SickDisk.errno(),
                }
            }
            Fault::Fail(Failure::FullDisk) => Verdict::CutShort {
                length: half,
                errno: Failure::FullDisk.errno(),
            },
            Fault::Fail(failure) => Verdict::Fail(failure.errno()),
        }
    }

    /// No destructor runs, no buffer is flushed, but what was recorded is told.
    fn die(&self) -> ! {
        if let Some(recorder) = &self.recorder {
            recorder.finish();
        }
        let _ = kill_process(getpid(), Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

impl Interceptor for Watcher {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let point = point::of(call, &self.root);
        self.dawdle();
        if let Some(recorder) = self.recorder_of(call) {
            recorder.enter();
        }
        if self.mutant.as_ref() == Some(&point) {
            return Verdict::Skip;
        }
        match self.is_struck(&point) {
            Some(fault) => self.befall(call, fault),
            None => {
                if let Some((_, counts)) = &self.count {
                    *counts.lock().expect("no panic").entry(point).or_default() += 1;
                }
                match self.refusal(call) {
                    Some(failure) => Verdict::Fail(failure.errno()),
                    None => Verdict::Proceed,
                }
            }
        }
    }

    fn after(&self, call: &Call<'_>, outcome: &Outcome) {
        if let Some(recorder) = self.recorder_of(call) {
            match DOOMED.get() {
                true => recorder.last(call, outcome),
                false => recorder.leave(call, outcome),
            }
        }
        if DOOMED.get() {
            self.die();
        }
    }
}
