//! The world against the model.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::PathBuf;

use linkstead_store::Error;
use walkdir::WalkDir;

use crate::build::{Build, NAMES};
use crate::model::{Expected, Model, Shown};
use crate::step::Step;
use crate::world::World;

/// An undisturbed step is done or refused as the model says; after a gc, exactly what is kept lies there.
pub(crate) fn outcome(
    step: Step,
    expected: Expected,
    found: Result<(), Error>,
    model: &mut Model,
    world: &World<'_>,
) {
    match (expected, found) {
        (Expected::Done, Ok(())) => {}
        (Expected::Refused, Err(error)) if is_refusal(&error) => {}
        (expected, found) => panic!("{step:?} should be {expected:?}, and is {found:?}"),
    }
    match step {
        Step::Collect | Step::CollectKeeping(_) => nothing_else(model, world),
        Step::Remove(release) | Step::RemoveWhenIdle(release) => {
            passed_on(release.name, model, &world.shown());
        }
        _ => {}
    }
}

/// Who uses a bundle says so: policies go by it.
pub(crate) fn used(build: Build, world: &World<'_>) {
    assert!(world.is_used(build), "nothing tells that {build} was used");
}

fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::NotInstalled { .. }
            | Error::NoCurrent { .. }
            | Error::InUse { .. }
            | Error::Pinned { .. }
            | Error::NotPinned { .. }
            | Error::LabelTaken { .. }
    )
}

/// Which version was recorded last is unknown where somebody died: any that is there may be current then.
fn passed_on(name: u8, model: &mut Model, shown: &Shown) {
    let found = shown.current.get(&name);
    let is_one = found.is_some_and(|build| shown.releases.values().any(|there| there == build));
    if model.unsure.contains(&name) && is_one && model.shown.current.contains_key(&name) {
        model
            .shown
            .current
            .extend(found.map(|build| (name, *build)));
    }
}

/// A reader sees what the model says, and all of it is whole.
pub(crate) fn visible(model: &Model, world: &World<'_>) {
    assert_eq!(
        world.shown(),
        model.shown,
        "what is shown, and what was meant"
    );
    whole(model, world);
}

/// What something keeps is there, byte for byte.
fn whole(model: &Model, world: &World<'_>) {
    let there = directories(world);
    for build in model.kept() {
        let directory = there
            .iter()
            .find(|directory| Build::of_directory(directory) == Some(build));
        match directory {
            Some(directory) => build.assert_whole_in(directory),
            None => panic!("{build} is kept by something and gone"),
        }
    }
    for (place, build) in &model.shown.checkouts {
        build.assert_whole_in(&world.place(*place));
    }
}

/// After a death each name, label and current version is what it was or what it would be.
pub(crate) fn after_death(step: Step, before: &Model, after: &mut Model, world: &World<'_>) {
    let shown = world.shown();
    either(
        "installed",
        &shown.releases,
        &before.shown.releases,
        &after.shown.releases,
    );
    // It may have recorded something, or forgotten it, and nobody can see which.
    let names = match step {
        Step::Install(build) | Step::InstallAside(build) => vec![build.release.name],
        Step::Remove(release) | Step::RemoveWhenIdle(release) => vec![release.name],
        Step::Collect | Step::CollectKeeping(_) => (0..NAMES).collect(),
        _ => Vec::new(),
    };
    if let Step::Remove(release) | Step::RemoveWhenIdle(release) = step {
        // It may be passed on before it is removed, and to whatever was recorded last.
        let is_open = after.unsure.contains(&release.name);
        after.unsure.insert(release.name);
        if is_open {
            passed_on(release.name, after, &shown);
        }
    }
    either(
        "current",
        &shown.current,
        &before.shown.current,
        &after.shown.current,
    );
    either("pinned", &shown.pins, &before.shown.pins, &after.shown.pins);
    either(
        "checked out",
        &shown.checkouts,
        &before.shown.checkouts,
        &after.shown.checkouts,
    );
    after.leases.clone_from(&before.leases);
    after.unsure.extend(names);
    after.adopt(shown);
}

fn either<K: Ord + Debug, V: Eq + Debug>(
    what: &str,
    shown: &BTreeMap<K, V>,
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
) {
    let keys: BTreeSet<&K> = shown
        .keys()
        .chain(before.keys())
        .chain(after.keys())
        .collect();
    for key in keys {
        let found = shown.get(key);
        assert!(
            found == before.get(key) || found == after.get(key),
            "after a death {what} of {key:?} is {found:?}, neither {:?} nor {:?}",
            before.get(key),
            after.get(key)
        );
    }
}

/// At the end: a gc leaves exactly what is kept; and when everything is removed, nothing.
pub(crate) fn collected(model: &Model, world: &mut World<'_>) {
    let mut model = model.clone();
    collect(&mut model, world);
    for label in model.shown.pins.clone().into_keys() {
        let step = Step::Unpin(label);
        let expected = model.take(step);
        outcome(step, expected, world.take(step), &mut model, world);
    }
    for place in model.shown.checkouts.clone().into_keys() {
        let step = Step::DeleteCheckout(place);
        let expected = model.take(step);
        outcome(step, expected, world.take(step), &mut model, world);
    }
    for release in model.shown.releases.clone().into_keys() {
        let step = Step::Remove(release);
        let expected = model.take(step);
        outcome(step, expected, world.take(step), &mut model, world);
    }
    collect(&mut model, world);
}

fn collect(model: &mut Model, world: &mut World<'_>) {
    let expected = model.take(Step::Collect);
    outcome(
        Step::Collect,
        expected,
        world.take(Step::Collect),
        model,
        world,
    );
}

/// Directories, trees and objects are those of what is kept.
fn nothing_else(model: &Model, world: &World<'_>) {
    let kept = model.kept();
    let there: BTreeSet<Build> = directories(world)
        .iter()
        .filter_map(|directory| Build::of_directory(directory))
        .collect();
    assert_eq!(there, kept, "directories after a gc");
    let needed = model.needed();
    let objects: BTreeSet<PathBuf> = needed.iter().flat_map(|build| build.objects()).collect();
    assert_eq!(files(world, "objects"), objects, "objects after a gc");
    assert_eq!(
        files(world, "trees").len(),
        needed.len(),
        "trees after a gc"
    );
    assert_eq!(
        world.beside_checkouts(),
        Vec::<PathBuf>::new(),
        "left beside checkouts"
    );
    for shelf in ["staging", "parked", "trash", "quarantine"] {
        assert_eq!(files(world, shelf), BTreeSet::new(), "{shelf} after a gc");
    }
}

fn directories(world: &World<'_>) -> Vec<PathBuf> {
    let below = WalkDir::new(world.root().join("bundles"))
        .min_depth(3)
        .max_depth(3);
    below
        .into_iter()
        .map(|entry| entry.expect("it can be listed"))
        .filter(|entry| entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

fn files(world: &World<'_>, below: &str) -> BTreeSet<PathBuf> {
    let root = world.root();
    WalkDir::new(root.join(below))
        .into_iter()
        .map(|entry| entry.expect("it can be listed"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(&root);
            path.expect("below it").to_path_buf()
        })
        .collect()
}
