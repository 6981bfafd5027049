//! Each way in which an archive is refused: exit code 1, an error that names the archive and what is wrong, and a store in
//! which nothing is wrong and nothing is installed.

use std::fs;
use std::path::Path;

use crate::archives::{Zip, noise};
use crate::world::{World, hello};

/// Installing these bytes fails with these words; the archive's path is always among them.
#[track_caller]
fn is_refused(bytes: impl AsRef<[u8]>, words: &[&str]) {
    let world = World::new();
    let archive = world.file("bad.mcpb", bytes);
    is_refused_at(&world, &archive, words);
}

#[track_caller]
fn is_refused_at(world: &World, archive: &Path, words: &[&str]) {
    let path = archive.to_str().unwrap();
    let outcome = world
        .run(&["install", path])
        .fails_saying(&[path, "hint: "]);
    for word in words {
        assert!(outcome.stderr.contains(word), "no {word:?} in {outcome:#?}");
    }
    let failure = world
        .run(&["--json", "install", path])
        .exits(1)
        .json_failure();
    assert_eq!(failure["path"], path);
    world.is_sound();
    assert_eq!(
        world.run(&["list", "--json"]).succeeds().json(),
        serde_json::json!([])
    );
    let staging = fs::read_dir(world.store().join("staging")).unwrap();
    assert_eq!(
        staging.count(),
        0,
        "a refused archive leaves nothing behind"
    );
}

#[test]
fn not_a_zip() {
    is_refused(noise(3, 5000), &["no zip"]);
    is_refused("", &["no zip"]);
}

#[test]
fn a_truncated_archive() {
    let whole = fs::read(hello()).unwrap();
    is_refused(&whole[..whole.len() - 30], &[]);
    is_refused(&whole[..whole.len() / 2], &[]);
}

// Seen to fail when decoding accepts any CRC-32 (`check_crc`).
#[test]
fn a_wrong_crc() {
    let mut bytes = Zip::bundle("a", "1")
        .file("lib/data", b"some content here")
        .bytes();
    let at = bytes
        .windows(9)
        .position(|window| window == b"some cont")
        .unwrap();
    bytes[at] ^= 1;
    is_refused(bytes, &["CRC", "lib/data"]);
}

#[test]
fn no_mcpb_manifest() {
    is_refused(
        Zip::default().file("a.py", b"1").bytes(),
        &["manifest.json", "--as NAME@VERSION"],
    );
}

#[test]
fn an_mcpb_manifest_without_a_version() {
    let manifest = br#"{"manifest_version": "0.3", "name": "a"}"#;
    is_refused(
        Zip::default().file("manifest.json", manifest).bytes(),
        &["no version"],
    );
}

#[test]
fn an_mcpb_manifest_that_is_no_json() {
    is_refused(
        Zip::default().file("manifest.json", b"{").bytes(),
        &["not JSON"],
    );
}

// Seen to fail when `BundleName` accepts any text.
#[test]
fn names_of_bundles_that_lead_elsewhere() {
    for name in ["../../etc", "..", "a/b", "@a/b/c", "/a", "@/a"] {
        is_refused(Zip::bundle(name, "1").bytes(), &[name]);
    }
    for version in ["../1", "1/2", ".."] {
        is_refused(Zip::bundle("a", version).bytes(), &[version]);
    }
}

#[test]
fn entries_that_lead_elsewhere() {
    for path in ["../a", "lib/../../a", "/etc/passwd", "lib//a", "lib/./a"] {
        is_refused(Zip::bundle("a", "1").file(path, b"x").bytes(), &[path]);
    }
}

#[test]
fn over_a_cap_names_the_option() {
    let world = World::new();
    let archive = world.file(
        "a.mcpb",
        Zip::bundle("a", "1").file("big", &noise(1, 5000)).bytes(),
    );
    let archive = archive.to_str().unwrap();
    for (option, value) in [
        ("--max-entries", "2"),
        ("--max-file-size", "4 kB"),
        ("--max-total-size", "4k"),
        ("--max-archive-size", "4000"),
        ("--max-manifest-size", "10"),
    ] {
        world
            .run(&["install", archive, option, value])
            .fails_saying(&[archive, option, "hint: "]);
    }
    world.run(&["install", archive]).succeeds();
    world.is_sound();
}

#[test]
fn an_archive_that_is_not_there_or_no_file() {
    let world = World::new();
    let missing = world.path("missing.mcpb");
    world
        .run(&["install".as_ref(), missing.as_os_str()])
        .fails_saying(&[missing.to_str().unwrap(), "hint: "]);
    let directory = world.path(".");
    world
        .run(&["install".as_ref(), directory.as_os_str()])
        .fails_saying(&[directory.to_str().unwrap()]);
    world.is_sound();
}
