//! The mutants: at one point at a time, every sync, naming rename, lock, change of the epoch or second look is left out, and some layer must notice.
//!
//! The list is what a recording run of all operations passes, and `call_sites` finds a call in the sources that none passes: so a
//! new call is a new mutant. `LINKSTEAD_CRASH_MUTANTS` runs those whose call contains it. Where the power is cut, who is killed and
//! when knows nothing of the mutant; the clean build passes the same layers with the same seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem::discriminant;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::operations::{self, Operation};
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, MUTANT, Setting, Watch, listen};
use linkstead_crash::{point, scratch};

use crate::Report;
use crate::blocks;
use crate::call_sites;
use crate::crowd::Crowd;
use crate::extent::Extent;
use crate::needless;
use crate::reorder::Run;
use crate::stage::{self, Stage};
use crate::two_faults;

/// Power cuts by chance in each operation that a mutant touches.
const CUTS: u64 = 20;

/// Runs on real filesystems, with some power cuts each, that it may survive.
const RECORDED: usize = 12;

/// Crowds that a mutant may survive.
const CROWDS: u64 = 8;

/// How long each is left alone with it.
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

/// Hunts all mutants in every run, unless it was told how many seconds it has.
pub(crate) fn run(extent: &Extent) -> Report {
    let stages: Vec<Stage> = operations::all().into_iter().map(Stage::set).collect();
    let unsound: Vec<String> = stages
        .iter()
        .filter(|stage| fails_at_once(stage, None))
        .map(|stage| format!("without a mutant: {}", stage.operation.name))
        .collect();
    let mut mutants = mutants(&stages);
    let forgotten = call_sites::forgotten(mutants.iter());
    if let Ok(wanted) = std::env::var("LINKSTEAD_CRASH_MUTANTS") {
        mutants.retain(|mutant| mutant.contains(&wanted));
    }
    let (needless, mut hunted): (Vec<String>, Vec<String>) = mutants
        .into_iter()
        .partition(|mutant| needless::reason(mutant).is_some());
    for mutant in &needless {
        let reason = needless::reason(mutant).unwrap_or_default();
        println!("  needless       {mutant}: {reason}");
    }
    let dice = extent.dice(8);
    dice.fork(0).shuffle(&mut hunted);
    let matrix: Mutex<BTreeMap<Caught, usize>> = Mutex::default();
    let (ran, survivors) = stage::in_parallel(&hunted, extent.stop_if_told(), |mutant| {
        let begun = Instant::now();
        let caught = hunt(mutant, &stages, &dice);
        let seconds = begun.elapsed().as_secs_f64();
        println!("  {caught:13}  {seconds:5.1} s  {mutant}");
        let mut matrix = matrix.lock().expect("no panic");
        *matrix.entry(caught).or_default() += 1;
        match caught {
            Caught::Nobody => Err(format!("survives: {mutant}")),
            _ => Ok(()),
        }
    });
    let caught: Vec<String> = matrix
        .into_inner()
        .expect("no panic")
        .iter()
        .map(|(layer, count)| format!("{count} by {layer}"))
        .collect();
    Report {
        ran: format!(
            "{ran} of {} mutants hunted: {}; {} known to be needless",
            hunted.len(),
            caught.join(", "),
            needless.len()
        ),
        violations: [unsound, forgotten, survivors].concat(),
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
            let is_left_out = match point::op_of(point) {
                "SyncFile" | "SyncDir" | "SyncFilesystem" => true,
                "Rename" | "Exchange" | "Lock" | "LookAgain" => true,
                // The epoch; other times are seals.
                "SetMtime" => point.contains("FileLock::set_mtime"),
                _ => false,
            };
            is_left_out && call_sites::is_of_the_engine(point)
        })
        .cloned()
        .collect()
}

