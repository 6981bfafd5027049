//! The mutants: at one point at a time, every sync, naming rename, lock or look at a lock is left out, and some layer must notice.
//!
//! The list is what a recording run of all operations passes, so a new call is a new mutant; `LINKSTEAD_CRASH_MUTANTS` runs those
//! whose call contains it. Where the power is cut, who is killed
//! and when knows nothing of the mutant; the clean build passes the same layers with the same seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use linkstead_crash::dice::Dice;
use linkstead_crash::operations::{OPERATIONS, Operation};
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, MUTANT, Watch, listen};
use linkstead_crash::{point, scratch};

use crate::Report;
use crate::blocks;
use crate::crowd::Crowd;
use crate::extent::Extent;
use crate::needless;
use crate::reorder::Run;
use crate::stage::{self, Stage};
use crate::two_faults;

/// Seconds of a sample.
const SAMPLE: u64 = 50;

/// Power cuts that a mutant may survive, over all operations that it touches.
const CUTS: u64 = 300;

/// Pairs of faults that it may survive.
const PAIRS: u64 = 40;

/// Runs on real filesystems, with some power cuts each, that it may survive.
const RECORDED: usize = 12;

/// How long a crowd is left alone with a mutant.
const CROWDED: Duration = Duration::from_secs(8);

/// Who noticed a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Caught {
    Steps,
    Reorder,
    Blocks,
    TwoFaults,
    Crowd,
    Nobody,
}

impl fmt::Display for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Caught::Steps => "L1 steps",
            Caught::Reorder => "L2 reorder",
            Caught::Blocks => "L3 blocks",
            Caught::TwoFaults => "L5 two faults",
            Caught::Crowd => "L6 crowd",
            Caught::Nobody => "SURVIVES",
        })
    }
}

/// Runs all mutants, or a sample of them.
pub(crate) fn run(extent: &Extent) -> Report {
    let stages: Vec<Stage> = OPERATIONS.iter().copied().map(Stage::set).collect();
    let mut mutants = mutants(&stages);
    if let Ok(wanted) = std::env::var("LINKSTEAD_CRASH_MUTANTS") {
        mutants.retain(|mutant| mutant.contains(&wanted));
    }
    extent.dice(7).shuffle(&mut mutants);
    let matrix: Mutex<BTreeMap<String, (Caught, f64)>> = Mutex::default();
    let dice = extent.dice(8);
    let (ran, _) = stage::in_parallel(&mutants, extent.stop(SAMPLE), |mutant| {
        let begun = Instant::now();
        let caught = hunt(mutant, &stages, &dice);
        let row = (caught, begun.elapsed().as_secs_f64());
        println!("  {caught:13}  {:5.1} s  {mutant}", row.1);
        matrix.lock().expect("no panic").insert(mutant.clone(), row);
        Ok(())
    });
    let matrix = matrix.into_inner().expect("no panic");
    let survivors: Vec<&String> = matrix
        .iter()
        .filter(|(_, (caught, _))| *caught == Caught::Nobody)
        .map(|(mutant, _)| mutant)
        .collect();
    let (needless, needed): (Vec<&String>, Vec<&String>) = survivors
        .into_iter()
        .partition(|mutant| needless::reason(mutant).is_some());
    for mutant in &needless {
        println!(
            "  needless: {mutant}: {}",
            needless::reason(mutant).unwrap_or_default()
        );
    }
    Report {
        ran: format!(
            "{ran} of {} mutants, {} known to be needless",
            mutants.len(),
            needless.len()
        ),
        violations: needed
            .into_iter()
            .map(|mutant| format!("survives: {mutant}"))
            .collect(),
    }
}

/// Every point where something can be left out.
fn mutants(stages: &[Stage]) -> Vec<String> {
    let points: BTreeSet<&String> = stages
        .iter()
        .flat_map(|stage| stage.points.keys())
        .collect();
    points
        .into_iter()
        .filter(|point| {
            [
                "SyncFile",
                "SyncDir",
                "SyncFilesystem",
                "Rename",
                "Exchange",
                "Lock",
            ]
            .contains(&point::op_of(point))
        })
        .cloned()
        .collect()
}

fn hunt(mutant: &str, stages: &[Stage], dice: &Dice) -> Caught {
    let touched: Vec<&Stage> = stages
        .iter()
        .filter(|stage| stage.points.contains_key(mutant))
        .collect();
    if touched.iter().any(|stage| fails_at_once(stage, mutant)) {
        return Caught::Steps;
    }
    match point::op_of(mutant) {
        "Lock" if crowd_notices(mutant, dice) => Caught::Crowd,
        "Lock" => Caught::Nobody,
        _ if cuts_notice(&touched, mutant, dice) => Caught::Reorder,
        _ if pairs_notice(&touched, mutant, dice) => Caught::TwoFaults,
        _ if blocks_notice(&touched, mutant, dice) => Caught::Blocks,
        _ => Caught::Nobody,
    }
}

/// Without any crash, the operation fails or leaves something wrong.
fn fails_at_once(stage: &Stage, mutant: &str) -> bool {
    let directory = scratch::directory();
    let order = stage.order(directory.path(), Watch::default());
    let mut command = order.command(stage::driver());
    let ended = listen(
        command
            .env(MUTANT, mutant)
            .spawn()
            .expect("the driver starts"),
    );
    let ledger = order.ledger(stage.before.clone(), &ended);
    ended.end != End::Done
        || oracle::tidy(&order.root, stage.operation.deed).is_err()
        || oracle::judge(&order.root, &ledger, Depth::Full).is_err()
}

fn cuts_notice(touched: &[&Stage], mutant: &str, dice: &Dice) -> bool {
    let runs: Vec<Run> = touched
        .iter()
        .map(|stage| Run::record(stage.operation, Some(mutant)))
        .collect();
    let seen = Mutex::default();
    (0..CUTS).any(|number| {
        let mut dice = dice.fork(number);
        let run = dice.pick(&runs);
        run.cut_and_judge(&mut dice, &seen, Depth::Full).is_err()
    })
}

fn pairs_notice(touched: &[&Stage], mutant: &str, dice: &Dice) -> bool {
    (0..PAIRS).any(|number| {
        let mut dice = dice.fork(number);
        let stage = dice.pick(touched);
        two_faults::twice_struck(stage, Some(mutant), &mut dice).is_err()
    })
}

fn blocks_notice(touched: &[&Stage], mutant: &str, dice: &Dice) -> bool {
    let operations: Vec<Operation> = touched.iter().map(|stage| stage.operation).collect();
    blocks::notices(&operations, mutant, RECORDED, dice)
}

fn crowd_notices(mutant: &str, dice: &Dice) -> bool {
    let crowd = Crowd::gather(Some(Instant::now() + CROWDED), Some(mutant));
    !crowd.run(dice).is_empty()
}
