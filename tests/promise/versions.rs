//! Versions side by side: switching is atomic, the way back is there, and a version that is published again keeps its old
//! directory for those who have it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use linkstead_store::format::{BundleName, BundleRef, PinLabel, Version};
use linkstead_store::{ActivateOptions, OpenMode, OpenOptions, PinOptions, Silent, Store};

use crate::support::bundle::Bundle;
use crate::support::held::Held;
use crate::support::sandbox::Sandbox;

fn open(sandbox: &Sandbox, mode: OpenMode) -> Store {
    Store::open(sandbox.store(), &OpenOptions::new(mode)).expect("it opens")
}

// Seen to fail when `refs::write` deletes a ref before it renames the new one into place.
#[test]
fn whoever_polls_the_name_finds_the_old_version_or_the_new_one() {
    let sandbox = Sandbox::new();
    let versions = ["1.0.0", "2.0.0"];
    let directories =
        versions.map(|version| sandbox.install(&sandbox.pack(&Bundle::new("polled", version))));
    let is_over = AtomicBool::new(false);
    let polls = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| {
            let store = open(&sandbox, OpenMode::Resolve);
            let wanted = BundleRef::parse("polled").expect("a name");
            while !is_over.load(Ordering::Relaxed) {
                let found = store.resolve(&wanted).expect("it always means something");
                assert!(directories.contains(&found.path), "{found:?}");
                polls.fetch_add(1, Ordering::Relaxed);
            }
        });
        let store = open(&sandbox, OpenMode::ReadWrite);
        let name = BundleName::parse("polled").expect("a name");
        let mut turns = 0;
        // At least so many of both, however the two are scheduled.
        while turns < 300 || polls.load(Ordering::Relaxed) < 300 && !poller.is_finished() {
            let version = Version::parse(versions[turns % 2]).expect("a version");
            let activated = store.activate(&name, &version, &ActivateOptions::default(), &Silent);
            let activated = activated.expect("it is installed");
            assert_eq!(activated.directory, directories[turns % 2]);
            turns += 1;
        }
        is_over.store(true, Ordering::Relaxed);
        poller.join().expect("no panic");
    });
    sandbox.assert_sound();
}

// Seen to fail when `activate` does not write `current.json`.
#[test]
fn the_old_version_comes_back_whole() {
    let sandbox = Sandbox::new();
    let old = Bundle::new("app", "1.0.0").files("lib", 30, 1);
    let new = Bundle::new("app", "2.0.0")
        .files("lib", 30, 1)
        .files("more", 9, 2);
    let before = sandbox.install(&sandbox.pack(&old));
    sandbox.install(&sandbox.pack(&new));
    sandbox.ok(["use", "app@1.0.0"]);
    assert_eq!(PathBuf::from(sandbox.ok(["path", "app"])), before);
    old.assert_complete(&before);
    // The bad one can go now, and what the old one shares with it stays.
    sandbox.ok(["remove", "app@2.0.0"]);
    sandbox.assert_sound();
    old.assert_complete(&before);
    assert_eq!(PathBuf::from(sandbox.ok(["path", "app"])), before);
    sandbox.assert_reader_agrees();
}

/// Two contents of one version, the second installed over the first.
fn published_again(sandbox: &Sandbox) -> (Bundle, PathBuf, PathBuf) {
    let first = Bundle::new("twice", "1.0.0").files("lib", 20, 1);
    let second = Bundle::new("twice", "1.0.0").files("lib", 20, 2);
    let old = sandbox.install(&sandbox.pack(&first));
    let new = sandbox.install(&sandbox.pack(&second));
    assert_ne!(old, new, "other content has another directory");
    second.assert_complete(&new);
    (first, old, new)
}

// Seen to fail when gc takes a directory without asking for its lock (`lock_for_removal` and `is_leased`).
#[test]
fn a_version_published_again_keeps_its_old_directory_while_that_is_leased() {
    let sandbox = Sandbox::new();
    let (first, old, new) = published_again(&sandbox);
    let lease = Held::shared(&old);
    sandbox.ok(["gc"]);
    first.assert_complete(&old);
    assert_eq!(PathBuf::from(sandbox.ok(["path", "twice"])), new);
    drop(lease);
    sandbox.ok(["gc"]);
    assert!(!old.exists(), "nobody has it any more");
    sandbox.assert_sound();
}

