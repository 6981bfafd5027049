//! L2: recorded runs, replayed into states that a power cut may leave, each opened with the real engine and judged.
//!
//! Two parts: one loss of each kind, as late as it may be, and cuts at random moments in all models of a disk. Both know nothing of
//! what a mutant left out.

use std::collections::HashSet;
use std::sync::Mutex;

use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::disk::Disk;
use linkstead_crash::image::Image;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::operations::{self, Operation};
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, MUTANT, Order, Watch};
use linkstead_crash::power_cut::{self, Loss, MODELS, Remains};
use linkstead_crash::recording;
use linkstead_crash::scratch;

use crate::Report;
use crate::extent::Extent;
use crate::stage;

/// Seconds of a sample of each part.
const SAMPLE: u64 = 15;

/// Distinct states of the full count.
const STATES: usize = 10_000;

/// Runs the layer: each operation with one loss of each kind, and then cuts by chance.
pub(crate) fn run(extent: &Extent) -> Report {
    let runs: Vec<Run> = operations::all()
        .into_iter()
        .map(|operation| Run::record(operation, None))
        .collect();
    let dice = extent.dice(2);
    let seen = Mutex::new(HashSet::new());
    let stop = extent.stop(SAMPLE);
    let mut losses: Vec<(&Run, Loss)> = runs
        .iter()
        .flat_map(|run| {
            run.losses(&mut dice.fork(0))
                .into_iter()
                .map(move |loss| (run, loss))
        })
        .collect();
    dice.fork(1).shuffle(&mut losses);
    let (lost, mut violations) = stage::in_parallel(&losses, stop, |(run, loss)| {
        run.lose_and_judge(loss, &mut dice.fork(2), &seen)
    });
    let tries: Vec<u64> = (3..20 * STATES as u64).collect();
    let (_, found) = stage::in_parallel(&tries, extent.stop(SAMPLE), |number| {
        if seen.lock().expect("no panic").len() >= STATES {
            return Ok(());
        }
        let mut dice = dice.fork(*number);
        let run = dice.pick(&runs);
        run.cut_and_judge(&mut dice, &seen)
            .map_err(|what| format!("try {number}, {what}"))
    });
    violations.extend(found);
    Report {
        ran: format!(
            "{} recorded operations, {lost} of {} single losses, {} distinct states in all",
            runs.len(),
            losses.len(),
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
        let root = scratch::store_in(&base);
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
            setting: operation.setting,
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
            before: Ledger::after(operation.before).on(operation.setting),
        }
    }

    /// One loss of each kind.
    pub(crate) fn losses(&self, dice: &mut Dice) -> Vec<Loss> {
        power_cut::losses(&self.disk, dice)
    }

    /// Cuts the power so that this is lost, and judges what is left, unless that was judged before.
    pub(crate) fn lose_and_judge(
        &self,
        loss: &Loss,
        dice: &mut Dice,
        seen: &Seen,
    ) -> Result<(), String> {
        self.judge(&power_cut::lose(&self.disk, loss, dice), seen)
    }

    /// Cuts the power by chance and judges what is left, unless that was judged before.
    pub(crate) fn cut_and_judge(&self, dice: &mut Dice, seen: &Seen) -> Result<(), String> {
        let model = *dice.pick(&MODELS);
        self.judge(&power_cut::cut(&self.disk, model, dice), seen)
    }

    fn judge(&self, remains: &Remains, seen: &Seen) -> Result<(), String> {
        let state = (
            remains.image.digest(),
            self.operation.name,
            remains.marks.len(),
        );
        if !seen.lock().expect("no panic").insert(state) {
            return Ok(());
        }
        let directory = scratch::directory();
        remains
            .image
            .write(directory.path())
            .expect("an empty directory");
        let deeds = follow_ups(self.operation);
        let ledger = self.before.clone().marked(&deeds, &remains.marks);
        oracle::judge(&scratch::store_in(directory.path()), &ledger, Depth::Full).map_err(
            |violation| {
                let moment = remains.moment;
                let next = self.disk.history.get(moment);
                format!(
                    "{}, {}, cut before {moment} ({next:?}): {violation}",
                    self.operation.name, remains.lost
                )
            },
        )
    }
}

/// An operation, and what shows whether it left the store ready for the next ones.
pub(crate) fn follow_ups(operation: Operation) -> Vec<Deed> {
    vec![operation.deed, Deed::Gc]
}
