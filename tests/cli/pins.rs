//! `pin` and `unpin`: what is kept, and under which label.

use crate::archives::Zip;
use crate::world::{World, hello};

fn with_hello() -> World {
    let world = World::new();
    world.install(&hello());
    world
}

// Seen to fail when remove does not ask for pins.
#[test]
fn what_is_pinned_is_not_removed_until_it_is_unpinned() {
    let world = with_hello();
    let pinned = world.run(&["pin", "hello@1.0.0"]).succeeds();
    assert_eq!(pinned.stdout, "pinned hello 1.0.0 as hello@1.0.0\n");
    world.run(&["remove", "hello"]).fails_saying(&[
        "hello@1.0.0 is pinned as \"hello@1.0.0\"",
        "hint: ",
        "linkstead unpin hello@1.0.0",
    ]);
    world.is_sound();
    let unpinned = world.run(&["unpin", "hello@1.0.0"]).succeeds();
    assert_eq!(
        unpinned.stdout,
        "unpinned hello 1.0.0, which was kept as hello@1.0.0\n"
    );
    world.run(&["remove", "hello"]).succeeds();
}

#[test]
fn a_bundle_may_have_several_pins_and_a_label_one_bundle() {
    let world = with_hello();
    world.install(&world.file("a", Zip::bundle("a", "1").bytes()));
    for label in ["one", "two", "two"] {
        world.run(&["pin", "hello@1.0.0", "--as", label]).succeeds();
    }
    world
        .run(&["pin", "a@1", "--as", "one"])
        .fails_saying(&["the label \"one\" keeps hello@1.0.0", "hint: "]);
    world.run(&["unpin", "one"]).succeeds();
    world
        .run(&["unpin", "one"])
        .fails_saying(&["no pin is called \"one\"", "hint: ", "two"]);
    world
        .run(&["remove", "hello"])
        .fails_saying(&["is pinned as \"two\""]);
    world.run(&["pin", "a@1", "--as", "one"]).succeeds();
    let pins = world.run(&["pin", "--json"]).succeeds().json();
    let labels: Vec<_> = pins
        .as_array()
        .unwrap()
        .iter()
        .map(|pin| {
            (
                pin["label"].as_str().unwrap(),
                pin["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(labels, [("one", "a"), ("two", "hello")]);
    world.is_sound();
}

#[test]
fn pins_are_shown_by_pin_list_and_info() {
    let world = with_hello();
    let none = world.run(&["pin"]).succeeds();
    assert_eq!((&*none.stdout, &*none.stderr), ("", "nothing is pinned\n"));
    world
        .run(&["pin", "hello@1.0.0", "--as", "stable"])
        .succeeds();
    let pins = world.run(&["pin"]).succeeds().stdout;
    assert!(pins.contains("stable") && pins.contains("hello"), "{pins}");
    let list = world.run(&["list"]).succeeds().stdout;
    assert!(list.contains("* pinned"), "{list}");
    assert_eq!(
        world.run(&["list", "--json"]).succeeds().json()[0]["pins"],
        serde_json::json!(["stable"])
    );
    let info = world.run(&["info", "hello"]).succeeds().stdout;
    assert!(info.contains("pinned as      stable"), "{info}");
}

#[test]
fn a_scoped_bundle_gets_a_label_too() {
    let world = World::new();
    world.install(&world.file("a", Zip::bundle("@acme/time", "1").bytes()));
    world.run(&["pin", "@acme/time@1"]).succeeds();
    world
        .run(&["remove", "@acme/time@1"])
        .fails_saying(&["linkstead unpin @acme:time@1"]);
    world.run(&["unpin", "@acme/time@1"]).succeeds();
    world
        .run(&["pin", "@acme/time@2"])
        .fails_saying(&["@acme/time@2 is not installed", "@acme/time@1"]);
}

// Seen to fail when `info` reads all pins or none, and when the hint is that of refs and receipts.
#[test]
fn a_pin_that_cannot_be_read_hides_no_other_and_has_a_way_out() {
    let world = with_hello();
    for label in ["good", "broken"] {
        world.run(&["pin", "hello@1.0.0", "--as", label]).succeeds();
    }
    let broken = world.store().join("pins/broken.json");
    std::fs::write(&broken, "{").unwrap();
    let info = world.run(&["info", "hello"]).succeeds().stdout;
    assert!(info.contains("pinned as      good\n"), "{info}");
    assert_eq!(
        world.run(&["list", "--json"]).succeeds().json()[0]["pins"],
        serde_json::json!(["good"])
    );
    world.run(&["remove", "hello"]).fails_saying(&[
        broken.to_str().unwrap(),
        "hint: take it back with linkstead unpin LABEL",
    ]);
    let unpinned = world.run(&["unpin", "broken"]).succeeds().stdout;
    assert!(unpinned.contains("took back broken"), "{unpinned}");
    assert!(!broken.exists());
    world.run(&["unpin", "good"]).succeeds();
    world.run(&["remove", "hello"]).succeeds();
}

// Seen to fail when `is_newer` says no of everything.
#[test]
fn a_pin_of_a_newer_program_is_not_taken_back_unread() {
    let world = with_hello();
    world.run(&["pin", "hello@1.0.0"]).succeeds();
    let file = world.store().join("pins/hello+401.0.0.json");
    let newer = std::fs::read_to_string(&file)
        .unwrap()
        .replace("\"pin\": 1", "\"pin\": 2");
    std::fs::write(&file, newer).unwrap();
    world
        .run(&["unpin", "hello@1.0.0"])
        .fails_saying(&["version 2", "hint: use the newer linkstead"]);
    assert!(file.exists());
}

// Seen to fail when the listing does not look at what the version means.
#[test]
fn a_pin_keeps_the_directory_also_when_the_version_gets_another() {
    let world = World::new();
    let publish = |content: &[u8]| {
        let zip = Zip::bundle("a", "1").file("content", content);
        world.install(&world.file("a", zip.bytes()))
    };
    let old = publish(b"one");
    world.run(&["pin", "a@1"]).succeeds();
    let listed = |world: &World| world.run(&["pin"]).succeeds().stdout;
    assert!(!listed(&world).contains("no longer named"));
    publish(b"two");
    assert!(listed(&world).contains("no longer named"));
    world
        .run(&["pin", "a@1"])
        .fails_saying(&["the label \"a@1\" keeps other content of a@1 ("]);
    // The name may go; what is pinned stays.
    world.run(&["remove", "a"]).succeeds();
    world.run(&["gc"]).succeeds();
    assert!(old.join("content").exists());
    world.is_sound();
}
