//! L4: disks that fail with EIO, once or for ever, or turn read-only, in the middle of an operation; then the same operation again.
//!
//! A sync can succeed after an earlier one failed, since the system reports an error once (I7). So after the second run the power
//! is cut, everything that no flush covers is lost, and the oracle judges what was acknowledged. On a filesystem that
//! turned read-only an operation fails and names the path, and readers see all they saw before.
//!
//! Seen to fail when the sync of a file took no notice of its error: an object of zeros was named and acknowledged, on ext4 and xfs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use linkstead_crash::block_cut;
use linkstead_crash::block_disk::{Illness, Lasts, Sick};
use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::operations::{self, FOLLOWING, Operation};
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, Ended, Order, Watch, listen};
use linkstead_crash::recording::Mark;
use linkstead_crash::scratch;

use crate::Report;
use crate::blocks::{carry_out, judge, kept, undisturbed};
use crate::extent::Extent;
use crate::mount::BUSY;
use crate::served_disk::{self, KINDS, Kind, ServedDisk};
use crate::stage;

/// Seconds of a sample.
const SAMPLE: u64 = 12;

/// Runs of the full count.
const RUNS: usize = 120;

/// The most requests that succeed before a disk falls ill. Most often it is far fewer, for small operations make few.
const HEALTHY: usize = 200;

/// Deeds that follow an operation while somebody tries to turn the filesystem read-only.
const FOLLOW: usize = 3;

/// Power cuts at random moments of each run, beside the one at its end.
const CUTS: usize = 2;

/// What befalls the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ailment {
    /// One request fails with `EIO`.
    Once,
    /// All do, from some moment on.
    ForEver,
    /// Somebody mounts it read-only, as soon as the system lets him.
    Remounted,
    /// The filesystem finds an error of its own and turns read-only: ext4 with `errors=remount-ro`.
    OwnError,
}

const AILMENTS: [Ailment; 4] = [
    Ailment::Once,
    Ailment::ForEver,
    Ailment::Remounted,
    Ailment::OwnError,
];

impl fmt::Display for Ailment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ailment::Once => "EIO once",
            Ailment::ForEver => "EIO for ever",
            Ailment::Remounted => "remounted read-only",
            Ailment::OwnError => "read-only after an error of ext4",
        })
    }
}

/// How often something was to befall a disk, did so before the operation was over, and made it fail.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    met: usize,
    failed: usize,
}

/// What came of an operation.
#[derive(Debug, Clone, Copy)]
struct Fallen {
    met: bool,
    end: End,
}

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    if let Some(reason) = served_disk::refusal() {
        return Report::skipped(&reason);
    }
    let dice = extent.dice(10);
    let operations = operations::all();
    let runs: Vec<usize> = (0..RUNS).collect();
    let tallies: Mutex<BTreeMap<Ailment, Tally>> = Mutex::default();
    let (ran, violations) = stage::in_parallel(&runs, extent.stop(SAMPLE), |number| {
        let mut dice = dice.fork(*number as u64);
        let ailment = AILMENTS[number % AILMENTS.len()];
        let kind = match ailment {
            Ailment::OwnError => &KINDS[0],
            _ => &KINDS[number / AILMENTS.len() % KINDS.len()],
        };
        let operation = *dice.pick(&operations);
        let fallen = fallen_ill(kind, operation, ailment, &mut dice);
        let mut tallies = tallies.lock().expect("no panic");
        let tally = tallies.entry(ailment).or_default();
        tally.runs += 1;
        if let Ok(fallen) = &fallen {
            tally.met += usize::from(fallen.met);
            tally.failed += usize::from(fallen.end == End::Failed);
        }
        fallen.map(drop).map_err(|what| {
            let (on, name) = (kind.name, operation.name);
            format!("run {number}, {on}, {name}, {ailment}: {what}")
        })
    });
    let tallies = tallies.into_inner().expect("no panic");
    let told = tallies.iter().map(|(ailment, tally)| {
        let Tally { runs, met, failed } = tally;
        format!("{runs} {ailment} ({met} in time, {failed} failed)")
    });
    Report {
        ran: format!("{ran} runs: {}", told.collect::<Vec<_>>().join(", ")),
        violations,
    }
}

