//! L3: operations on real ext4, xfs and btrfs, whose disk records every write and every flush; then images of what a power cut
//! may leave of that disk are mounted, each filesystem replays its journal, and the oracle judges.
//!
//! The model of a disk: what had ended before a flush was asked for is there; of later writes none is sure, they are lost, kept
//! in any selection, or torn between sectors of 512 bytes, except the superblock.
//! A seed repeats the choices, but not what the kernel wrote meanwhile; so an image that breaks a promise is kept, and named.
//!
//! Seen to fail without the sync of: staged objects; staged private files and copies; a tree, a receipt, a ref before its rename;
//! the manifest; the whole filesystem where one sync stands for all (each on two of the three kinds at least). Not seen without
//! that of a directory (`objects/*`, `bundles/*/*`, `refs/*`): all three have a journal, or commit a tree at once, that takes the names
//! along. The models of a disk (`reorder`) do see those.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use linkstead_crash::block_cut::{self, BlockRemains};
use linkstead_crash::block_image::BlockImage;
use linkstead_crash::block_recording::BlockRecording;
use linkstead_crash::deed::Deed;
use linkstead_crash::dice::Dice;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::operations::{self, Operation};
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, Ended, MUTANT, Order, Watch, listen};
use linkstead_crash::recording::Mark;
use linkstead_crash::scratch;

use crate::Report;
use crate::extent::Extent;
use crate::mount::Mounted;
use crate::reorder::follow_ups;
use crate::served_disk::{self, KINDS, Kind, ServedDisk};
use crate::stage;

/// Seconds of a sample.
const SAMPLE: u64 = 24;

/// Distinct images of the full count, by kind of filesystem.
const IMAGES: [(&str, usize); 3] = [("ext4", 2_000), ("xfs", 200), ("btrfs", 500)];

/// Power cuts of each recorded run.
const CUTS: usize = 8;

/// Runs the layer.
pub(crate) fn run(extent: &Extent) -> Report {
    if let Some(reason) = served_disk::refusal() {
        return Report::skipped(&reason);
    }
    let images = IMAGES.iter().map(|(_, images)| images).sum::<usize>();
    let rounds: Vec<usize> = (0..images).collect();
    let operations = shuffled_operations(&mut extent.dice(3));
    let dice = extent.dice(11);
    let seen = Seen::default();
    let stop = extent.stop(SAMPLE);
    let (_, violations) = stage::in_parallel(&rounds, stop, |round| {
        let kind = &KINDS[round % KINDS.len()];
        let operation = operations[round / KINDS.len() % operations.len()];
        let mut dice = dice.fork(*round as u64);
        recorded_and_cut(kind, operation, &mut dice, &seen)
            .map_err(|what| format!("{}, {}: {what}", kind.name, operation.name))
    });
    Report {
        ran: told(&seen),
        violations,
    }
}

fn shuffled_operations(dice: &mut Dice) -> Vec<Operation> {
    let mut operations = operations::all();
    dice.shuffle(&mut operations);
    operations
}

/// One run, and some power cuts of it, unless there are images enough of this kind.
fn recorded_and_cut(
    kind: &'static Kind,
    operation: Operation,
    dice: &mut Dice,
    seen: &Seen,
) -> Result<(), String> {
    if seen.is_enough(kind) {
        return Ok(());
    }
    let run = Run::record(kind, operation, None)?;
    for _ in 0..CUTS {
        run.cut_and_judge(dice, seen, Depth::Full)?;
    }
    Ok(())
}

/// Whether power cuts on real filesystems tell a mutant from the clean build, in so many recorded runs of these operations.
pub(crate) fn notices(operations: &[Operation], mutant: &str, runs: usize, dice: &Dice) -> bool {
    if operations.is_empty() || served_disk::refusal().is_some() {
        return false;
    }
    let seen = Seen::default();
    (0..runs).any(|number| {
        let kind = &KINDS[number % KINDS.len()];
        let operation = operations[number / KINDS.len() % operations.len()];
        let mut dice = dice.fork(number as u64);
        Run::record(kind, operation, Some(mutant)).is_ok_and(|run| {
            (0..CUTS).any(|_| run.cut_and_judge(&mut dice, &seen, Depth::Full).is_err())
        })
    })
}

/// The filesystem that an image holds.
fn mount(kind: &Kind, image: &BlockImage) -> Result<Mounted, String> {
    let directory = scratch::directory();
    let written = image.write(&directory.path().join("disk"));
    written.map_err(|error| error.to_string())?;
    Mounted::of_disk(directory, kind.name, "defaults")
}

