//! A store on the lower layer of an overlay, as a container image brings it: its directories cannot be renamed (EXDEV).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::course;
use crate::support::bundle::Bundle;
use crate::support::mount::{Mounted, due};
use crate::support::sandbox::Sandbox;

/// Every path below a directory, with the content of files.
fn snapshot(directory: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    walkdir::WalkDir::new(directory)
        .into_iter()
        .map(|entry| entry.expect("it can be listed").into_path())
        .map(|path| (path.clone(), fs::read(&path).ok()))
        .collect()
}

/// What an install leaves that was killed while it built its tree.
fn leave_a_dead_staging(store: &Path) {
    let staging = store.join("staging/0123456789abcdef");
    fs::create_dir_all(staging.join("tree/lib")).expect("its owner may");
    fs::write(staging.join("tree/lib/half.py"), "half").expect("its owner may");
    fs::write(staging.with_extension("lock"), "").expect("its owner may");
}

// Seen to fail when `Store::doom` gives EXDEV on instead of deleting in place.
#[test]
fn what_lies_on_the_lower_layer_is_used_removed_and_collected() {
    let image = Sandbox::new();
    let [one, two] = course::bundles();
    let gone = Bundle::new("gone", "1.0.0").files("gone", 10, 9);
    image.install(&image.pack(&one));
    image.install(&image.pack(&gone));
    image.ok(["remove", "gone"]);
    leave_a_dead_staging(&image.store());
    let before = snapshot(&image.store());
    let Some(layer) = due("overlay", Mounted::overlay(&image.store())) else {
        return;
    };
    let sandbox = Sandbox::with_store(layer.path());
    one.assert_complete(Path::new(&sandbox.ok(["path", "one"])));
    let second = sandbox.install(&sandbox.pack(&two));
    assert!(
        !sandbox.store().join("staging/0123456789abcdef").exists(),
        "the dead staging was recovered"
    );
    sandbox.ok(["verify"]);
    sandbox.ok(["remove", "one"]);
    assert!(!sandbox.run(["path", "one"]).status.success());
    sandbox.assert_sound();
    two.assert_complete(&second);
    one.assert_complete(&sandbox.install(&sandbox.pack(&one)));
    sandbox.assert_reader_agrees();
    sandbox.assert_sound();
    drop(layer);
    assert!(
        snapshot(&image.store()) == before,
        "the lower layer is as it was"
    );
}

// Seen to fail when what has no receipt and cannot be renamed stays, in a recovery or in an install; when what has one goes too.
#[test]
fn a_deletion_in_place_that_was_interrupted_goes_on() {
    let image = Sandbox::new();
    let [one, two] = course::bundles();
    let directories = [&one, &two].map(|bundle| image.install(&image.pack(bundle)));
    let twin = directories[0].with_file_name("0123456789abcdef");
    for directory in [&twin, &directories[1]] {
        fs::create_dir_all(directory).expect("ours");
        fs::write(directory.join("notes.txt"), "mine").expect("ours");
    }
    // Neither has a record or a name by then; one of them has its receipt still.
    for known in ["manifest.redb", "refs", "uses"] {
        let known = image.store().join(known);
        let removed = fs::remove_file(&known).or_else(|_| fs::remove_dir_all(&known));
        removed.expect("ours");
    }
    fs::create_dir(image.store().join("refs")).expect("ours");
    fs::create_dir(image.store().join("uses")).expect("ours");
    fs::remove_file(directories[0].with_extension("json")).expect("it has one");
    let Some(layer) = due("overlay", Mounted::overlay(&image.store())) else {
        return;
    };
    let sandbox = Sandbox::with_store(layer.path());
    let there = |directory: &Path| {
        let below = directory
            .strip_prefix(image.store())
            .expect("it lies there");
        layer.path().join(below).exists()
    };
    one.assert_complete(&sandbox.install(&sandbox.pack(&one)));
    assert!(there(&twin), "nobody has recovered");
    let told = sandbox.run(["gc"]);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(!there(&twin), "{told}");
    assert!(there(&directories[1]), "{told}");
    assert!(told.contains("cannot be moved away"), "{told}");
    let kept = fs::read_dir(layer.path().join("quarantine")).expect("it is there");
    assert_eq!(kept.count(), 0, "it was deleted where it lay");
}

// Seen to fail when `Roles::of` links entry points like other files: 44 links.
#[test]
fn the_whole_course_on_an_overlay() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    let Some(layer) = due("overlay", Mounted::overlay(empty.path())) else {
        return;
    };
    let sandbox = Sandbox::with_store(layer.path().join("store"));
    let reports = course::run(&sandbox, &[], course::Files::Sealed);
    assert_eq!(course::count(&reports.second, "linked"), 43);
}
