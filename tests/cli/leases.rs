//! `leases`: which bundles are held, and by which processes.

use std::io::Read as _;
use std::process::{Child, Stdio};

use crate::archives::Zip;
use crate::world::{World, hello};

/// A command that holds a bundle until its standard input ends.
fn held(world: &World, bundle: &str) -> Child {
    let script = ["exec", bundle, "--", "sh", "-c", "echo up; exec cat"];
    let mut child = world
        .command(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut up = [0; 3];
    child.stdout.as_mut().unwrap().read_exact(&mut up).unwrap();
    child
}

fn ended(mut child: Child) {
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

// Seen to fail when `become_program` does not hand the lease on.
#[test]
fn who_holds_what_is_listed_until_it_ends() {
    let world = World::new();
    world.install(&hello());
    world.install(&world.file("a", Zip::bundle("a", "1").bytes()));
    let nothing = world.run(&["leases"]).succeeds();
    assert_eq!(
        (&*nothing.stdout, &*nothing.stderr),
        ("", "nothing is held\n")
    );

    let child = held(&world, "hello");
    let id = child.id();
    let text = world.run(&["leases"]).succeeds().stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    for word in ["hello", "1.0.0", &id.to_string(), "cat"] {
        assert!(lines[1].contains(word), "no {word} in {text}");
    }
    let json = world.run(&["leases", "--json"]).succeeds().json();
    assert_eq!(json[0]["name"], "hello");
    assert_eq!(json[0]["named"], true);
    assert_eq!(json[0]["holders"][0]["process"], id);
    assert_eq!(json.as_array().unwrap().len(), 1, "{json}");

    world.run(&["remove", "hello"]).fails_saying(&[
        "hello@1.0.0 is in use",
        &format!("held by cat (process {id})"),
    ]);
    ended(child);
    assert_eq!(
        world.run(&["leases", "--json"]).succeeds().json(),
        serde_json::json!([])
    );
    world.run(&["remove", "hello"]).succeeds();
}

#[test]
fn an_old_content_that_is_held_is_listed_as_such() {
    let world = World::new();
    for content in [b"one", b"two"] {
        let zip = Zip::bundle("a", "1").file("content", content);
        let child = (content == b"two").then(|| held(&world, "a"));
        world.install(&world.file("a", zip.bytes()));
        let Some(child) = child else { continue };
        let text = world.run(&["leases"]).succeeds().stdout;
        assert!(text.contains("no longer named"), "{text}");
        ended(child);
    }
    world.run(&["gc"]).succeeds();
    world.is_sound();
}
