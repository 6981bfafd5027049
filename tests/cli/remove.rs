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
    let lines: Vec<&str> = removed.stdout.lines().collect();
    assert_eq!(lines[0], "removed hello 1.0.0");
    assert!(lines[1].starts_with("gc frees ") && lines[1].ends_with(" for it"));
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
    assert!(removed.stdout.starts_with("removed a 3\na now means a@2\n"));
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

// Seen to fail when `take` does not ask for extra files.
#[test]
fn extra_files_keep_a_bundle_unless_they_are_discarded() {
    let world = World::new();
    let directory = world.install(&hello());
    for name in ["notes.txt", "state.db", "c", "d"] {
        fs::write(directory.join(name), "mine").unwrap();
    }
    let refused = world.run(&["remove", "hello"]).fails_saying(&[
        "hello@1.0.0 has 4 extra files",
        "\"c\"",
        ", …",
        "hint: ",
        "--discard-extra",
    ]);
    assert!(
        !refused.stderr.contains("state.db"),
        "only a few: {refused:#?}"
    );
    let failure = world.run(&["--json", "remove", "hello"]).exits(1);
    assert_eq!(failure.json_failure()["kind"], "unconfirmed");
    assert_eq!(fs::read(directory.join("notes.txt")).unwrap(), b"mine");

    let removed = world
        .run(&["remove", "hello", "--discard-extra"])
        .succeeds();
    assert!(
        removed
            .stdout
            .contains("4 extra files in its directory, parked until gc")
    );
    assert!(removed.stdout.contains("\n  state.db\n"), "{removed:#?}");
    assert!(!directory.exists());
    // It was agreed to: gc asks no more.
    world.run(&["gc"]).succeeds();
    world.is_sound();
}

// Seen to fail when `missed` leaves out caches, and when it leaves out private globs.
#[test]
fn caches_and_private_files_are_not_missed() {
    let world = World::new();
    let archive = world.file("a", Zip::bundle("a", "1").bytes());
    let directory = world
        .run(&[
            "install",
            archive.to_str().unwrap(),
            "--private",
            "/cache/**",
        ])
        .succeeds()
        .directory();
    for name in [
        "__pycache__/server.cpython-313.pyc",
        "lib/__pycache__/notes.txt",
        ".venv/bin/python",
        "server/.venv/state.db",
        "server.log",
        "uv.lock",
        "cache/deep/thing",
    ] {
        let file = directory.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "made again").unwrap();
    }
    world.run(&["remove", "a"]).succeeds();
    world.is_sound();
}

// Seen to fail when remove goes on although the directory is locked (`lock_for_removal`).
#[test]
fn a_bundle_in_use_stays() {
    let world = World::new();
    let directory = world.install(&hello());
    // A lease: a shared lock on the directory itself.
    let lease = File::open(&directory).unwrap();
    lease.lock_shared().unwrap();
    world.run(&["remove", "hello"]).fails_saying(&[
        "hello@1.0.0 is in use",
        "hint: ",
        "--when-idle",
    ]);
    assert_eq!(
        world.run(&["path", "hello"]).succeeds().directory(),
        directory
    );
    lease.unlock().unwrap();
    world.run(&["remove", "hello"]).succeeds();
}

// Seen to fail when `grip` refuses also a removal that may wait, and when `take` parks what others hold.
#[test]
fn what_is_held_can_be_marked_and_goes_when_nobody_holds_it() {
    let world = World::new();
    let directory = world.install(&hello());
    fs::write(directory.join("notes.txt"), "mine").unwrap();
    let lease = File::open(&directory).unwrap();
    lease.lock_shared().unwrap();
    let marked = world.run(&["remove", "hello", "--when-idle"]).succeeds();
    for words in [
        "removed hello 1.0.0\nits directory stays while it is held by ",
        "1 extra file in its directory, which keep",
        "for it after that\n",
    ] {
        assert!(marked.stdout.contains(words), "{marked:#?}");
    }
    world
        .run(&["path", "hello"])
        .fails_saying(&["hello is not installed"]);
    let plan = world.run(&["gc", "--json"]).succeeds().json();
    assert_eq!(plan["plan"]["stays"][0]["wanted_by"], "no-name");
    assert_eq!(plan["plan"]["stays"][0]["keep"]["by"], "lease");
    assert!(directory.join("notes.txt").exists());
    lease.unlock().unwrap();

    let kept = world.run(&["gc"]).succeeds();
    assert!(kept.stdout.contains("no name means it"), "{kept:#?}");
    assert!(kept.stdout.contains("  notes.txt\n"), "{kept:#?}");
    assert!(directory.join("notes.txt").exists());
    world.run(&["gc", "--discard-extra"]).succeeds();
    assert!(!directory.exists());
    assert_eq!(objects(&world), 0);
    // Without anybody who holds it, it is removed at once.
    world.install(&hello());
    let removed = world.run(&["--json", "remove", "hello", "--when-idle"]);
    assert_eq!(removed.succeeds().json()["state"], "parked");
    world.is_sound();
}

fn objects(world: &World) -> usize {
    let shelves = fs::read_dir(world.store().join("objects")).unwrap();
    shelves
        .map(|shelf| fs::read_dir(shelf.unwrap().path()).unwrap().count())
        .sum()
}
