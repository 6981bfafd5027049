//! Held locks: waits are bounded and say what they wait for, and those who only look wait for nothing.

use std::fs::File;
use std::time::{Duration, Instant};

use crate::archives::Zip;
use crate::world::{World, hello};

// Seen to fail when `--lock-timeout` does not reach the engine.
#[test]
fn a_wait_ends_and_says_for_what() {
    let world = World::new();
    world.install(&hello());
    let lock = File::open(world.store().join("locks/store")).unwrap();
    lock.lock().unwrap();
    let began = Instant::now();
    world
        .run(&["-q", "--lock-timeout", "1", "remove", "hello"])
        .fails_saying(&[
            "waited 1 s for the store lock",
            "locks/store",
            "hint: ",
            "--lock-timeout",
        ]);
    assert!(began.elapsed() < Duration::from_secs(20));
    let failure = world
        .run(&["--json", "--lock-timeout", "0s", "remove", "hello"])
        .exits(1);
    let failure = failure.json_failure();
    assert_eq!(failure["kind"], "busy");
    assert_eq!(failure["retryable"], true);
}

#[test]
fn a_long_wait_says_who_is_in_the_way() {
    let world = World::new();
    world.install(&hello());
    let lock = File::open(world.store().join("locks/store")).unwrap();
    lock.lock().unwrap();
    let outcome = world
        .run(&["--lock-timeout", "3s", "remove", "hello"])
        .exits(1);
    let me = format!("process {}", std::process::id());
    let notes: Vec<_> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("note: waiting for the store lock for "))
        .collect();
    assert!(!notes.is_empty(), "{outcome:#?}");
    assert!(notes.iter().all(|note| note.contains(&me)), "{outcome:#?}");
}

#[test]
fn looking_waits_for_nothing() {
    let world = World::new();
    let directory = world.install(&hello());
    let locks: Vec<File> = ["store", "turnstile", "gc", "manifest"]
        .iter()
        .filter_map(|name| File::open(world.store().join("locks").join(name)).ok())
        .collect();
    assert!(!locks.is_empty());
    for lock in &locks {
        lock.lock().unwrap();
    }
    let began = Instant::now();
    assert_eq!(
        world.run(&["path", "hello"]).succeeds().directory(),
        directory
    );
    for command in [&["info", "hello"][..], &["list"], &["du"], &["dir"]] {
        world.run(command).succeeds();
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    drop(locks);
    world.install(&world.file("a", Zip::bundle("a", "1").bytes()));
    world.is_sound();
}
