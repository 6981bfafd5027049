//! `diff`: what changed from one version to another; and the nearest names of what is not there.

use crate::archives::{Zip, noise};
use crate::world::World;

fn two_versions() -> World {
    let world = World::new();
    let one = Zip::bundle("app", "1")
        .file("same", &noise(1, 3000))
        .file("grows", &noise(2, 1000))
        .file("goes", &noise(3, 500))
        .file("script", b"#!/bin/sh\n")
        .file("tool", b"#!/bin/sh\n");
    let two = Zip::bundle("app", "2")
        .file("same", &noise(1, 3000))
        .file("grows", &noise(4, 2000))
        .file("comes", &noise(5, 700))
        .file_with_mode("script", b"#!/bin/bash\n", 0o755)
        .file_with_mode("tool", b"#!/bin/sh\n", 0o755);
    world.install(&world.file("one", one.bytes()));
    world.install(&world.file("two", two.bytes()));
    world
}

// Seen to fail when `compare` takes the exec class for no part of a file, or for none of one whose content changed.
#[test]
fn files_that_came_went_and_changed_are_listed_with_their_bytes() {
    let world = two_versions();
    let text = world.run(&["diff", "app@1", "app@2"]).succeeds().stdout;
    for line in [
        "+ comes (700 B)",
        "- goes (500 B)",
        "~ grows (1.0 kB -> 2.0 kB)",
        "~ script (10 B -> 12 B, and whether it may be executed)",
        "~ tool (only whether it may be executed)",
        "the same 2 files",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    let json = world
        .run(&["--json", "diff", "app@1", "app@2"])
        .succeeds()
        .json();
    assert_eq!(
        json["added"],
        serde_json::json!([{"path": "comes", "bytes": 700}])
    );
    assert_eq!(
        json["removed"],
        serde_json::json!([{"path": "goes", "bytes": 500}])
    );
    let changed: Vec<_> = json["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            (
                change["path"].as_str().unwrap(),
                change["what"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        changed,
        [
            ("grows", "content"),
            ("manifest.json", "content"),
            ("script", "content-and-mode"),
            ("tool", "mode")
        ]
    );
}

#[test]
fn a_bundle_does_not_differ_from_itself() {
    let world = two_versions();
    let json = world
        .run(&["--json", "diff", "app", "app@2"])
        .succeeds()
        .json();
    for nothing in ["added", "removed", "changed"] {
        assert_eq!(json[nothing], serde_json::json!([]));
    }
    assert_eq!(json["same"], 7);
    world.run(&["diff", "app@1", "app@3"]).fails_saying(&[
        "app@3 is not installed",
        "app@1",
        "app@2",
    ]);
}

// Seen to fail when the hint only lists the first names.
#[test]
fn the_nearest_names_are_suggested() {
    let world = two_versions();
    for name in ["aaa", "bbb", "ccc", "ddd", "eee", "weather-service"] {
        world.install(&world.file(name, Zip::bundle(name, "1").bytes()));
    }
    let far = world.run(&["path", "wether-servise"]).exits(1);
    assert!(
        far.stderr.contains("hint: did you mean weather-service?"),
        "{far:#?}"
    );
    let nothing = world.run(&["path", "zzzzzz"]).exits(1);
    assert!(
        nothing.stderr.contains("hint: installed: aaa"),
        "{nothing:#?}"
    );
}
