//! `remove` and `gc`: out of sight, then off the disk.

use std::fs::{self, File};

use crate::archives::{Zip, noise};
use crate::world::{World, hello};

// Seen to fail when `--dry-run` sweeps all the same.
#[test]
fn what_is_removed_resolves_no_more_and_gc_frees_it() {
    let world = World::new();
    let directory = world.install(&hello());
    let removed = world.run(&["remove", "hello"]).succeeds();
    assert_eq!(removed.stdout, "removed hello 1.0.0\n");
    world
        .run(&["path", "hello"])
        .fails_saying(&["hello is not installed"]);
    assert!(!directory.exists());
    world.is_sound();

    let plan = world.run(&["gc", "--dry-run", "--json"]).succeeds().json();
    assert!(plan["plan"]["bytes"].as_u64().unwrap() > 0);
    assert!(plan["swept"].is_null());
    assert!(objects(&world) > 0, "a dry run deletes nothing");

    let swept = world.run(&["gc"]).succeeds();
    assert!(swept.stdout.contains("freed "), "{swept:#?}");
    assert_eq!(objects(&world), 0);
    world.is_sound();
}

// Seen to fail when the mark does not count the objects of a tree as needed.
#[test]
fn gc_keeps_what_another_bundle_needs() {
    let world = World::new();
    let shared = noise(7, 5000);
    for name in ["a", "b"] {
        let zip = Zip::bundle(name, "1").file("shared", &shared).bytes();
        world.install(&world.file(name, zip));
    }
    world.run(&["remove", "a"]).succeeds();
    world.run(&["gc"]).succeeds();
    let kept = world.run(&["path", "b"]).succeeds().directory();
    assert!(fs::read(kept.join("shared")).unwrap() == shared);
    world.is_sound();
}

// Seen to fail when remove passes on the oldest record.
#[test]
fn the_newest_one_left_becomes_current() {
    let world = World::new();
    for version in ["1", "2", "3"] {
        world.install(&world.file("a", Zip::bundle("a", version).bytes()));
    }
    world
        .run(&["remove", "a"])
        .fails_saying(&["several versions", "hint: ", "a@1", "a@3"]);
    let removed = world.run(&["remove", "a@3"]).succeeds();
    assert_eq!(removed.stdout, "removed a 3\na now means a@2\n");
    let current = world.run(&["path", "a"]).succeeds().directory();
    assert!(current.starts_with(world.store().join("bundles/a/2")));
}

// Seen to fail when remove names no versions that there are (`similar` left empty).
#[test]
fn a_version_that_is_not_there_is_answered_with_those_that_are() {
    let world = World::new();
    world.install(&hello());
    world.run(&["remove", "hello@9"]).fails_saying(&[
        "hello@9 is not installed",
        "hint: ",
        "hello@1.0.0",
    ]);
}

#[test]
fn extra_files_are_named_when_they_go() {
    let world = World::new();
    let directory = world.install(&hello());
    fs::write(directory.join("notes.txt"), "mine").unwrap();
    let removed = world.run(&["remove", "hello"]).succeeds();
    assert!(removed.stdout.contains("1 extra file"), "{removed:#?}");
    assert!(removed.stdout.contains("notes.txt"), "{removed:#?}");
}

// Seen to fail when remove goes on although the directory is locked (`lock_for_removal`).
#[test]
fn a_bundle_in_use_stays() {
    let world = World::new();
    let directory = world.install(&hello());
    // A lease: a shared lock on the directory itself.
    let lease = File::open(&directory).unwrap();
    lease.lock_shared().unwrap();
    world
        .run(&["remove", "hello"])
        .fails_saying(&["hello@1.0.0 is in use", "hint: "]);
    assert_eq!(
        world.run(&["path", "hello"]).succeeds().directory(),
        directory
    );
    lease.unlock().unwrap();
    world.run(&["remove", "hello"]).succeeds();
}

fn objects(world: &World) -> usize {
    let shelves = fs::read_dir(world.store().join("objects")).unwrap();
    shelves
        .map(|shelf| fs::read_dir(shelf.unwrap().path()).unwrap().count())
        .sum()
}
