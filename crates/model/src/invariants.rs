//! What must hold in every state, and what must hold when everything is quiet.

use crate::bundle::Bundle;
use crate::cell::{BROKEN, UNSYNCED, Value, WHOLE};
use crate::disk::{DeadStaging, Disk, Manifest};
use crate::flaw::Flaw;
use crate::process::{Handle, Operation, Step};
use crate::world::{Fault, World};

/// The sentence that a state breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// I1: a named object holds what its name says, also after a power cut.
    ObjectBroken,
    /// I2: a directory with a receipt is complete.
    PublishedIncomplete,
    /// I3: a record implies a whole directory, its receipt, its tree and its objects.
    RecordWithoutBundle,
    /// I3: a ref implies a record.
    RefWithoutRecord,
    /// The current version is one that resolves.
    CurrentWithoutRef,
    /// An acknowledged install that nobody removed resolves.
    AcknowledgedLost,
    /// An acknowledged `use` stays.
    CurrentLost,
    /// A leased directory stays where it is, whole.
    LeaseBroken,
    /// The staging of a live process is its own.
    LiveStagingTaken,
    /// No lock is waited for leftwards.
    LockOrder,
    /// Some process can go on.
    Deadlock,
    /// A batch that waits is overtaken by no stream of new windows.
    GcStarves,
    /// After a gc of a quiet store nothing unneeded is left.
    Garbage,
}

/// Checks one state.
pub(crate) fn check(world: &World) -> Result<(), Violation> {
    check_faults(world)?;
    check_disk(&world.disk)?;
    check_promises(world)?;
    check_leases(world)
}

fn check_faults(world: &World) -> Result<(), Violation> {
    match world.fault {
        Fault::LockOrder => Err(Violation::LockOrder),
        Fault::LiveStagingTaken => Err(Violation::LiveStagingTaken),
        Fault::None if world.overtakes == World::MOST_OVERTAKES => Err(Violation::GcStarves),
        Fault::None => Ok(()),
    }
}

fn check_disk(disk: &Disk) -> Result<(), Violation> {
    if disk.objects.iter().any(|object| object.seen() == BROKEN) {
        return Err(Violation::ObjectBroken);
    }
    for bundle in Bundle::ALL {
        if disk.receipts[bundle].is_there() && disk.directories[bundle].seen() == BROKEN {
            return Err(Violation::PublishedIncomplete);
        }
        if disk.records.has(bundle) && !is_whole(disk, bundle) {
            return Err(Violation::RecordWithoutBundle);
        }
        if disk.manifest == Manifest::There && disk.named().has(bundle) && !disk.records.has(bundle)
        {
            return Err(Violation::RefWithoutRecord);
        }
        if disk.is_current(bundle) && !disk.resolves(bundle) {
            return Err(Violation::CurrentWithoutRef);
        }
    }
    Ok(())
}

/// Bytes that are not yet synced look whole to those that read them.
fn reads_whole(value: Value) -> bool {
    value == WHOLE || value == UNSYNCED
}

/// Everything that the record promises is there.
fn is_whole(disk: &Disk, bundle: Bundle) -> bool {
    reads_whole(disk.directories[bundle].seen())
        && disk.receipts[bundle].is_there()
        && disk.trees[bundle].is_there()
        && bundle
            .objects()
            .into_iter()
            .all(|object| reads_whole(disk.objects[object].seen()))
}

fn check_promises(world: &World) -> Result<(), Violation> {
    let disk = &world.disk;
    let resolves = |bundle: Bundle| disk.resolves(bundle) && is_whole(disk, bundle);
    if !world.promised.installed.iter().all(resolves) {
        return Err(Violation::AcknowledgedLost);
    }
    if world
        .promised
        .current
        .is_some_and(|current| current != disk.current.seen())
    {
        return Err(Violation::CurrentLost);
    }
    Ok(())
}

fn check_leases(world: &World) -> Result<(), Violation> {
    let holds = |bundle: Bundle, handle: Handle| {
        handle == Handle::AtItsPath && reads_whole(world.disk.directories[bundle].seen())
    };
    let broken = world
        .processes
        .iter()
        .filter(|process| process.step == Step::LeaseHeld)
        .any(|process| !holds(process.bundle, process.handle));
    if broken {
        Err(Violation::LeaseBroken)
    } else {
        Ok(())
    }
}

/// Checks what a gc leaves of a store on which nobody works.
pub(crate) fn check_quiet(world: &World, flaw: Option<Flaw>) -> Result<(), Violation> {
    let after = world.run_alone(Operation::Gc, flaw);
    check(&after)?;
    if is_clean(&after.disk) {
        Ok(())
    } else {
        Err(Violation::Garbage)
    }
}

fn is_clean(disk: &Disk) -> bool {
    let named = disk.named();
    let exactly_named = |bundle: Bundle| {
        [&disk.directories, &disk.receipts, &disk.trees]
            .iter()
            .all(|names| names[bundle].is_there() == named.has(bundle))
    };
    let object_needed = |index: usize| named.objects() & (1 << index) != 0;
    disk.records == named
        && Bundle::ALL.into_iter().all(exactly_named)
        && disk
            .objects
            .iter()
            .enumerate()
            .all(|(index, object)| object.is_there() == object_needed(index))
        && disk.parked.is_empty()
        && disk.trash_settled.or(disk.trash_unsettled).is_empty()
        && disk.dead_staging == DeadStaging::None
}
