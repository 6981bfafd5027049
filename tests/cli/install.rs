//! The first install, the second, and what the options of an install do.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::archives::{Zip, noise};
use crate::world::{BINARY, World, bare, finish, fixtures, hello};

/// All files below a directory, relative.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(directory).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}

// Seen to fail when the report goes to standard output.
#[test]
fn the_first_install_prints_the_directory_and_only_that() {
    let world = World::new();
    let outcome = world
        .run(&["install".as_ref(), hello().as_os_str()])
        .succeeds();
    let directory = outcome.directory();
    assert!(directory.starts_with(world.store().join("bundles/hello/1.0.0")));
    assert!(
        outcome.stderr.starts_with("installed hello 1.0.0: "),
        "{outcome:#?}"
    );
    let sources = fixtures().join("hello");
    let expected: Vec<_> = files(&sources)
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("__pycache__"))
        .collect();
    assert_eq!(files(&directory), expected);
    for path in &expected {
        let source = fs::read(sources.join(path)).unwrap();
        assert!(
            fs::read(directory.join(path)).unwrap() == source,
            "{}",
            path.display()
        );
    }
    let mode = fs::metadata(directory.join("scripts/try.sh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o555);
    world.is_sound();
}

#[test]
fn the_second_install_finds_it_and_prints_the_same() {
    let world = World::new();
    let first = world.install(&hello());
    let second = world
        .run(&["install".as_ref(), hello().as_os_str()])
        .succeeds();
    assert_eq!(second.directory(), first);
    assert!(
        second.stderr.starts_with("already installed hello 1.0.0"),
        "{second:#?}"
    );
}

#[test]
fn a_stream_and_a_file_make_the_same_bundle() {
    let world = World::new();
    let mut command = world.command(&["install", "-"]);
    command.stdin(fs::File::open(hello()).unwrap());
    let streamed = finish(command).succeeds().directory();
    assert_eq!(world.install(&hello()), streamed);
    let empty = world.run(&["install", "-"]);
    empty.fails_saying(&["standard input"]);
    world.is_sound();
}

#[test]
fn a_plain_zip_installs_under_a_given_name() {
    let world = World::new();
    let zip = world.file("tools.zip", Zip::default().file("tool.py", b"1\n").bytes());
    let directory = world
        .run(&[
            "install",
            zip.to_str().unwrap(),
            "--as",
            "@acme/tools@2026.1",
        ])
        .succeeds()
        .directory();
    assert_eq!(fs::read(directory.join("tool.py")).unwrap(), b"1\n");
    assert_eq!(
        world.run(&["path", "@acme/tools"]).succeeds().directory(),
        directory
    );
}

#[test]
fn copies_share_no_inode_with_the_store() {
    let world = World::new();
    let archive = world.file(
        "a.mcpb",
        Zip::bundle("a", "1").file("data", &noise(1, 999)).bytes(),
    );
    let archive = archive.to_str().unwrap();
    let linked = world.run(&["install", archive]).succeeds().directory();
    let copied = world
        .run(&["install", archive, "--link-mode", "copy"])
        .succeeds()
        .directory();
    assert_ne!(linked, copied);
    assert!(fs::metadata(linked.join("data")).unwrap().nlink() > 1);
    assert_eq!(fs::metadata(copied.join("data")).unwrap().nlink(), 1);
    world.is_sound();
}

#[test]
fn a_host_file_is_there_when_the_bundle_is() {
    let world = World::new();
    let meta = world.file("meta", b"{\"host\": true}");
    let argument = format!(".host/meta.json={}", meta.display());
    let archive = hello();
    let archive = archive.to_str().unwrap();
    let directory = world
        .run(&["install", archive, "--host-file", &argument])
        .succeeds()
        .directory();
    let found = fs::read(directory.join(".host/meta.json")).unwrap();
    assert_eq!(found, b"{\"host\": true}");
    let missing = format!("a={}", world.path("missing").display());
    world
        .run(&["install", archive, "--host-file", &missing])
        .fails_saying(&["host file", "missing", "caused by: "]);
    let clash = format!("manifest.json={}", meta.display());
    let other = World::new();
    other
        .run(&["install", archive, "--host-file", &clash])
        .fails_saying(&["manifest.json", "hint: give the host's file another path"]);
    world.is_sound();
}

#[test]
fn an_expected_digest_is_checked() {
    let world = World::new();
    let archive = hello();
    let archive = archive.to_str().unwrap();
    let digest = "00".repeat(32);
    world
        .run(&["install", archive, "--sha256", &digest])
        .fails_saying(&[archive, &digest, "SHA-256", "hint: "]);
    world.is_sound();
}

#[test]
fn the_store_may_be_named_by_the_environment() {
    let world = World::new();
    let archive = hello();
    for (variable, value, store) in [
        ("LINKSTEAD_HOME", world.path("home"), world.path("home")),
        (
            "XDG_DATA_HOME",
            world.path("data"),
            world.path("data/linkstead"),
        ),
    ] {
        let mut command = bare(BINARY);
        command.env(variable, value).arg("install").arg(&archive);
        assert!(finish(command).succeeds().directory().starts_with(store));
    }
}
