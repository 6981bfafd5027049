//! L5: an operation is killed, another on what it left is killed too, a third runs through, and then the power is cut.
//!
//! Two parts. *Pairs*: everything by chance. *Lost names*, one by one: a process dies right after it named or removed something, another
//! goes on, and then the power is cut and exactly that name is lost: nobody had synced it.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::fault::Fault;
use linkstead_crash::mishap::Mishap;
use linkstead_crash::operations::{self, FOLLOWING};
use linkstead_crash::order::{ANY_POINT, Strike};
use linkstead_crash::power_cut::{self, MODELS};
use linkstead_crash::{between, point, scratch};

use crate::Report;
use crate::extent::Extent;
use crate::relay::Relay;
use crate::stage::{self, Stage};

/// Seconds of a sample of each part.
const SAMPLE: u64 = 8;

/// Pairs of faults of the full count.
const PAIRS: u64 = 200;

/// Power cuts after each pair.
const CUTS: usize = 5;

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    let stages: Vec<Stage> = operations::all().into_iter().map(Stage::set).collect();
    let dice = extent.dice(5);
    let pairs: Vec<u64> = (0..PAIRS).collect();
    let (twice, mut violations) = stage::in_parallel(&pairs, extent.stop(SAMPLE), |number| {
        let mut dice = dice.fork(*number);
        let stage = dice.pick(&stages);
        twice_struck(stage, &mut dice)
            .map_err(|what| format!("pair {number}, {}: {what}", stage.operation.name))
    });
    let mut cases = cases(stages.iter(), |_| true);
    dice.fork(PAIRS).shuffle(&mut cases);
    let lost = AtomicUsize::new(0);
    let (tried, found) = stage::in_parallel(&cases, extent.stop(SAMPLE), |case| {
        let is_lost = case.lose(None, &mut dice.fork(PAIRS + 1))?;
        lost.fetch_add(usize::from(is_lost), Ordering::Relaxed);
        Ok(())
    });
    violations.extend(found);
    Report {
        ran: format!(
            "{twice} pairs of kills with {} power cuts, {tried} of {} kills at a name, {} of them lost",
            twice * CUTS,
            cases.len(),
            lost.into_inner()
        ),
        violations,
    }
}

/// A deed is killed, one that follows too, another runs through, and the power is cut at moments after the second kill.
fn twice_struck(stage: &Stage, dice: &mut Dice) -> Result<(), String> {
    let directory = scratch::directory();
    let calls: u64 = stage.points.values().sum();
    let mut relay = Relay::begin(stage, directory.path(), None);
    relay.order.watch.strike = Some(kill(dice, calls as usize));
    relay.carry_out()?;
    let second = *dice.pick(FOLLOWING);
    relay.next(second, Some(kill(dice, calls as usize)));
    relay.carry_out()?;
    let deeds = [*dice.pick(FOLLOWING), *dice.pick(FOLLOWING)].concat();
    relay.next(&deeds, None);
    relay.carry_out()?;
    for _ in 0..CUTS {
        let model = *dice.pick(&MODELS);
        relay.judge(&power_cut::cut_late(&relay.disk, model, dice))?;
    }
    Ok(())
}

fn kill(dice: &mut Dice, calls: usize) -> Strike {
    Strike {
        point: ANY_POINT.to_owned(),
        occurrence: dice.below(calls) as u64,
        fault: *dice.pick(&[Fault::KillBefore, Fault::KillAfter]),
    }
}

/// What got lost by hand is promised again when a repair is acknowledged, not when somebody names what a dead repair brought back.
fn rests_on_a_repair(stage: &Stage, deeds: &[Deed]) -> bool {
    let is_loss = |deed: &Deed| matches!(deed, Deed::Mishap(Mishap::LoseDirectory(_)));
    let names = |deed: &Deed| matches!(deed, Deed::Use(_) | Deed::Pin(_));
    stage.operation.before.iter().any(is_loss) && deeds.iter().any(names)
}

/// A process that dies right after it changed a name, and what another does then.
pub(crate) struct Case<'a> {
    stage: &'a Stage,
    strike: Strike,
    following: &'static [Deed],
    company: Company,
}

