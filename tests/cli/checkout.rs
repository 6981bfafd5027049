//! `checkout` and `install --to`: which paths are refused and why, and what is said.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::archives::Zip;
use crate::world::{World, finish, hello};

fn with_hello() -> World {
    let world = World::new();
    world.install(&hello());
    world
}

#[track_caller]
fn refused(world: &World, path: &Path, words: &[&str]) {
    let outcome = world.run(&["checkout", "hello", path.to_str().unwrap()]);
    outcome.fails_saying(&[&["hint: "], words].concat());
}

// Seen to fail when `Target::check` looks for links alone: a file is exchanged for the directory; and when only the text of a path is
// compared with the store's: through a link on the way it goes into the store.
#[test]
fn a_path_that_cannot_be_is_refused_with_the_reason() {
    let world = with_hello();
    let store = world.store().to_path_buf();
    refused(
        &world,
        Path::new("/"),
        &["it is the root of the file system"],
    );
    refused(&world, &store, &["it lies in the store"]);
    refused(&world, &store.join("bundles/x"), &["it lies in the store"]);
    refused(
        &world,
        store.parent().unwrap(),
        &["the store", "lies in it"],
    );
    let link = world.path("link");
    symlink(&store, &link).unwrap();
    refused(&world, &link, &["a symbolic link is there"]);
    refused(&world, &link.join("staging/x"), &["it lies in the store"]);
    let file = world.file("file", "mine");
    refused(&world, &file, &["something that is no directory is there"]);
    assert_eq!(std::fs::read(file).unwrap(), b"mine");
    let missing = world.path("no/such/place");
    refused(
        &world,
        &missing,
        &["the directory that it is to lie in is not there"],
    );
    refused(&world, &world.path("a/.."), &["does not end in a name"]);
    #[cfg(target_os = "linux")]
    refused(&world, Path::new("/proc"), &["it is a mount point"]);
    world.is_sound();
}

// Seen to fail when what is protected is not compared: the home is deleted with `--replace`.
#[test]
fn the_home_and_the_directory_that_we_are_in_must_stay() {
    let world = with_hello();
    let home = world.path("homes/me");
    let here = world.path("here/deep");
    for directory in [&home, &here] {
        std::fs::create_dir_all(directory).unwrap();
        std::fs::write(directory.join("letter"), "mine").unwrap();
    }
    for path in [&home, &world.path("homes"), &here, &world.path("here")] {
        let arguments = ["checkout", "hello", path.to_str().unwrap(), "--replace"];
        let mut command = world.command(&arguments);
        command.env("HOME", &home).current_dir(&here);
        finish(command).fails_saying(&["which must stay", "hint: choose another path"]);
    }
    assert!(home.join("letter").exists() && here.join("letter").exists());
}

#[test]
fn a_directory_of_somebody_elses_goes_only_when_told() {
    let world = with_hello();
    let path = world.path("mine");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("thesis"), "").unwrap();
    let text = path.to_str().unwrap();
    for more in [&[][..], &["--keep-extra"]] {
        let mut arguments = vec!["checkout", "hello", text];
        arguments.extend(more);
        world.run(&arguments).fails_saying(&[
            "a directory is there that linkstead did not make",
            "hint: choose a path that is free",
        ]);
    }
    let replaced = world
        .run(&["checkout", "hello", text, "--replace"])
        .succeeds();
    assert_eq!(replaced.directory(), path);
    assert!(replaced.stderr.contains("in the place of what was there"));
    assert!(path.join("manifest.json").exists() && !path.join("thesis").exists());
}

#[test]
fn what_is_there_is_listed_and_can_be_forgotten() {
    let world = with_hello();
    let nothing = world.run(&["checkout"]).succeeds();
    assert_eq!(
        (&*nothing.stdout, &*nothing.stderr),
        ("", "nothing is checked out\n")
    );
    let path = world.path("out");
    let text = path.to_str().unwrap();
    let first = world.run(&["checkout", "hello", text]).succeeds();
    assert_eq!(first.stderr, "checked out hello 1.0.0: 7 files, 9.3 kB\n");
    let again = world.run(&["checkout", "hello@1.0.0", text]).succeeds();
    assert_eq!(
        again.stderr,
        "already checked out hello 1.0.0: 7 files, 9.3 kB\n"
    );
    let listed = world.run(&["--json", "checkout"]).succeeds().json();
    assert_eq!(listed[0]["path"], text);
    assert_eq!(listed[0]["standing"], "here");
    let other = world.path("other");
    world
        .run(&["checkout", "--forget", other.to_str().unwrap()])
        .fails_saying(&["is no checkout of this store", "hint: checkouts: ", text]);
    let forgotten = world.run(&["checkout", "--forget", text]).succeeds();
    assert_eq!(
        forgotten.stdout,
        format!("forgotten: {text}, hello 1.0.0\n")
    );
    assert!(path.join("manifest.json").exists());
    assert_eq!(world.run(&["checkout"]).succeeds().stdout, "");
}

#[test]
fn an_install_goes_to_a_path_too_and_says_both() {
    let world = World::new();
    let path = world.path("out");
    let [archive, to] = [hello(), path.clone()].map(|path| path.to_str().unwrap().to_owned());
    let installed = world.run(&["install", &archive, "--to", &to]).succeeds();
    assert_eq!(installed.directory(), path);
    assert!(installed.stderr.contains("installed hello 1.0.0: 7 files"));
    assert!(
        installed
            .stderr
            .contains("checked out hello 1.0.0: 7 files")
    );
    let both = world
        .run(&["--json", "install", &archive, "--to", &to])
        .succeeds()
        .json();
    assert_eq!(both["outcome"], "already-installed");
    assert_eq!(both["checkout"]["outcome"], "already-there");
    world.run(&["install", &archive, "--replace"]).exits(2);
    // What was installed stays so if it cannot be checked out.
    let file = world.file("file", "");
    let zip = world.file("a", Zip::bundle("a", "1").bytes());
    let [zip, file] = [zip, file].map(|path| path.to_str().unwrap().to_owned());
    let half = world.run(&["install", &zip, "--to", &file]).exits(1);
    assert!(half.stderr.contains("installed a 1: 2 files"), "{half:#?}");
    let refused = "something that is no directory is there";
    assert!(half.stderr.contains(refused), "{half:#?}");
    world.run(&["path", "a"]).succeeds();
}

#[test]
fn wrong_usage_is_told() {
    let world = with_hello();
    world.run(&["checkout", "hello"]).exits(2);
    world
        .run(&["checkout", "hello", "x", "--replace", "--keep-extra"])
        .exits(2);
    world
        .run(&["checkout", "--forget", "x", "hello", "y"])
        .exits(2);
    let path = world.path("out");
    world
        .run(&["checkout", "helo", path.to_str().unwrap()])
        .fails_saying(&["helo is not installed", "did you mean hello?"]);
    assert!(!path.exists());
}

// Seen to fail when the hint is that of refs and receipts.
#[test]
fn a_record_that_cannot_be_read_has_a_way_out() {
    let world = with_hello();
    let broken = world.store().join("checkouts/0123456789abcdef.json");
    std::fs::write(&broken, "{").unwrap();
    world.run(&["gc"]).fails_saying(&[
        broken.to_str().unwrap(),
        "hint: delete that file, and check out again",
    ]);
    let path = world.path("out");
    world
        .run(&["checkout", "hello", path.to_str().unwrap()])
        .succeeds();
}
