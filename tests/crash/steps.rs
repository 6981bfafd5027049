//! L1: every mutating call of every operation is killed or failed, and what is left is judged.
//!
//! A point is an operation of the file system at one place of the program on one kind of path. Each is struck by everything
//! that can befall it, at its first, a middle and its last call; in full, kills strike at every call.

use std::collections::BTreeSet;

use linkstead_crash::fault::{Fault, possible};
use linkstead_crash::operations;
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, Strike, Watch};
use linkstead_crash::{point, scratch};

use crate::Report;
use crate::extent::Extent;
use crate::stage::{self, Stage};

/// Seconds of a sample.
const SAMPLE: u64 = 35;

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    let stages: Vec<Stage> = operations::all().into_iter().map(Stage::set).collect();
    let mut cases: Vec<(&Stage, Strike)> = stages
        .iter()
        .flat_map(|stage| {
            strikes(stage, extent)
                .into_iter()
                .map(move |strike| (stage, strike))
        })
        .collect();
    extent.dice(1).shuffle(&mut cases);
    let (ran, violations) = stage::in_parallel(&cases, extent.stop(SAMPLE), |(stage, strike)| {
        struck(stage, strike).map_err(|what| {
            format!(
                "{}: {:?} #{} of [{}]: {what}",
                stage.operation.name, strike.fault, strike.occurrence, strike.point
            )
        })
    });
    let points: BTreeSet<&String> = stages
        .iter()
        .flat_map(|stage| stage.points.keys())
        .collect();
    Report {
        ran: format!(
            "{} operations, {} points, {ran} of {} strikes",
            stages.len(),
            points.len(),
            cases.len()
        ),
        violations,
    }
}

fn strikes(stage: &Stage, extent: &Extent) -> Vec<Strike> {
    let mut strikes = Vec::new();
    for (point, calls) in &stage.points {
        for fault in possible(point::op_of(point)) {
            let occurrences: BTreeSet<u64> = match fault {
                Fault::Fail(_) => [0, calls / 2, calls - 1].into(),
                _ if extent.is_full() => (0..*calls).collect(),
                _ => [0, calls / 2, calls - 1].into(),
            };
            strikes.extend(occurrences.into_iter().map(|occurrence| Strike {
                point: point.clone(),
                occurrence,
                fault,
            }));
        }
    }
    strikes
}

fn struck(stage: &Stage, strike: &Strike) -> Result<(), String> {
    let directory = scratch::directory();
    let watch = Watch {
        strike: Some(strike.clone()),
        ..Watch::default()
    };
    let order = stage.order(directory.path(), watch);
    let ended = order.run(stage::driver());
    if matches!(ended.end, End::Hung | End::Broken) {
        return Err(format!(
            "{:?}: {}",
            ended.end,
            ended.error.unwrap_or_default()
        ));
    }
    let ledger = order.ledger(stage.before.clone(), &ended);
    oracle::judge(&order.root, &ledger, Depth::Full).map_err(|violation| {
        let said = ended.error.unwrap_or_default();
        format!(
            "{violation} [the operation {:?} {}]",
            ended.end,
            said.trim()
        )
    })
}
