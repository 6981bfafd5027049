//! `path`, `list`, `info`, `dir`: what is installed, and where.

use crate::archives::Zip;
use crate::world::{World, hello};

fn two_versions() -> World {
    let world = World::new();
    for version in ["2.0", "1.0"] {
        let archive = world.file("a.mcpb", Zip::bundle("time", version).bytes());
        world.install(&archive);
    }
    world
}

#[test]
fn path_prints_the_directory_of_the_last_install() {
    let world = two_versions();
    let last = world.run(&["path", "time"]).succeeds();
    assert_eq!(last.stderr, "");
    assert!(
        last.directory()
            .starts_with(world.store().join("bundles/time/1.0"))
    );
    let other = world.run(&["path", "time@2.0"]).succeeds().directory();
    assert!(other.starts_with(world.store().join("bundles/time/2.0")));
}

#[test]
fn what_is_not_installed_is_said_with_what_is() {
    let world = two_versions();
    world.run(&["path", "time@3.0"]).fails_saying(&[
        "time@3.0 is not installed",
        "hint: ",
        "time@1.0",
        "time@2.0",
    ]);
    world
        .run(&["path", "tine"])
        .fails_saying(&["tine is not installed", "hint: did you mean time?"]);
}

#[test]
fn list_marks_the_current_version() {
    let world = two_versions();
    let text = world.run(&["list"]).succeeds().stdout;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("NAME"));
    assert!(lines[1].contains("1.0") && lines[1].contains('*'), "{text}");
    assert!(
        lines[2].contains("2.0") && !lines[2].contains('*'),
        "{text}"
    );
    assert!(lines.iter().all(|line| line.chars().count() <= 80));
}

// Seen to fail when refs are listed as their files are.
#[test]
fn versions_stand_in_the_order_in_which_people_count() {
    let world = World::new();
    for version in ["1.10", "1.9", "1.10-rc1"] {
        let archive = world.file("a.mcpb", Zip::bundle("time", version).bytes());
        world.install(&archive);
    }
    let counted = ["1.9", "1.10-rc1", "1.10"];
    for command in ["list", "du"] {
        let text = world.run(&[command]).succeeds().stdout;
        let versions: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("time")?.split_whitespace().next())
            .collect();
        assert_eq!(versions, counted, "{text}");
    }
    let hint = "time@1.9, time@1.10-rc1, time@1.10\n";
    world.run(&["path", "time@2"]).fails_saying(&[hint]);
    world.run(&["remove", "time"]).fails_saying(&[hint]);
}

#[test]
fn info_says_what_the_receipt_says() {
    let world = World::new();
    let directory = world.install(&hello());
    let text = world.run(&["info", "hello"]).succeeds().stdout;
    for fact in [
        "hello",
        "1.0.0",
        "signature      none",
        "blake3 ",
        directory.to_str().unwrap(),
    ] {
        assert!(text.contains(fact), "no {fact:?} in {text}");
    }
    let json = world.run(&["info", "hello", "--json"]).succeeds().json();
    assert_eq!(json["version"], "1.0.0");
    assert_eq!(json["path"], directory.to_str().unwrap());
}

// Seen to fail when `path` opens the store so that it may be made.
#[test]
fn looking_makes_no_store() {
    let world = World::new();
    let store = world.store().to_str().unwrap().to_owned();
    for command in [
        &["list"][..],
        &["path", "a"],
        &["info", "a"],
        &["du"],
        &["verify"],
        &["gc"],
    ] {
        world
            .run(command)
            .fails_saying(&["there is no store at", &store, "hint: "]);
    }
    let dir = world.run(&["dir"]).succeeds();
    assert_eq!(dir.stdout, format!("{store}\n"));
    assert!(!world.store().exists());
}
