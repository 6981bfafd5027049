//! L4: disks that really fill, in bytes and in inodes, while an operation runs.
//!
//! While the disk is full a reader still sees everything; when there is space again, the oracle finds nothing lost.

use std::path::Path;

use linkstead_crash::dice::Dice;
use linkstead_crash::operations;
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, Watch};

use crate::Report;
use crate::extent::Extent;
use crate::mount::{self, Mounted};
use crate::stage::{self, Stage};

/// Seconds of a sample.
const SAMPLE: u64 = 8;

/// Runs of the full count.
const RUNS: u64 = 120;

/// What runs out.
#[derive(Debug, Clone, Copy)]
enum Scarce {
    Bytes,
    Inodes,
}

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    if let Some(reason) = mount::refusal() {
        return Report::skipped(&reason);
    }
    let stages: Vec<Stage> = operations::all().into_iter().map(Stage::set).collect();
    let dice = extent.dice(4);
    let runs: Vec<u64> = (0..RUNS).collect();
    let failed = std::sync::atomic::AtomicUsize::new(0);
    let (ran, violations) = stage::in_parallel(&runs, extent.stop(SAMPLE), |number| {
        let mut dice = dice.fork(*number);
        let stage = dice.pick(&stages);
        let scarce = *dice.pick(&[Scarce::Bytes, Scarce::Inodes]);
        let is_memory = dice.below(2) == 0;
        let disk = match is_memory {
            true => Mounted::memory("size=12m,nr_inodes=400"),
            false => Mounted::disk(
                "ext4",
                16 << 20,
                &["-q", "-F", "-N", "400", "-O", "^has_journal"],
                "defaults",
            ),
        };
        let judged = disk.and_then(|disk| filled(&disk.path(), stage, scarce, &mut dice));
        judged
            .map(|end| {
                let failures = usize::from(end == End::Failed);
                failed.fetch_add(failures, std::sync::atomic::Ordering::Relaxed);
            })
            .map_err(|what| {
                format!(
                    "run {number}, {}, {scarce:?}, in memory {is_memory}: {what}",
                    stage.operation.name
                )
            })
    });
    Report {
        ran: format!(
            "{ran} runs, {} operations failed for want of space",
            failed.into_inner()
        ),
        violations,
    }
}

fn filled(disk: &Path, stage: &Stage, scarce: Scarce, dice: &mut Dice) -> Result<End, String> {
    let _ = std::fs::remove_dir(disk.join("lost+found"));
    let order = stage.order(disk, Watch::default());
    let filling = disk.join("filling");
    std::fs::create_dir(&filling).map_err(|error| error.to_string())?;
    match scarce {
        Scarce::Bytes => fill_bytes(&filling, dice.below(100) << 10),
        Scarce::Inodes => fill_inodes(&filling, dice.below(60)),
    }
    let ended = order.run(stage::driver());
    if !matches!(ended.end, End::Done | End::Failed) {
        return Err(format!(
            "{:?}: {}",
            ended.end,
            ended.error.unwrap_or_default()
        ));
    }
    let ledger = order.ledger(stage.before.clone(), &ended);
    oracle::as_it_lies(&order.root, &ledger)
        .map_err(|violation| format!("while full: {violation}"))?;
    std::fs::remove_dir_all(&filling).map_err(|error| error.to_string())?;
    oracle::judge(&order.root, &ledger, Depth::Full).map_err(|violation| {
        format!(
            "{violation} [the operation {:?} {}]",
            ended.end,
            ended.error.unwrap_or_default().trim()
        )
    })?;
    Ok(ended.end)
}

/// Until nothing fits, then this much is given back.
fn fill_bytes(filling: &Path, left: usize) {
    let block = vec![b'x'; 4096];
    let mut given = 0;
    let mut number = 0;
    // The reserve is of one size, so that it can be given back in small steps.
    while std::fs::write(filling.join(format!("{number}")), &block).is_ok() {
        number += 1;
        if number >= 200 {
            let rest = std::io::repeat(b'x');
            let mut big = std::fs::File::create(filling.join("big")).ok();
            if let Some(big) = &mut big {
                let _ = std::io::copy(&mut std::io::Read::take(rest, 1 << 30), big);
            }
            break;
        }
    }
    while given < left && number > 0 {
        number -= 1;
        let _ = std::fs::remove_file(filling.join(format!("{number}")));
        given += block.len();
    }
}

/// Until no file can be made, then so many can be again.
fn fill_inodes(filling: &Path, left: usize) {
    let mut number: usize = 0;
    while std::fs::write(filling.join(format!("{number}")), b"").is_ok() {
        number += 1;
    }
    for last in number.saturating_sub(left)..number {
        let _ = std::fs::remove_file(filling.join(format!("{last}")));
    }
}
