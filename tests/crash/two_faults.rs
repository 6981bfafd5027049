//! L5: an operation is killed, another on what it left is killed too, a third runs through, and then the power is cut.
//!
//! All processes are recorded on one model disk: what one had not made durable is still at stake when the power goes.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::disk::Disk;
use linkstead_crash::fault::Fault;
use linkstead_crash::image::Image;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::operations::{FOLLOWING, OPERATIONS};
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{ANY_POINT, End, MUTANT, Order, Strike, Watch, listen};
use linkstead_crash::power_cut::{self, MODELS};
use linkstead_crash::recording;
use linkstead_crash::scratch;

use crate::Report;
use crate::extent::Extent;
use crate::stage::{self, Stage};

/// Seconds of a sample.
const SAMPLE: u64 = 12;

/// Pairs of faults of the full count.
const PAIRS: u64 = 200;

/// Power cuts after each pair.
const CUTS: usize = 5;

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    let stages: Vec<Stage> = OPERATIONS.iter().copied().map(Stage::set).collect();
    let dice = extent.dice(5);
    let states = Mutex::new(0);
    let pairs: Vec<u64> = (0..PAIRS).collect();
    let (ran, violations) = stage::in_parallel(&pairs, extent.stop(SAMPLE), |number| {
        let mut dice = dice.fork(*number);
        let stage = dice.pick(&stages);
        let judged = twice_struck(stage, None, &mut dice);
        *states.lock().expect("no panic") += CUTS;
        judged.map_err(|what| format!("pair {number}, {}: {what}", stage.operation.name))
    });
    let states = states.into_inner().expect("no panic");
    Report {
        ran: format!("{ran} kills with a recovery, {states} power cuts after them"),
        violations,
    }
}

/// A deed is killed, one that follows too, another runs through, and the power is cut at moments after the second kill.
pub(crate) fn twice_struck(
    stage: &Stage,
    mutant: Option<&str>,
    dice: &mut Dice,
) -> Result<(), String> {
    let directory = scratch::directory();
    let base = directory.path().join("disk");
    std::fs::create_dir(&base).expect("a scratch directory");
    let recording = directory.path().join("recording");
    let calls: u64 = stage.points.values().sum();
    let mut order = stage.order(&base, kill(dice, calls as usize, &recording));
    let mut struck = Struck {
        disk: Disk::holding(&Image::scan(&base).expect("a store"), &base),
        ledger: stage.before.clone(),
        mutant,
        recording: &recording,
    };
    struck.carry_out(&order)?;
    order.deeds = vec![*dice.pick(FOLLOWING)];
    order.watch = kill(dice, calls as usize, &recording);
    struck.carry_out(&order)?;
    let before = struck.ledger.clone();
    order.deeds = vec![*dice.pick(FOLLOWING), *dice.pick(FOLLOWING)];
    order.watch.strike = None;
    struck.carry_out(&order)?;
    for _ in 0..CUTS {
        cut(&struck.disk, &before, &order.deeds, dice)
            .map_err(|what| format!("then {:?}: {what}", order.deeds))?;
    }
    Ok(())
}

fn kill(dice: &mut Dice, calls: usize, recording: &Path) -> Watch {
    Watch {
        record: Some(PathBuf::from(recording)),
        strike: Some(Strike {
            point: ANY_POINT.to_owned(),
            occurrence: dice.below(calls) as u64,
            fault: *dice.pick(&[Fault::KillBefore, Fault::KillAfter]),
        }),
        ..Watch::default()
    }
}

/// One disk through several processes.
struct Struck<'a> {
    disk: Disk,
    ledger: Ledger,
    mutant: Option<&'a str>,
    recording: &'a Path,
}

impl Struck<'_> {
    fn carry_out(&mut self, order: &Order) -> Result<(), String> {
        let mut command = order.command(stage::driver());
        if let Some(mutant) = self.mutant {
            command.env(MUTANT, mutant);
        }
        let ended = listen(command.spawn().expect("the driver starts"));
        let said = ended.error.clone().unwrap_or_default();
        let is_lawful = match ended.end {
            End::Done | End::Killed => true,
            // What the first deed left of it is open, so there may be nothing to remove.
            End::Failed => said.contains("is not installed"),
            End::Hung | End::Broken => false,
        };
        if !is_lawful {
            return Err(format!("{:?}: {said}", ended.end));
        }
        let (events, data) = recording::read(self.recording);
        self.disk.replay(&events, &data);
        self.ledger = order.ledger(self.ledger.clone(), &ended);
        Ok(())
    }
}

fn cut(disk: &Disk, before: &Ledger, deeds: &[Deed], dice: &mut Dice) -> Result<(), String> {
    let model = *dice.pick(&MODELS);
    let remains = power_cut::cut_late(disk, model, dice);
    let ledger = before.clone().marked(deeds, &remains.marks);
    let directory = scratch::directory();
    remains
        .image
        .write(directory.path())
        .expect("an empty directory");
    oracle::judge(&directory.path().join("store"), &ledger, Depth::Full)
        .map_err(|violation| format!("{model:?}, cut before {}: {violation}", remains.moment))
}
