//! L7: a real filesystem stops at a random moment of a running history of operations, as at a power cut.
//!
//! ext4 is mounted with `noauto_da_alloc,commit=1`, so that its own kindness to forgotten syncs helps nobody.

use std::time::{Duration, Instant};

use linkstead_crash::deed::{Deed, Manner};
use linkstead_crash::dice::Dice;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, Order, Watch, listen};
use linkstead_crash::sample::Sample;
use linkstead_crash::scratch;
use linkstead_fs::boundary::shutdown::shutdown;

use crate::Report;
use crate::extent::Extent;
use crate::mount::{self, Mounted};
use crate::stage;

/// Seconds of a sample.
const SAMPLE: u64 = 12;

/// Cuts of the full count.
const CUTS: usize = 60;

/// Bytes of a disk.
const SIZE: u64 = 96 << 20;

/// What can be shut down, how it is made, and how it is mounted.
const KINDS: [(&str, &[&str], &str); 2] = [
    ("ext4", &["-q", "-F"], "noauto_da_alloc,commit=1"),
    ("xfs", &["-q", "--unsupported"], "defaults"),
];

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    if let Some(reason) = mount::refusal() {
        return Report::skipped(&reason);
    }
    if let Err(reason) = mount::install(&["e2fsprogs", "xfsprogs"]) {
        return Report::skipped(&reason);
    }
    let stop = extent.stop(SAMPLE);
    let mut dice = extent.dice(9);
    let mut violations = Vec::new();
    let mut cuts = 0;
    while cuts < CUTS * KINDS.len()
        && violations.is_empty()
        && stop.is_none_or(|stop| Instant::now() < stop)
    {
        let (kind, make, options) = KINDS[cuts % KINDS.len()];
        let disk = Mounted::disk(kind, SIZE, make, options);
        let judged = disk.and_then(|disk| cut(&disk, &mut dice));
        violations.extend(
            judged
                .err()
                .map(|what| format!("{kind}, cut {cuts}: {what}")),
        );
        cuts += 1;
    }
    Report {
        ran: format!("{cuts} cuts, by turns on ext4 and xfs"),
        violations,
    }
}

/// Some of everything.
fn history() -> Vec<Deed> {
    let [one, two, other] = [Sample::new(0, 1), Sample::new(0, 2), Sample::new(1, 1)];
    let install = |sample| Deed::Install(sample, Manner::Linked);
    vec![
        Deed::Open,
        install(one),
        Deed::Install(other, Manner::WholeFilesystem),
        install(two),
        Deed::Remove(one),
        Deed::Gc,
        install(one),
        Deed::Remove(other),
        Deed::Gc,
    ]
}

fn cut(disk: &Mounted, dice: &mut Dice) -> Result<(), String> {
    let order = Order {
        root: scratch::store_in(&disk.path()),
        deeds: history(),
        watch: Watch::default(),
    };
    let child = order
        .command(stage::driver())
        .spawn()
        .expect("the driver starts");
    std::thread::sleep(Duration::from_micros(dice.below(500_000) as u64));
    let stopped = shutdown(&disk.path());
    let ended = listen(child);
    stopped.map_err(|error| error.to_string())?;
    if matches!(ended.end, End::Hung | End::Broken) {
        return Err(format!(
            "{:?}: {}",
            ended.end,
            ended.error.unwrap_or_default()
        ));
    }
    disk.reboot()?;
    let ledger = order.ledger(Ledger::default(), &ended);
    oracle::judge(&order.root, &ledger, Depth::Full).map_err(|violation| violation.to_string())
}