// Seen to fail when `Roots::read` leaves pins out.
#[test]
fn a_version_published_again_keeps_its_old_directory_while_that_is_pinned() {
    let sandbox = Sandbox::new();
    let first = Bundle::new("twice", "1.0.0").files("lib", 20, 1);
    let second = Bundle::new("twice", "1.0.0").files("lib", 20, 2);
    let old = sandbox.install(&sandbox.pack(&first));
    sandbox.ok(["pin", "twice@1.0.0", "--as", "old"]);
    let new = sandbox.install(&sandbox.pack(&second));
    sandbox.assert_sound();
    first.assert_complete(&old);
    // The pin is about the old content: the new one may go.
    let refused = sandbox.run(["pin", "twice@1.0.0", "--as", "old"]);
    assert!(!refused.status.success(), "the label keeps what it keeps");
    sandbox.ok(["remove", "twice@1.0.0"]);
    assert!(!new.exists());
    sandbox.assert_sound();
    first.assert_complete(&old);
    sandbox.assert_reader_agrees();
    sandbox.ok(["unpin", "old"]);
    sandbox.assert_sound();
    assert!(!old.exists(), "nobody keeps it any more");
    assert_eq!(sandbox.objects(), 0);
}

// Seen to fail when `manifest_is_lost` looks at refs alone.
#[test]
fn what_only_a_pin_names_survives_a_lost_manifest() {
    let sandbox = Sandbox::new();
    let first = Bundle::new("twice", "1.0.0").files("lib", 20, 1);
    let old = sandbox.install(&sandbox.pack(&first));
    sandbox.ok(["pin", "twice@1.0.0"]);
    let second = Bundle::new("twice", "1.0.0").files("lib", 20, 2);
    sandbox.install(&sandbox.pack(&second));
    sandbox.ok(["remove", "twice@1.0.0"]);
    std::fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    sandbox.install(&sandbox.pack(&Bundle::new("other", "1.0.0")));
    sandbox.assert_sound();
    first.assert_complete(&old);
}

// Seen to fail when `claim` renames over what is there.
#[test]
fn of_two_who_want_a_label_one_gets_it() {
    let sandbox = Sandbox::new();
    let names = ["left", "right"].map(|name| {
        sandbox.install(&sandbox.pack(&Bundle::new(name, "1.0.0")));
        BundleName::parse(name).expect("a name")
    });
    let version = Version::parse("1.0.0").expect("a version");
    for round in 0..60 {
        let label = PinLabel::parse(&format!("round-{round}")).expect("a label");
        let gate = std::sync::Barrier::new(2);
        let won: Vec<bool> = std::thread::scope(|scope| {
            let wanting = names.each_ref().map(|name| {
                scope.spawn(|| {
                    let store = open(&sandbox, OpenMode::ReadWrite);
                    let options = PinOptions::default();
                    gate.wait();
                    store.pin(&label, name, &version, &options, &Silent).is_ok()
                })
            });
            wanting
                .into_iter()
                .map(|one| one.join().expect("no panic"))
                .collect()
        });
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "round {round}");
    }
    sandbox.assert_sound();
}

// Seen to fail when `--no-activate` writes `current.json`.
#[test]
fn a_version_published_again_can_wait_for_its_use() {
    let sandbox = Sandbox::new();
    let first = Bundle::new("twice", "1.0.0").files("lib", 20, 1);
    let old = sandbox.install(&sandbox.pack(&first));
    let second = sandbox.pack(&Bundle::new("twice", "1.0.0").files("lib", 20, 2));
    let new = PathBuf::from(sandbox.ok([
        "install".as_ref(),
        "--no-activate".as_ref(),
        second.as_os_str(),
    ]));
    // The name alone still means the old content, which no version's ref names.
    assert_eq!(PathBuf::from(sandbox.ok(["path", "twice"])), old);
    assert_eq!(PathBuf::from(sandbox.ok(["path", "twice@1.0.0"])), new);
    sandbox.assert_sound();
    first.assert_complete(&old);
    sandbox.ok(["use", "twice@1.0.0"]);
    assert_eq!(PathBuf::from(sandbox.ok(["path", "twice"])), new);
    sandbox.ok(["gc"]);
    assert!(!old.exists(), "nothing names it any more");
    sandbox.assert_sound();
}