/// Who else is at work when the other goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    /// Nobody: it recovers first.
    Alone,
    /// Somebody in a window of an install: recovery has to wait, and what does not need it goes on.
    Bystander,
}

impl Company {
    /// Whether these can be done beside a bystander: none of them needs the store for itself.
    fn bears(self, deeds: &[Deed]) -> bool {
        self == Company::Alone
            || !deeds
                .iter()
                .any(|deed| matches!(deed, Deed::Gc | Deed::GcKeepingOne))
    }
}

/// Operations in whose course the same name is tried, if it is not one of those by which bundles are found.
const STAGES_OF_A_POINT: usize = 2;

/// Every change of a name that others can see, with everything that may follow and is wanted.
pub(crate) fn cases<'a>(
    stages: impl Iterator<Item = &'a Stage>,
    is_wanted: impl Fn(&[Deed]) -> bool,
) -> Vec<Case<'a>> {
    let mut tried: Vec<&String> = Vec::new();
    let mut cases = Vec::new();
    for stage in stages {
        let names = stage
            .points
            .iter()
            .filter(|(point, _)| changes_a_name(point));
        for (point, calls) in names {
            let tries = tried.iter().filter(|known| **known == point).count();
            if tries >= STAGES_OF_A_POINT && !point.contains(" refs/") {
                continue;
            }
            tried.push(point);
            for company in [Company::Alone, Company::Bystander] {
                let wanted = FOLLOWING.iter().filter(|deeds| is_wanted(deeds));
                let possible =
                    wanted.filter(|deeds| company.bears(deeds) && !rests_on_a_repair(stage, deeds));
                cases.extend(possible.map(|following| Case {
                    stage,
                    strike: Strike {
                        point: point.clone(),
                        occurrence: calls - 1,
                        fault: Fault::KillAfter,
                    },
                    following,
                    company,
                }));
            }
        }
    }
    cases
}

/// Names in `staging/` and `trash/` are nobody's but their process's.
fn changes_a_name(point: &str) -> bool {
    let is_private = |place: &str| place.starts_with("staging") || place.starts_with("trash");
    let place = point.rsplit(' ').next().unwrap_or_default();
    ["Rename", "Exchange", "RemoveFile", "RemoveDir"].contains(&point::op_of(point))
        && !is_private(place)
        || point.contains("> trash")
}

impl Case<'_> {
    /// Lets it happen; says whether the name was still at stake when the other had begun.
    pub(crate) fn lose(&self, mutant: Option<&str>, dice: &mut Dice) -> Result<bool, String> {
        let directory = scratch::directory();
        let mut relay = Relay::begin(self.stage, directory.path(), mutant);
        relay.order.watch.strike = Some(self.strike.clone());
        let judged = relay.carry_out().and_then(|()| {
            let root = relay.order.root.clone();
            let _bystander = match self.company {
                Company::Alone => None,
                Company::Bystander if self.must_rebuild(&root) => return Ok(false),
                Company::Bystander => between::hold_window(&root).expect("the store was made"),
            };
            relay.next(self.following, None);
            relay.carry_out()?;
            match power_cut::lose_what_the_dead_did_last(&relay.disk, dice) {
                Some(remains) => relay.judge(&remains).map(|()| true),
                None => Ok(false),
            }
        });
        judged.map_err(|what| {
            let name = self.stage.operation.name;
            let (point, company) = (&self.strike.point, self.company);
            format!("{name}, killed after [{point}], then {company:?}: {what}")
        })
    }

    /// A lost or spoiled manifest beside refs is rebuilt by one who has the store for itself.
    fn must_rebuild(&self, root: &Path) -> bool {
        let loses = self.following.contains(&Deed::Mishap(Mishap::LoseManifest));
        (loses || self.stage.before.loses_manifest()) && has_refs(root)
    }
}

fn has_refs(root: &Path) -> bool {
    let below = walkdir::WalkDir::new(root.join("refs")).into_iter();
    below
        .filter_map(Result::ok)
        .any(|entry| entry.file_type().is_file())
}
