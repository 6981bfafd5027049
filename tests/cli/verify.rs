//! `verify`: what is wrong is named with the bundles and paths that it hurts; what is extra is no damage.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::world::{World, hello};

/// Writes through a file's links, as a careless server does.
fn write_through(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[0] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_sound_store_has_no_findings() {
    let world = World::new();
    world.install(&hello());
    let outcome = world.run(&["verify"]).succeeds();
    assert!(
        outcome.stdout.ends_with("1 bundle: nothing is wrong\n"),
        "{outcome:#?}"
    );
}

// Seen to fail when findings do not change how verify ends.
#[test]
fn an_altered_file_is_a_finding_that_names_the_bundle() {
    let world = World::new();
    let directory = world.install(&hello());
    write_through(&directory.join("server/tools.py"));
    let outcome = world.run(&["verify"]).exits(1);
    assert!(outcome.stdout.contains("finding: "), "{outcome:#?}");
    assert!(
        outcome.stdout.contains("hello@1.0.0: server/tools.py"),
        "{outcome:#?}"
    );
    let json = world.run(&["verify", "--json"]).exits(1).json();
    assert!(!json["findings"].as_array().unwrap().is_empty());

    let healed = world
        .run(&["install".as_ref(), hello().as_os_str()])
        .succeeds();
    assert_eq!(healed.directory(), directory);
    world.is_sound();
}

// Seen to fail when findings do not change how verify ends.
#[test]
fn a_missing_file_is_a_finding() {
    let world = World::new();
    let directory = world.install(&hello());
    fs::remove_file(directory.join("server/main.py")).unwrap();
    let outcome = world.run(&["verify"]).exits(1);
    assert!(outcome.stdout.contains("server/main.py"), "{outcome:#?}");
    assert!(outcome.stdout.contains("missing"), "{outcome:#?}");
}

#[test]
fn extra_files_are_no_findings() {
    let world = World::new();
    let directory = world.install(&hello());
    fs::create_dir(directory.join("server/__pycache__")).unwrap();
    fs::write(directory.join("server/__pycache__/main.pyc"), "x").unwrap();
    fs::write(directory.join("state\u{1b}[2J"), "x").unwrap();
    let outcome = world.run(&["verify"]).succeeds();
    let extra: Vec<_> = outcome
        .stdout
        .lines()
        .filter(|line| line.starts_with("extra: hello@1.0.0: "))
        .collect();
    assert!(
        extra.iter().any(|line| line.contains("__pycache__")),
        "{outcome:#?}"
    );
    assert!(
        !outcome.stdout.contains('\u{1b}'),
        "a name must not reach the terminal as it is"
    );
}
