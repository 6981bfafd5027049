//! The interceptor of a driver: counts, records, strikes, and skips the calls of a mutant.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use linkstead_fs::Op;
use linkstead_fs::boundary::{Call, Interceptor, Outcome, Payload, Verdict};
use rustix::process::{Signal, getpid, kill_process};
use walkdir::WalkDir;

use crate::deed::Deed;
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
    has_meddled: AtomicBool,
    /// While another removes a bundle: whether a file of it is gone.
    removed: Mutex<Option<bool>>,
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
            has_meddled: AtomicBool::new(false),
            removed: Mutex::default(),
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
        let is_below = |shelf: &str| call.path.starts_with(self.root.join(shelf));
        let (is_refused, failure) = match self.setting {
            Setting::HalfRemoved(_) if self.is_half_way(call) => (true, Failure::SickDisk),
            // What this process made itself lies on the upper layer: its staging is never renamed as a whole.
            Setting::LowerLayer | Setting::HalfRemoved(_) => {
                let is_staging = call.path.parent() == Some(&self.root.join("staging"));
                let is_lower = is_below("bundles") || is_below("parked") || is_staging;
                let is_refused = call.op == Op::Rename && is_lower && call.path.is_dir();
                (is_refused, Failure::OtherFilesystem)
            }
            Setting::TooManyLinks => {
                let is_refused = call.op == Op::Link && is_below("objects");
                (is_refused, Failure::TooManyLinks)
            }
            Setting::NoSyncfs => (call.op == Op::SyncFilesystem, Failure::Unsupported),
            Setting::NoExchange => (call.op == Op::Exchange, Failure::Unsupported),
            Setting::PlainRenames => {
                let is_refused = call.op == Op::Exchange || call.payload == Payload::NoReplace;
                (is_refused, Failure::Unsupported)
            }
            Setting::Plain
            | Setting::StagingTaken
            | Setting::PublishedAnew
            | Setting::Switched(_) => return None,
        };
        is_refused.then_some(failure)
    }

    /// Whether a removal fails here: one file is gone.
    fn is_half_way(&self, call: &Call<'_>) -> bool {
        let mut removed = self.removed.lock().expect("no panic");
        let is_removal = call.op == Op::RemoveFile && call.site.function == "remove_tree";
        match &mut *removed {
            Some(removed) if is_removal => std::mem::replace(removed, true),
            _ => false,
        }
    }

    /// What another process does before this call. If that fails, so does the call: its end is open then.
    fn meddle(&self, call: &Call<'_>) -> Result<(), Failure> {
        let is_lock_by = |function| call.op == Op::Lock && call.site.function == function;
        let is_staging = call.path.parent() == Some(&self.root.join("staging"));
        let is_now = match self.setting {
            Setting::StagingTaken => is_staging && is_lock_by("try_lock_file"),
            Setting::PublishedAnew | Setting::Switched(_) | Setting::HalfRemoved(_) => {
                is_lock_by("lock_dir")
            }
            _ => false,
        };
        if !is_now || self.has_meddled.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        match self.setting {
            Setting::StagingTaken => take_away(call.path),
            Setting::PublishedAnew => return publish_anew(call.path),
            Setting::Switched(sample) => {
                let switched = Deed::Use(sample).perform(&self.root);
                return switched.map_err(|_| Failure::SickDisk);
            }
            Setting::HalfRemoved(sample) => {
                *self.removed.lock().expect("no panic") = Some(false);
                // It is to fail, as if it had been killed half way.
                let _ = Deed::Remove(sample).perform(&self.root);
                *self.removed.lock().expect("no panic") = None;
            }
            _ => {}
        }
        Ok(())
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

fn take_away(lock_file: &Path) {
    let _ = std::fs::remove_file(lock_file);
}

/// Removes a published directory, and publishes the same under its name, unless the disk has no room for both.
fn publish_anew(directory: &Path) -> Result<(), Failure> {
    let anew = directory.with_extension("anew");
    if link_all(directory, &anew).is_err() {
        let _ = std::fs::remove_dir_all(anew);
        return Err(Failure::FullDisk);
    }
    std::fs::remove_dir_all(directory).expect("it is there");
    std::fs::rename(anew, directory).expect("a free name");
    Ok(())
}

fn link_all(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in WalkDir::new(from).into_iter().filter_map(Result::ok) {
        let below = entry.path().strip_prefix(from);
        let to = to.join(below.expect("it was found there"));
        match entry.file_type().is_dir() {
            true => std::fs::create_dir(to),
            false => std::fs::hard_link(entry.path(), to),
        }?;
    }
    Ok(())
}

impl Interceptor for Watcher {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let point = point::of(call, &self.root);
        self.dawdle();
        if let Err(failure) = self.meddle(call) {
            return Verdict::Fail(failure.errno());
        }
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
