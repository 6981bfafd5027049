//! What happens while a repair is at work.

use std::sync::Mutex;

use linkstead_store::{
    Event, Observer, OpenMode, OpenOptions, Phase, RepairOptions, RepairReport, Store,
};

use super::*;
use crate::support::held::Held;

/// Does something when a phase begins for the n-th time.
struct AtPhase<F> {
    phase: Phase,
    left: Mutex<Option<(usize, F)>>,
}

impl<F: FnOnce()> AtPhase<F> {
    fn new(phase: Phase, nth: usize, does: F) -> Self {
        AtPhase {
            phase,
            left: Mutex::new(Some((nth, does))),
        }
    }
}

impl<F: FnOnce() + Send> Observer for AtPhase<F> {
    fn event(&self, event: &Event) {
        if !matches!(event, Event::Phase { phase } if *phase == self.phase) {
            return;
        }
        let mut left = self.left.lock().expect("no panic");
        match left.take() {
            Some((1, does)) => does(),
            Some((more, does)) => *left = Some((more - 1, does)),
            None => {}
        }
    }
}

fn repair(world: &World, from: &[&Path], observer: &dyn Observer) -> RepairReport {
    let store = Store::open(
        world.sandbox.store(),
        &OpenOptions::new(OpenMode::ReadWrite),
    );
    let options = RepairOptions {
        archives: from.iter().map(|path| path.to_path_buf()).collect(),
        ..RepairOptions::default()
    };
    let repaired = store.expect("it opens").repair(&options, observer);
    repaired.expect("it repairs")
}

// Seen to fail when `healed` asks only what the last verify found.
#[test]
fn an_orphan_that_somebody_holds_is_not_called_healed() {
    let world = World::new();
    let orphan = world.directories[3].with_file_name("0123456789abcdef");
    fs::create_dir(&orphan).expect("its owner may");
    world.finds_left("directory-without-record", &orphan);
    let held = Mutex::new(None);
    let hold = AtPhase::new(Phase::Repair, 1, || {
        let directory = Held::shared(&orphan);
        *held.lock().expect("no panic") = Some(directory);
    });
    let report = repair(&world, &[], &hold);
    assert_eq!(
        (report.healed.len(), report.remaining.leftovers.len()),
        (0, 0)
    );
    assert!(orphan.exists());
    drop(held.into_inner().expect("no panic").expect("it was held"));
    let report = repair(&world, &[], &linkstead_store::Silent);
    assert_eq!(report.healed.len(), 1);
    assert!(!orphan.exists());
    world.is_clean("an orphan");
}

// Seen to fail when the archives are searched only for what the first pass wanted.
#[test]
fn what_gets_lost_meanwhile_is_brought_from_an_archive_too() {
    let world = World::new();
    let lose = |file: &str| {
        let file = world.file(3, file);
        let object = world.object(&file);
        fs::remove_file(object).expect("its owner may");
        fs::remove_file(file).expect("its owner may");
    };
    let own = fs::metadata(world.file(3, "own/d0/f0.py")).expect("it has it");
    let entry = fs::metadata(world.file(3, "manifest.json")).expect("it has it");
    assert_ne!(own.len(), entry.len(), "of another length");
    lose("own/d0/f0.py");
    // The second verify begins after the first pass.
    let later = AtPhase::new(Phase::Verify, 2, || lose("manifest.json"));
    let report = repair(&world, &[&world.archives[3]], &later);
    assert_eq!(report.remaining.findings, [], "{report:#?}");
    world.is_clean("lost meanwhile");
}
