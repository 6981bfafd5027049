//! A store that cannot be used: a file, a foreign directory, a newer format, another owner. Nothing is changed by the attempt.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outcome::Outcome;
use crate::world::{BINARY, World, bare, finish, hello};

/// A user who owns nothing.
const NOBODY: u32 = 65534;

#[test]
fn a_file_is_no_store() {
    let world = World::new();
    fs::write(world.store(), "mine").unwrap();
    let store = world.store().to_str().unwrap();
    let archive = hello();
    for command in [
        vec!["install", archive.to_str().unwrap()],
        vec!["list"],
        vec!["gc"],
    ] {
        world
            .run(&command)
            .fails_saying(&[store, "is a file", "hint: "]);
    }
    assert_eq!(fs::read(world.store()).unwrap(), b"mine");
}

// Seen to fail when `check_place` accepts foreign names.
#[test]
fn a_directory_with_other_things_is_left_alone() {
    let world = World::new();
    fs::create_dir(world.store()).unwrap();
    fs::write(world.store().join("photo.jpg"), "mine").unwrap();
    let store = world.store().to_str().unwrap();
    world
        .run(&["install".as_ref(), hello().as_os_str()])
        .fails_saying(&[store, "photo.jpg", "hint: "]);
    assert_eq!(fs::read_dir(world.store()).unwrap().count(), 1);
}

#[test]
fn a_newer_format_is_refused() {
    let world = World::new();
    world.install(&hello());
    let json = world.store().join("store.json");
    let before = fs::read_to_string(&json).unwrap();
    let mut newer: serde_json::Value = serde_json::from_str(&before).unwrap();
    newer["version"] = 99.into();
    fs::write(&json, newer.to_string()).unwrap();
    let archive = hello();
    for command in [
        vec!["install", archive.to_str().unwrap()],
        vec!["path", "hello"],
        vec!["verify"],
    ] {
        world.run(&command).fails_saying(&[
            json.to_str().unwrap(),
            "caused by: ",
            "99",
            "hint: use the newer linkstead",
        ]);
    }
    fs::write(&json, before).unwrap();
    world.is_sound();
}

/// A place that another user can reach, with a copy of the command.
struct OtherUser {
    directory: tempfile::TempDir,
}

impl OtherUser {
    /// `None`, and why, where this process may not become another user.
    fn new() -> Option<Self> {
        let is_root = fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0);
        if !is_root || bare("setpriv").arg("--version").output().is_err() {
            eprintln!("skipped: needs root and setpriv to become another user");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(directory.path(), open).unwrap();
        fs::copy(BINARY, directory.path().join("linkstead")).unwrap();
        fs::copy(hello(), directory.path().join("hello.mcpb")).unwrap();
        Some(OtherUser { directory })
    }

    fn archive(&self) -> PathBuf {
        self.directory.path().join("hello.mcpb")
    }

    /// A directory of that user's own.
    fn home(&self) -> PathBuf {
        let home = self.directory.path().join("home");
        fs::create_dir(&home).unwrap();
        std::os::unix::fs::chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
        home
    }

    /// Runs the command on a store as that user.
    fn run(&self, store: &Path, arguments: &[impl AsRef<OsStr>]) -> Outcome {
        let mut command: Command = bare("setpriv");
        let user = NOBODY.to_string();
        command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]);
        command.arg(self.directory.path().join("linkstead"));
        command.arg("--store").arg(store).args(arguments);
        finish(command)
    }
}

// Seen to fail when an open does not compare owner and user (`may_write`).
#[test]
fn another_owners_store_is_read_only() {
    let Some(other) = OtherUser::new() else {
        return;
    };
    let world = World::with_store(other.directory.path().join("store"));
    let directory = world.install(&hello());
    fs::set_permissions(world.store(), fs::Permissions::from_mode(0o755)).unwrap();
    let store = world.store().to_str().unwrap();

    let archive = other.archive();
    let writers = [
        vec!["install", archive.to_str().unwrap()],
        vec!["remove", "hello"],
        vec!["gc"],
    ];
    for command in writers {
        other.run(world.store(), &command).fails_saying(&[
            store,
            "belongs to user 0",
            "hint: run this as user 0",
        ]);
    }
    assert_eq!(
        other
            .run(world.store(), &["path", "hello"])
            .succeeds()
            .directory(),
        directory
    );
    other.run(world.store(), &["list"]).succeeds();
    other.run(world.store(), &["verify"]).succeeds();
    let doctor = other.run(world.store(), &["doctor"]).succeeds().stdout;
    assert!(
        doctor.contains("note: it can only be read: it belongs to user 0"),
        "{doctor}"
    );
    world.is_sound();
}

// Seen to fail when an open does not compare owner and user (`may_write`).
#[test]
fn root_does_not_write_to_another_users_store() {
    let Some(other) = OtherUser::new() else {
        return;
    };
    let store = other.home().join("store");
    let archive = other.archive();
    let arguments = ["install".as_ref(), archive.as_os_str()];
    other.run(&store, &arguments).succeeds();
    let world = World::with_store(store);
    world
        .run(&arguments)
        .fails_saying(&["belongs to user 65534", "hint: run this as user 65534"]);
    world.is_sound();
}

#[test]
fn no_permission() {
    let Some(other) = OtherUser::new() else {
        return;
    };
    let store = other.directory.path().join("store");
    let archive = other.archive();
    let arguments = ["install".as_ref(), archive.as_os_str()];
    // Where the store cannot be made.
    other.run(&store, &arguments).fails_saying(&[
        store.to_str().unwrap(),
        "ermission denied",
        "hint: ",
    ]);
    assert!(!store.exists());
    // Where it may not even be read: the root of a store is its owner's alone.
    let world = World::with_store(store);
    world.install(&hello());
    other.run(world.store(), &["list"]).fails_saying(&[
        world.store().to_str().unwrap(),
        "ermission denied",
        "hint: ",
    ]);
    let doctor = other.run(world.store(), &["doctor"]).exits(1).stdout;
    for words in ["it cannot be used", "not tried", "ermission denied"] {
        assert!(doctor.contains(words), "no {words:?} in {doctor}");
    }
    world.is_sound();
    // Where the archive may not be read.
    let secret = other.directory.path().join("secret.mcpb");
    fs::copy(hello(), &secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let arguments = ["install".as_ref(), secret.as_os_str()];
    let own = World::with_store(other.home().join("store"));
    other.run(own.store(), &arguments).fails_saying(&[
        secret.to_str().unwrap(),
        "ermission denied",
        "hint: ",
    ]);
    own.is_sound();
}
