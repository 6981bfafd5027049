//! L2: recorded runs, replayed into states that a power cut may leave, each opened with the real engine and judged.
//!
//! Three models: directories and files each persist by themselves, or even names do, or all in the order of a journal. Cut moments are random, so they know
//! nothing of what a mutant left out.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;

use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::disk::Disk;
use linkstead_crash::image::Image;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::operations::{OPERATIONS, Operation};
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, MUTANT, Order, Watch};
use linkstead_crash::power_cut::{self, MODELS};
use linkstead_crash::recording;
use linkstead_crash::scratch;

use crate::Report;
use crate::extent::Extent;
use crate::stage;

/// Seconds of a sample.
const SAMPLE: u64 = 25;

/// Distinct states of the full count.
const STATES: usize = 10_000;

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    let runs: Vec<Run> = OPERATIONS
        .iter()
        .map(|operation| Run::record(*operation, None))
        .collect();
    let dice = extent.dice(2);
    let seen = Mutex::new(HashSet::new());
    let tries: Vec<u64> = (0..20 * STATES as u64).collect();
    let stop = extent.stop(SAMPLE);
    let (_, violations) = stage::in_parallel(&tries, stop, |number| {
        if seen.lock().expect("no panic").len() >= STATES {
            return Ok(());
        }
        let mut dice = dice.fork(*number);
        let run = dice.pick(&runs);
        run.cut_and_judge(&mut dice, &seen, Depth::Full)
            .map_err(|what| format!("try {number}, {what}"))
    });
    Report {
        ran: format!(
            "{} recorded operations, {} distinct states",
            runs.len(),
            seen.into_inner().expect("no panic").len()
        ),
        violations,
    }
}

/// States that have been judged: what the disk held, and what had been promised by then (the same disk may keep one promise and
/// break the next).
pub(crate) type Seen = Mutex<HashSet<(blake3::Hash, &'static str, usize)>>;

/// An operation as it was recorded.
pub(crate) struct Run {
    operation: Operation,
    disk: Disk,
    before: Ledger,
}

impl Run {
    /// Does an operation, with a mutant or without, and records it.
    pub(crate) fn record(operation: Operation, mutant: Option<&str>) -> Self {
        let directory = scratch::directory();
        let base = directory.path().join("disk");
        std::fs::create_dir(&base).expect("a scratch directory");
        let root = base.join("store");
        let mut order = Order {
            root,
            deeds: operation.before.to_vec(),
            watch: Watch::default(),
        };
        let ended = order.run(stage::driver());
        assert_eq!(
            ended.end,
            End::Done,
            "{}: {:?}",
            operation.name,
            ended.error
        );
        let image = Image::scan(&base).expect("a store that was just made");
        let path = directory.path().join("recording");
        order.watch = Watch {
            record: Some(path.clone()),
            ..Watch::default()
        };
        order.deeds = follow_ups(operation);
        let mut command = order.command(stage::driver());
        if let Some(mutant) = mutant {
            command.env(MUTANT, mutant);
        }
        let ended = linkstead_crash::order::listen(command.spawn().expect("the driver starts"));
        assert!(
            matches!(ended.end, End::Done | End::Failed),
            "{}: {:?}",
            operation.name,
            ended.error
        );
        let (events, data) = recording::read(&path);
        let mut disk = Disk::holding(&image, &base);
        disk.replay(&events, &data);
        Run {
            operation,
            disk,
            before: Ledger::after(operation.before),
        }
    }

    /// Cuts the power once and judges what is left, unless that was judged before.
    pub(crate) fn cut_and_judge(
        &self,
        dice: &mut Dice,
        seen: &Seen,
        depth: Depth,
    ) -> Result<(), String> {
        let model = *dice.pick(&MODELS);
        let remains = power_cut::cut(&self.disk, model, dice);
        let state = (
            remains.image.digest(),
            self.operation.name,
            remains.marks.len(),
        );
        let deeds = follow_ups(self.operation);
        let ledger = self.before.clone().marked(&deeds, &remains.marks);
        if !seen.lock().expect("no panic").insert(state) {
            return Ok(());
        }
        let directory = scratch::directory();
        remains
            .image
            .write(directory.path())
            .expect("an empty directory");
        judge(directory.path(), &ledger, depth).map_err(|violation| {
            let moment = remains.moment;
            let next = self.disk.history.get(moment);
            format!(
                "{}, {model:?}, cut before {moment} ({next:?}): {violation}",
                self.operation.name
            )
        })
    }
}

fn judge(directory: &Path, ledger: &Ledger, depth: Depth) -> Result<(), String> {
    oracle::judge(&directory.join("store"), ledger, depth)
        .map_err(|violation| violation.to_string())
}

/// An operation, and what shows whether it left the store ready for the next ones.
pub(crate) fn follow_ups(operation: Operation) -> Vec<Deed> {
    vec![operation.deed, Deed::Gc]
}