fn fallen_ill(
    kind: &'static Kind,
    operation: Operation,
    ailment: Ailment,
    dice: &mut Dice,
) -> Result<Fallen, String> {
    let mut disk = ServedDisk::begin(kind)?;
    for deed in operation.before {
        undisturbed(&carry_out(&disk, *deed, None))?;
    }
    disk.sync()?;
    // What is in memory is not read from the disk.
    disk.reboot()?;
    match ailment {
        Ailment::Once => fails(disk, operation, Lasts::Once, dice),
        Ailment::ForEver => fails(disk, operation, Lasts::ForEver, dice),
        Ailment::Remounted | Ailment::OwnError => turns_read_only(disk, operation, ailment, dice),
    }
}

/// Requests fail during the operation; then it is done again, and the power is cut.
fn fails(
    mut disk: ServedDisk,
    operation: Operation,
    lasts: Lasts,
    dice: &mut Dice,
) -> Result<Fallen, String> {
    disk.mark(Mark::Begins(0))?;
    let healthy = dice.below(HEALTHY);
    disk.suffer(Illness {
        of: *dice.pick(&[
            Sick::Writes,
            Sick::Writes,
            Sick::Writes,
            Sick::Both,
            Sick::Reads,
        ]),
        after: dice.below(1 + healthy) as u64,
        lasts,
    })?;
    let first = carry_out(&disk, operation.deed, None);
    lawful(&first)?;
    if first.end == End::Done {
        disk.mark(Mark::Acknowledged(0))?;
    }
    let met = disk.condition()?.failed > 0;
    disk.heal()?;
    let gave_up = !is_writable(&disk.path());
    if gave_up || dice.below(4) == 0 {
        disk.reboot()?;
    }
    disk.mark(Mark::Begins(1))?;
    let second = carry_out(&disk, operation.deed, None);
    lawful(&second)?;
    if second.end == End::Done {
        disk.mark(Mark::Acknowledged(1))?;
    } else if gave_up && !second.is_refused() {
        return Err(format!("on a healthy disk again: {second:?}"));
    }
    cut_and_judge(disk, operation, dice)
        .map_err(|what| format!("{what} [first {first:?}, second {second:?}]"))?;
    Ok(Fallen {
        met,
        end: first.end,
    })
}

fn cut_and_judge(
    mut disk: ServedDisk,
    operation: Operation,
    dice: &mut Dice,
) -> Result<(), String> {
    let recording = disk.recording()?;
    let kind = disk.kind();
    drop(disk);
    let mut cuts = vec![block_cut::cut_at_the_end(&recording)];
    cuts.extend((0..CUTS).map(|_| block_cut::cut(&recording, &kind.superblock, dice)));
    for remains in cuts {
        let deeds = [operation.deed; 2];
        let ledger = Ledger::after(operation.before).marked(&deeds, &remains.marks);
        judge(kind, &remains, &ledger, Depth::Full).map_err(|what| kept(kind, &remains, &what))?;
    }
    Ok(())
}

/// The filesystem turns read-only while deeds are done, or else right after; then it is writable again.
fn turns_read_only(
    mut disk: ServedDisk,
    operation: Operation,
    ailment: Ailment,
    dice: &mut Dice,
) -> Result<Fallen, String> {
    let mut deeds = vec![operation.deed];
    deeds.extend((0..FOLLOW).flat_map(|_| *dice.pick(FOLLOWING)));
    let order = Order {
        root: scratch::store_in(&disk.path()),
        deeds,
        watch: Watch {
            dawdle: Some(dice.roll()),
            ..Watch::default()
        },
    };
    let (ended, met) = interrupted(&disk, &order, ailment, dice)?;
    let ledger = order.ledger(Ledger::after(operation.before), &ended);
    read_only(&disk, operation, &ledger).map_err(|what| format!("{what} [{ended:?}]"))?;
    match ailment {
        Ailment::OwnError => disk.reboot()?,
        _ => disk.remount("rw")?,
    }
    oracle::judge(&order.root, &ledger, Depth::Full)
        .map_err(|violation| format!("writable again: {violation} [{ended:?}]"))?;
    Ok(Fallen {
        met,
        end: ended.end,
    })
}

