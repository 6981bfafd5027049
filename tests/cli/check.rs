//! `check`: the verdict without a store, and that an install agrees.

use crate::archives::Zip;
use crate::world::{World, hello};

#[test]
fn an_honest_archive_is_accepted_and_no_store_is_made() {
    let world = World::new();
    let archive = hello();
    let outcome = world.run(&["check", archive.to_str().unwrap()]).succeeds();
    assert!(outcome.stdout.contains("accepted: 7 files"), "{outcome:#?}");
    assert!(!world.store().exists());
}

#[test]
fn all_broken_rules_of_all_archives_are_listed() {
    let world = World::new();
    let bad = Zip::bundle("bad", "1.0.0")
        .file("../out", b"1")
        .file("A", b"2")
        .file("a", b"3");
    let bad = world.file("bad.mcpb", bad.bytes());
    let good = hello();
    let arguments = ["check", bad.to_str().unwrap(), good.to_str().unwrap()];
    let outcome = world.run(&arguments).exits(1);
    for words in ["refused", "../out", "case is ignored", "accepted"] {
        assert!(
            outcome.stdout.contains(words),
            "no {words:?} in {outcome:#?}"
        );
    }
    let told = world
        .run(&["--json", "check", bad.to_str().unwrap()])
        .exits(1)
        .json();
    assert_eq!(told[0]["accepted"], false);
    assert_eq!(told[0]["violations"].as_array().unwrap().len(), 2);
    world
        .run(&["install", bad.to_str().unwrap()])
        .fails_saying(&["../out", "case is ignored"]);
}

#[test]
fn a_manifest_without_a_version_is_refused_as_by_an_install() {
    let world = World::new();
    let manifest = br#"{"manifest_version":"0.2","name":"a"}"#;
    let archive = world.file(
        "a.mcpb",
        Zip::default().file("manifest.json", manifest).bytes(),
    );
    let path = archive.to_str().unwrap();
    world
        .run(&["check", path])
        .fails_saying(&["no version", path]);
    world.run(&["check", "--plain", path]).succeeds();
}

// Seen to fail when the first archive that cannot be read ends the command.
#[test]
fn an_archive_without_a_verdict_hides_no_other() {
    let world = World::new();
    let good = hello();
    let good = good.to_str().unwrap();
    let (gone, lost) = (world.path("gone.mcpb"), world.path("lost.mcpb"));
    let (gone, lost) = (gone.to_str().unwrap(), lost.to_str().unwrap());
    let one = world.run(&["check", gone, good]).exits(1);
    assert!(one.stdout.contains("accepted: 7 files"), "{one:#?}");
    assert!(one.stderr.starts_with("error: ") && one.stderr.contains(gone));
    let two = world.run(&["check", gone, good, lost]).exits(1);
    assert!(two.stdout.contains("accepted: 7 files"), "{two:#?}");
    let both = format!("error: cannot check {gone}, {lost}\ncaused by: ");
    assert!(two.stderr.starts_with(&both), "{two:#?}");
    assert!(two.stderr.contains("hint: "), "{two:#?}");
    let json = world.run(&["--json", "check", good, gone]).exits(1);
    assert_eq!(json.json()[0]["accepted"], true);
    assert!(json.stderr.contains(r#""kind":""#), "{json:#?}");
    world
        .run(&["--json", "check", gone])
        .exits(1)
        .json_failure();
}
