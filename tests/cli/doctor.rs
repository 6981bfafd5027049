//! `doctor`: what it sees of a store and its place, in whatever state, and that it leaves no trace.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::world::{World, hello};

fn with_hello() -> World {
    let world = World::new();
    world.install(&hello());
    world
}

/// Every name below a directory, with its inode and when it was last changed.
fn state(directory: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    walkdir::WalkDir::new(directory)
        .into_iter()
        .map(|entry| {
            let entry = entry.unwrap();
            let found = entry.metadata().unwrap();
            let times = (found.ino(), found.ctime(), found.ctime_nsec());
            (entry.into_path(), times)
        })
        .collect()
}

#[track_caller]
fn concerns(outcome: &Outcome) -> Vec<Value> {
    let told = outcome.json();
    let concerns = told["concerns"].as_array().unwrap();
    assert_eq!(concerns.len(), told["advice"].as_array().unwrap().len());
    concerns.iter().map(|it| it["concern"].clone()).collect()
}

#[test]
fn of_a_sound_store_it_has_nothing_to_say() {
    let world = with_hello();
    let text = world.run(&["doctor"]).succeeds().stdout;
    let store = world.store().to_str().unwrap();
    for line in [
        &format!("store            {store}\n"),
        "state            it opens\n",
        "format           linkstead version 1\n",
        "  hard links     yes\n",
        "  flock          yes\n",
        "stagings         0 under way, 0 dead\n",
        "quarantine       empty\n",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    assert!(!text.contains("warning: "), "{text}");
    let told = world.run(&["--json", "doctor"]).succeeds().json();
    assert_eq!(told["state"], "opens");
    assert!(told["place"]["free_bytes"].as_u64().unwrap() > 0);
}

// Seen to fail when the abilities are tried in the store itself, and when the store is opened for writing.
#[test]
fn it_writes_nothing_into_a_store() {
    let world = with_hello();
    // What an open for writing would clear.
    fs::write(world.store().join("staging/0123456789abcdef.lock"), "").unwrap();
    let before = state(world.store());
    let outcome = world.run(&["--json", "doctor"]).succeeds();
    assert_eq!(state(world.store()), before);
    assert_eq!(concerns(&outcome), [json!("dead-stagings")]);
    assert_eq!(outcome.json()["leftovers"]["dead_stagings"], 1);
    let beside = fs::read_dir(world.path("")).unwrap().count();
    assert_eq!(beside, 1, "the directory beside the store is left");
}

#[test]
fn where_no_store_is_it_looks_at_the_place() {
    let world = World::new();
    let told = world.run(&["--json", "doctor"]).succeeds().json();
    assert_eq!(told["state"], "absent");
    let place = world.path("").canonicalize().unwrap();
    assert_eq!(told["place"]["directory"], place.to_str().unwrap());
    assert_eq!(told["place"]["abilities"]["modes"], "yes");
    assert!(!world.store().exists());
}

// Seen to fail when only a store that opens is looked at, and when no concern needs a person.
#[test]
fn a_damaged_store_needs_a_person() {
    let world = with_hello();
    fs::write(world.store().join("quarantine/abc"), "12345").unwrap();
    fs::write(world.store().join("pins/broken.json"), "{").unwrap();
    let outcome = world.run(&["--json", "doctor"]).exits(1);
    assert_eq!(
        concerns(&outcome),
        [json!("unreadable-root"), json!("quarantine")]
    );
    assert_eq!(outcome.json()["leftovers"]["quarantine"]["bytes"], 5);
    fs::write(world.store().join("store.json"), "{").unwrap();
    let text = world.run(&["doctor"]).exits(1).stdout;
    for words in [
        "state            it cannot be used\n",
        "quarantine       1 item, 5 B\n",
        "warning: ",
        "store.json",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
}

#[test]
fn others_must_not_write_to_it() {
    let world = with_hello();
    fs::set_permissions(world.store(), fs::Permissions::from_mode(0o777)).unwrap();
    let outcome = world.run(&["--json", "doctor"]).exits(1);
    assert_eq!(concerns(&outcome), [json!("writable-by-others")]);
}

// Seen to fail when the lock table is not looked at.
#[test]
#[cfg(target_os = "linux")]
fn it_says_who_holds_a_lock() {
    let world = with_hello();
    let lock = File::open(world.store().join("locks/store")).unwrap();
    lock.lock().unwrap();
    let told = world.run(&["--json", "doctor"]).succeeds().json();
    let file = format!(":{} ", lock.metadata().unwrap().ino());
    let table = fs::read_to_string("/proc/locks").unwrap();
    if !table.contains(&file) {
        eprintln!("not tested: the system does not tell of locks on this file system");
        return;
    }
    let held = &told["locks"][0];
    assert_eq!(held["lock"], "store");
    assert_eq!(held["holders"][0]["process"], std::process::id());
    assert_eq!(held["waiting"], json!([]));
}