/// How an order ended, and whether the filesystem turned read-only before. (To remount is refused while a file is open for writing, a
/// lock for instance, so that it succeeds between two deeds more often than within one.)
fn interrupted(
    disk: &ServedDisk,
    order: &Order,
    ailment: Ailment,
    dice: &mut Dice,
) -> Result<(Ended, bool), String> {
    let child = order.command(stage::driver()).spawn();
    let child = child.expect("the driver starts");
    std::thread::sleep(Duration::from_micros(dice.below(200_000) as u64));
    let listening = std::thread::spawn(move || listen(child));
    let met = turned_before(disk, ailment, || listening.is_finished());
    let ended = listening.join().expect("it only listens");
    lawful(&ended)?;
    names_the_path(&ended, &disk.path())?;
    let ended_at = Instant::now();
    if !met && !turned_before(disk, ailment, || ended_at.elapsed() > BUSY) {
        return Err("it cannot be turned read-only".into());
    }
    Ok((ended, met))
}

/// On a read-only filesystem nothing can be done, and all can be read.
fn read_only(disk: &ServedDisk, operation: Operation, ledger: &Ledger) -> Result<(), String> {
    let ended = carry_out(disk, operation.deed, None);
    lawful(&ended)?;
    names_the_path(&ended, &disk.path())?;
    if ended.end == End::Done && !needs_no_write(operation.deed) {
        return Err(format!("done on a read-only filesystem: {ended:?}"));
    }
    oracle::as_it_lies(&scratch::store_in(&disk.path()), ledger)
        .map_err(|violation| format!("while read-only: {violation}"))
}

/// Tries until the filesystem is read-only, or it is too late.
fn turned_before(disk: &ServedDisk, ailment: Ailment, is_late: impl Fn() -> bool) -> bool {
    while !is_late() {
        if turn_read_only(disk, ailment).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

fn turn_read_only(disk: &ServedDisk, ailment: Ailment) -> Result<(), String> {
    match ailment {
        Ailment::OwnError => {
            let trigger = errors_of(&disk.path())?.join("trigger_fs_error");
            std::fs::write(&trigger, "for a test")
                .map_err(|error| format!("{}: {error}", trigger.display()))
        }
        _ => disk.remount("ro"),
    }
}

/// The directory in which the kernel tells about the ext4 that is mounted here.
fn errors_of(mounted: &Path) -> Result<PathBuf, String> {
    let found = rustix::fs::stat(mounted).map_err(|error| error.to_string())?;
    let (major, minor) = (
        rustix::fs::major(found.st_dev),
        rustix::fs::minor(found.st_dev),
    );
    let device = std::fs::read_link(format!("/sys/dev/block/{major}:{minor}"));
    let device = device.map_err(|error| error.to_string())?;
    let name = device.file_name().ok_or("a device has a name")?;
    Ok(Path::new("/sys/fs/ext4").join(name))
}

fn is_writable(directory: &Path) -> bool {
    let probe = directory.join("probe");
    std::fs::write(&probe, "probe").is_ok() && std::fs::remove_file(&probe).is_ok()
}

/// An operation may fail, but neither hang nor panic.
fn lawful(ended: &Ended) -> Result<(), String> {
    match ended.end {
        End::Done | End::Failed => Ok(()),
        _ => Err(format!("{ended:?}")),
    }
}

/// In the store, or on the way to it.
fn names_the_path(ended: &Ended, disk: &Path) -> Result<(), String> {
    let said = ended.error.as_deref().unwrap_or_default();
    let is_silent = ended.end == End::Failed && !said.contains(&disk.display().to_string());
    match is_silent && !ended.is_refused() {
        true => Err(format!("the error names no path: {said}")),
        false => Ok(()),
    }
}

/// To open a store that is whole, or to collect where nothing is left to collect.
fn needs_no_write(deed: Deed) -> bool {
    matches!(
        deed,
        Deed::Open | Deed::Gc | Deed::GcKeepingOne | Deed::Lease(_) | Deed::LeaseCurrent(_)
    )
}