/// Images that have been judged, by kind: what the disk held, and what had been promised by then.
#[derive(Default)]
pub(crate) struct Seen(Mutex<BTreeMap<&'static str, HashSet<State>>>);

type State = (blake3::Hash, &'static str, usize);

impl Seen {
    /// Whether this is the first of its like.
    fn is_new(&self, kind: &Kind, state: State) -> bool {
        let mut seen = self.0.lock().expect("no panic");
        seen.entry(kind.name).or_default().insert(state)
    }

    fn count(&self, kind: &str) -> usize {
        let seen = self.0.lock().expect("no panic");
        seen.get(kind).map_or(0, HashSet::len)
    }

    fn is_enough(&self, kind: &Kind) -> bool {
        IMAGES
            .iter()
            .any(|(name, images)| *name == kind.name && self.count(name) >= *images)
    }
}

fn told(seen: &Seen) -> String {
    let counts = IMAGES.map(|(kind, _)| format!("{} of {kind}", seen.count(kind)));
    format!("{} distinct images", counts.join(", "))
}

/// An operation as the disk saw it.
pub(crate) struct Run {
    kind: &'static Kind,
    operation: Operation,
    mutant: Option<String>,
    recording: BlockRecording,
}

impl Run {
    /// Does an operation, with a mutant or without, on a filesystem of its own.
    pub(crate) fn record(
        kind: &'static Kind,
        operation: Operation,
        mutant: Option<&str>,
    ) -> Result<Self, String> {
        let mut disk = ServedDisk::begin(kind)?;
        for deed in operation.before {
            undisturbed(&carry_out(&disk, *deed, None))?;
        }
        disk.sync()?;
        for (index, deed) in follow_ups(operation).into_iter().enumerate() {
            disk.mark(Mark::Begins(index))?;
            let ended = carry_out(&disk, deed, mutant);
            if mutant.is_none() {
                undisturbed(&ended)?;
            }
            if ended.end != End::Done {
                break;
            }
            disk.mark(Mark::Acknowledged(index))?;
        }
        Ok(Run {
            kind,
            operation,
            mutant: mutant.map(str::to_owned),
            recording: disk.recording()?,
        })
    }

    /// Cuts the power once and judges what is left, unless that was judged before.
    pub(crate) fn cut_and_judge(
        &self,
        dice: &mut Dice,
        seen: &Seen,
        depth: Depth,
    ) -> Result<(), String> {
        let remains = block_cut::cut(&self.recording, &self.kind.superblock, dice);
        let state = (
            remains.image.digest(),
            self.operation.name,
            remains.marks.len(),
        );
        if !seen.is_new(self.kind, state) {
            return Ok(());
        }
        let before = Ledger::after(self.operation.before);
        let ledger = before.marked(&follow_ups(self.operation), &remains.marks);
        judge(self.kind, &remains, &ledger, depth).map_err(|what| match self.mutant {
            None => kept(self.kind, &remains, &what),
            Some(_) => what,
        })
    }
}

/// One deed is one process, so that it begins after its mark, and its acknowledgement is known before the next begins.
pub(crate) fn carry_out(disk: &ServedDisk, deed: Deed, mutant: Option<&str>) -> Ended {
    let order = Order {
        root: scratch::store_in(&disk.path()),
        deeds: vec![deed],
        watch: Watch::default(),
    };
    let mut command = order.command(stage::driver());
    if let Some(mutant) = mutant {
        command.env(MUTANT, mutant);
    }
    listen(command.spawn().expect("the driver starts"))
}

pub(crate) fn undisturbed(ended: &Ended) -> Result<(), String> {
    match ended.end {
        End::Done => Ok(()),
        _ => Err(format!("undisturbed, but {ended:?}")),
    }
}

/// Mounts what is left, which replays the journal, and judges the store on it.
pub(crate) fn judge(
    kind: &Kind,
    remains: &BlockRemains,
    ledger: &Ledger,
    depth: Depth,
) -> Result<(), String> {
    let judged = mount(kind, &remains.image).and_then(|disk| {
        oracle::judge(&scratch::store_in(&disk.path()), ledger, depth)
            .map_err(|violation| violation.to_string())
    });
    judged.map_err(|what| format!("{what} [{}]", remains.account))
}

/// Keeps an image that breaks a promise, for people to look at, and says where.
pub(crate) fn kept(kind: &Kind, remains: &BlockRemains, what: &str) -> String {
    let digest = remains.image.digest().to_hex();
    let name = format!("linkstead-{}-{}.img", kind.name, &digest[..8]);
    let path = std::env::temp_dir().join(name);
    match remains.image.write(&path) {
        Ok(()) => format!("{what} [kept as {}]", path.display()),
        Err(error) => format!("{what} [not kept: {error}]"),
    }
}
