//! `use` and `install --no-activate`: what a name alone means.

use crate::archives::Zip;
use crate::world::World;

fn three_versions() -> World {
    let world = World::new();
    for version in ["1", "2", "3"] {
        world.install(&world.file("a.mcpb", Zip::bundle("time", version).bytes()));
    }
    world
}

fn current(world: &World) -> String {
    let listed = world.run(&["list", "--json"]).succeeds().json();
    let current: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|bundle| bundle["current"] == true)
        .map(|bundle| bundle["version"].as_str().unwrap().to_owned())
        .collect();
    current.join(" and ")
}

// Seen to fail when `activate` does not write `current.json`.
#[test]
fn use_switches_forth_and_back() {
    let world = three_versions();
    let switched = world.run(&["use", "time@1"]).succeeds();
    assert_eq!(switched.stdout, "time means time@1, no longer time@3\n");
    assert_eq!(current(&world), "1");
    let first = world.run(&["path", "time"]).succeeds().directory();
    assert!(first.starts_with(world.store().join("bundles/time/1")));
    let back = world.run(&["use", "time@3", "--json"]).succeeds().json();
    assert_eq!(
        (&back["version"], &back["before"]),
        (&"3".into(), &"1".into())
    );
    assert_eq!(current(&world), "3");
    let again = world.run(&["use", "time@3"]).succeeds();
    assert_eq!(again.stdout, "time means time@3\n");
    world.is_sound();
}

// Seen to fail when an install makes its version current all the same.
#[test]
fn an_install_can_leave_what_the_name_means() {
    let world = World::new();
    let install = |version: &str| {
        let archive = world.file(version, Zip::bundle("time", version).bytes());
        let archive = archive.to_str().unwrap();
        world.run(&["install", "--no-activate", archive]).succeeds()
    };
    let first = install("1");
    assert!(first.stderr.contains("linkstead use time@1"), "{first:#?}");
    world.run(&["path", "time"]).fails_saying(&[
        "time has no current version",
        "hint: ",
        "linkstead use",
        "time@1",
    ]);
    world.run(&["path", "time@1"]).succeeds();
    world.run(&["use", "time@1"]).succeeds();
    for _ in 0..2 {
        // The second one finds it installed.
        install("2");
        assert_eq!(current(&world), "1");
    }
    // Seen to fail when it is said without a look at what the name means.
    let already = install("1");
    assert!(!already.stderr.contains("not made current"), "{already:#?}");
    world.is_sound();
}

#[test]
fn what_is_not_installed_cannot_be_used() {
    let world = three_versions();
    world.run(&["use", "time@4"]).fails_saying(&[
        "time@4 is not installed",
        "hint: ",
        "time@1",
        "time@3",
    ]);
    world.run(&["use", "time"]).exits(2);
    world.run(&["remove", "time@2"]).succeeds();
    world
        .run(&["use", "time@2"])
        .fails_saying(&["time@2 is not installed"]);
    assert_eq!(current(&world), "3");
}
