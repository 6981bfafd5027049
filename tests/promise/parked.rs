//! A removed bundle that is installed again before gc: its parked directory comes back, as it was published.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::support::bundle::Bundle;
use crate::support::sandbox::Sandbox;

fn bundle() -> Bundle {
    Bundle::new("back", "1.0.0")
        .files("lib", 60, 3)
        .file("lib/__init__.py", 0o644, Vec::new())
        .file(
            "lib/__pycache__/a.cpython-311.pyc",
            0o644,
            b"compiled".to_vec(),
        )
}

/// A bundle that was installed, served from, and removed.
struct Removed {
    sandbox: Sandbox,
    archive: PathBuf,
    directory: PathBuf,
}

impl Removed {
    /// `serve` is what a server does to the directory meanwhile.
    fn after(serve: impl FnOnce(&Path)) -> Self {
        let sandbox = Sandbox::new();
        let archive = sandbox.pack(&bundle());
        let directory = sandbox.install(&archive);
        serve(&directory);
        sandbox.ok(["remove", "back", "--discard-extra"]);
        assert_eq!(names_in(&sandbox, "parked"), 1);
        Removed {
            sandbox,
            archive,
            directory,
        }
    }

    /// Installs it again, and sees that it is as if it had never been away.
    fn comes_back(&self) {
        assert_eq!(self.sandbox.install(&self.archive), self.directory);
        bundle().assert_complete(&self.directory);
        for (path, mode, bytes) in bundle().entries() {
            let found = fs::metadata(self.directory.join(path)).expect("it is complete");
            let is_own = path == "server.py" || path.ends_with(".pyc");
            let is_linked = !bytes.is_empty() && !is_own;
            assert_eq!(found.nlink() > 1, is_linked, "{path}");
            if is_linked {
                assert_eq!(found.mode() & 0o777, 0o444 | (mode & 0o111), "{path}");
            }
        }
        self.sandbox.assert_sound();
        self.sandbox.assert_reader_agrees();
        let objects = self.sandbox.objects();
        self.sandbox.ok(["gc"]);
        assert_eq!(self.sandbox.objects(), objects, "gc takes nothing of it");
    }
}

fn names_in(sandbox: &Sandbox, shelf: &str) -> usize {
    let names = fs::read_dir(sandbox.store().join(shelf));
    names.expect("it is there").count()
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).expect("it is there").ino()
}

// Seen to fail when `stage` never asks for a parked directory.
#[test]
fn it_is_the_same_directory_without_what_the_server_left() {
    let mut before = 0;
    let removed = Removed::after(|directory| {
        before = inode(directory);
        fs::create_dir(directory.join("lib/d1/__pycache__")).expect("writable");
        fs::write(directory.join("lib/d1/__pycache__/f1.pyc"), b"bytecode").expect("writable");
        fs::write(directory.join("lib/d2/late.pyc"), b"bytecode").expect("writable");
    });
    removed.comes_back();
    assert_eq!(inode(&removed.directory), before);
    assert_eq!(names_in(&removed.sandbox, "parked"), 0);
    assert!(!removed.directory.join("lib/d1/__pycache__").exists());
    assert!(!removed.directory.join("lib/d2/late.pyc").exists());
}

// Seen to fail when `undo` leaves files as they are; when the look takes any mode, or a private file of any content.
#[test]
fn what_the_server_changed_is_made_anew() {
    let removed = Removed::after(|directory| {
        let chmod = |path: &str, mode| {
            let path = directory.join(path);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
        };
        fs::remove_file(directory.join("lib/d3/f3.py")).expect("writable");
        fs::remove_file(directory.join("lib/d4/f4.py")).expect("writable");
        fs::write(directory.join("lib/d4/f4.py"), b"another").expect("writable");
        fs::write(
            directory.join("lib/__pycache__/a.cpython-311.pyc"),
            b"computed",
        )
        .expect("its own");
        chmod("server.py", 0o755);
        chmod("lib/__init__.py", 0o600);
    });
    removed.comes_back();
    let private = removed.directory.join("lib/__pycache__/a.cpython-311.pyc");
    assert_eq!(fs::read(private).expect("readable"), b"compiled");
    let entry_point = fs::metadata(removed.directory.join("server.py")).expect("it is there");
    assert_eq!(entry_point.mode() & 0o777, 0o444);
}