fn hunt(mutant: &str, stages: &[Stage], dice: &Dice) -> Caught {
    let touched: Vec<&Stage> = stages
        .iter()
        .filter(|stage| stage.points.contains_key(mutant))
        .collect();
    if touched
        .iter()
        .any(|stage| fails_at_once(stage, Some(mutant)))
    {
        return Caught::Steps;
    }
    match point::op_of(mutant) {
        "Lock" | "LookAgain" | "SetMtime" if crowd_notices(mutant, dice) => Caught::Crowd,
        "Lock" | "LookAgain" | "SetMtime" => Caught::Nobody,
        _ if cuts_notice(&touched, mutant, dice) => Caught::Reorder,
        _ if second_fault_notices(stages, &touched, mutant, dice) => Caught::TwoFaults,
        _ if blocks_notice(&touched, mutant, dice) => Caught::Blocks,
        _ => Caught::Nobody,
    }
}

/// Without any crash, the operation fails or leaves something wrong.
fn fails_at_once(stage: &Stage, mutant: Option<&str>) -> bool {
    let directory = scratch::directory();
    let order = stage.order(directory.path(), Watch::default());
    let mut command = order.command(stage::driver());
    command.envs(mutant.map(|mutant| (MUTANT, mutant)));
    let ended = listen(command.spawn().expect("the driver starts"));
    let ledger = order.ledger(stage.before.clone(), &ended);
    let deed = stage.operation.deed;
    ended.end != End::Done
        || oracle::tidy(&order.root, deed).is_err()
        || oracle::thrifty(&order.root, &stage.before, deed).is_err()
        || oracle::judge(&order.root, &ledger, Depth::Full).is_err()
}

/// Operation by operation: cuts by chance, then one loss of each kind.
fn cuts_notice(touched: &[&Stage], mutant: &str, dice: &Dice) -> bool {
    let seen = Mutex::default();
    let mut dice = dice.fork(1);
    let mut operations: Vec<Operation> = touched.iter().map(|stage| stage.operation).collect();
    dice.shuffle(&mut operations);
    operations.into_iter().any(|operation| {
        let run = Run::record(operation, Some(mutant));
        if (0..CUTS).any(|_| run.cut_and_judge(&mut dice, &seen).is_err()) {
            return true;
        }
        let mut losses = run.losses(&mut dice);
        dice.shuffle(&mut losses);
        let mut losses = losses.iter();
        losses.any(|loss| run.lose_and_judge(loss, &mut dice, &seen).is_err())
    })
}

/// Only what the mutant takes part in can follow the first fault, in surroundings in which it does.
fn second_fault_notices(stages: &[Stage], touched: &[&Stage], mutant: &str, dice: &Dice) -> bool {
    let takes_part = |deed: &Deed| {
        let kinds = touched
            .iter()
            .map(|stage| discriminant(&stage.operation.deed));
        kinds.into_iter().any(|kind| kind == discriminant(deed))
    };
    let met_in = |setting| {
        touched
            .iter()
            .any(|stage| stage.operation.setting == setting)
    };
    // What plain surroundings have, others have too.
    let alike = stages
        .iter()
        .filter(|stage| met_in(Setting::Plain) || met_in(stage.operation.setting));
    let mut cases = two_faults::cases(alike, |deeds| deeds.iter().any(takes_part));
    let mut dice = dice.fork(2);
    dice.shuffle(&mut cases);
    cases
        .iter()
        .any(|case| case.lose(Some(mutant), &mut dice).is_err())
}

fn blocks_notice(touched: &[&Stage], mutant: &str, dice: &Dice) -> bool {
    let operations: Vec<Operation> = touched.iter().map(|stage| stage.operation).collect();
    blocks::notices(&operations, mutant, RECORDED, dice)
}

fn crowd_notices(mutant: &str, dice: &Dice) -> bool {
    (0..CROWDS).any(|number| {
        let crowd = Crowd::gather(Some(Instant::now() + CROWDED), Some(mutant));
        !crowd.run(&dice.fork(number)).is_empty()
    })
}