// Seen to fail when extra files that no private glob matches do not count.
#[test]
fn one_that_holds_what_somebody_would_miss_stays_parked() {
    let removed = Removed::after(|directory| {
        fs::create_dir(directory.join("data")).expect("writable");
        fs::write(directory.join("data/notes.db"), b"precious").expect("writable");
    });
    assert_eq!(removed.sandbox.install(&removed.archive), removed.directory);
    bundle().assert_complete(&removed.directory);
    assert!(!removed.directory.join("data").exists());
    assert_eq!(names_in(&removed.sandbox, "parked"), 1);
    removed.sandbox.assert_sound();
}

// Seen to fail when a link in place of a directory is followed.
#[test]
fn one_with_a_link_in_place_of_a_directory_is_left_alone() {
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let removed = Removed::after(|directory| {
        let moved = elsewhere.path().join("d5");
        let status = std::process::Command::new("cp")
            .arg("-a")
            .args([&directory.join("lib/d5"), &moved])
            .status();
        assert!(status.expect("cp is there").success());
        fs::remove_dir_all(directory.join("lib/d5")).expect("writable");
        std::os::unix::fs::symlink(&moved, directory.join("lib/d5")).expect("writable");
    });
    removed.comes_back();
    assert!(elsewhere.path().join("d5/f5.py").exists());
}

// Seen to fail when `share_again` leaves every inode as it is.
#[test]
fn an_object_that_got_a_fresh_inode_meanwhile_is_shared_again() {
    let removed = Removed::after(|_| {});
    let object = removed.sandbox.store().join("objects");
    let one = walkdir::WalkDir::new(object)
        .into_iter()
        .filter_map(Result::ok)
        .find(|entry| {
            entry.file_type().is_file() && entry.metadata().is_ok_and(|found| found.nlink() > 1)
        });
    let one = one.expect("there are links").into_path();
    let copy = one.with_extension("copy");
    let status = std::process::Command::new("cp")
        .arg("-p")
        .args([&one, &copy])
        .status();
    assert!(status.expect("cp is there").success());
    fs::rename(&copy, &one).expect("ours");
    removed.comes_back();
    assert!(fs::metadata(&one).expect("it is there").nlink() > 1);
}

// Seen to fail when the look takes a directory of any mode.
#[test]
fn one_with_a_directory_of_another_mode_is_left_alone() {
    let removed = Removed::after(|directory| {
        for (path, mode) in [("", 0o700), ("lib/d5", 0o500), ("lib/d6", 0o775)] {
            let path = directory.join(path);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
        }
    });
    removed.comes_back();
    for path in ["", "lib/d5", "lib/d6"] {
        let found = fs::metadata(removed.directory.join(path)).expect("it is there");
        assert_eq!(found.mode() & 0o7777, 0o755, "{path:?}");
    }
}

// Seen to fail when a claimed directory that holds no links counts as one that was made of objects a moment ago.
#[test]
fn one_without_links_has_its_objects_in_the_store_again() {
    let sandbox = Sandbox::new();
    let bundle = bundle();
    let archive = sandbox.pack(&bundle);
    let install = || {
        let path = archive.to_str().expect("a path of ours");
        sandbox.ok(["install", "--private", "**", path]);
    };
    install();
    sandbox.ok(["remove", "back"]);
    // A sweep that did not know of it.
    let content = bundle.entries().find(|(path, ..)| *path == "lib/d1/f1.py");
    let (.., content) = content.expect("a file of the bundle");
    let objects = walkdir::WalkDir::new(sandbox.store().join("objects")).into_iter();
    let mut files = objects
        .filter_map(Result::ok)
        .map(|entry| entry.into_path());
    let object = files.find(|path| fs::read(path).is_ok_and(|bytes| bytes == content));
    let object = object.expect("the store has it");
    fs::remove_file(&object).expect("ours");
    install();
    assert_eq!(names_in(&sandbox, "parked"), 0, "it was claimed");
    assert_eq!(fs::read(&object).expect("it is there"), content);
    sandbox.assert_sound();
    sandbox.assert_reader_agrees();
}
