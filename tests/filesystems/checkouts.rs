//! Directories outside the store, where a system cannot exchange names or make links, and where something is mounted.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::course;
use crate::refused;
use crate::support::mount::{Mounted, due};
use crate::support::sandbox::{Sandbox, succeeded};

fn names_in(place: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(place).expect("it is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// Both bundles one after the other at one path, with these calls refused.
fn works_without(refusals: &[&str]) {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let bundles = course::bundles();
    for bundle in &bundles {
        sandbox.install(&sandbox.pack(bundle));
    }
    let place = sandbox.path("out");
    std::fs::create_dir(&place).expect("it is ours");
    let path = place.join("tool");
    for bundle in [&bundles[0], &bundles[1], &bundles[0]] {
        let arguments = ["checkout", &bundle.name, path.to_str().expect("text")];
        succeeded(refused::run(&sandbox, refusals, &[], arguments));
        bundle.assert_complete(&path);
        assert_eq!(names_in(&place), ["tool"]);
    }
    sandbox.assert_sound();
}

// Seen to fail when `exchange` does not know the errors as refusals.
#[test]
fn no_exchange_of_names() {
    for errno in ["ENOSYS", "EINVAL"] {
        works_without(&[&format!("renameat2:error={errno}")]);
    }
}

// Seen to fail when an exchange is taken for one that cannot be made: between two renames nothing is at the path.
#[test]
fn nobody_ever_finds_nothing_at_the_path() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let [one, two] = course::bundles();
    for bundle in [&one, &two] {
        sandbox.install(&sandbox.pack(bundle));
    }
    let path = sandbox.path("tool");
    let arguments = |name| ["checkout", name, path.to_str().expect("text")];
    sandbox.ok(arguments("one"));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                assert!(path.exists(), "a moment with nothing");
            }
        });
        // Whatever comes between two renames lasts so many microseconds.
        let slow = ["renameat2:delay_enter=50000"];
        succeeded(refused::run(&sandbox, &slow, &[], arguments("two")));
        is_over.store(true, Ordering::Relaxed);
    });
    two.assert_complete(&path);
}

#[test]
fn neither_links_nor_syncs_of_a_whole_file_system() {
    works_without(&["linkat:error=EPERM", "syncfs:error=ENOSYS"]);
}

// Seen to fail when mounts are not looked for: what is mounted there is deleted with the rest.
#[test]
fn what_is_mounted_below_a_path_is_not_deleted() {
    let sandbox = Sandbox::new();
    let bundle = &course::bundles()[0];
    sandbox.install(&sandbox.pack(bundle));
    let precious = sandbox.path("precious");
    std::fs::create_dir(&precious).expect("it is ours");
    std::fs::write(precious.join("thesis"), "mine").expect("it is ours");
    // Bound from the same file system: only the mount tells.
    let Some(mounted) = due("tmpfs", Mounted::bind(&precious)) else {
        return;
    };
    let inside = mounted.path();
    let holding = inside.parent().expect("its scratch directory");
    let arguments = ["checkout", "one", holding.to_str().expect("text")];
    let output = sandbox.run(arguments.into_iter().chain(["--replace"]));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("in it is a mount point"), "{told}");
    assert!(inside.join("thesis").exists() && precious.join("thesis").exists());
}

// Seen to fail when `remove_tree` goes into whatever is mounted below: the thesis is deleted.
#[test]
fn what_is_mounted_below_what_was_displaced_is_not_deleted() {
    let (sandbox, path) = with_one_checked_out();
    let held = std::fs::File::open(&path).expect("it is there");
    held.lock_shared().expect("it is free");
    let text = path.to_str().expect("text");
    let report = sandbox.json(["checkout", "two", text]);
    let displaced = report["displaced"][0]["path"].as_str().expect("a path");
    let precious = sandbox.path("precious");
    std::fs::create_dir(&precious).expect("it is ours");
    std::fs::write(precious.join("thesis"), "mine").expect("it is ours");
    let Some(mounted) = due(
        "tmpfs",
        Mounted::bind_onto(&precious, &Path::new(displaced).join("lib")),
    ) else {
        return;
    };
    drop(held);
    let told = sandbox.run(["gc"]);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(precious.join("thesis").exists(), "{told}");
    assert!(
        told.contains("could not be deleted: cannot remove"),
        "{told}"
    );
    drop(mounted);
    sandbox.ok(["gc"]);
    assert_eq!(names_in(path.parent().expect("a place")), ["tool"]);
}

/// Both bundles installed, one of them checked out.
fn with_one_checked_out() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    for bundle in &course::bundles() {
        sandbox.install(&sandbox.pack(bundle));
    }
    let place = sandbox.path("out");
    std::fs::create_dir(&place).expect("it is ours");
    let path = place.join("tool");
    sandbox.ok(["checkout", "one", path.to_str().expect("text")]);
    (sandbox, path)
}

#[track_caller]
fn refused(output: Output, reason: &str) {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(reason), "{told}");
}

// Seen to fail when only the names that lead to a directory are looked at: the first is made in the store, the second deletes it.
#[test]
fn no_other_mount_leads_into_the_store_or_around_it() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.pack(&course::bundles()[0]));
    let store = sandbox.store();
    let Some(inside) = due("tmpfs", Mounted::bind(&store.join("bundles"))) else {
        return;
    };
    let path = inside.path().join("tool");
    let arguments = ["checkout", "one", path.to_str().expect("text")];
    refused(sandbox.run(arguments), "it lies in the store");
    // The store by another name, and what holds it by its own.
    let holder = store.parent().expect("it lies in something");
    let mounted = Mounted::bind(&store).expect("as before");
    let by_another_name = Sandbox::with_store(mounted.path());
    let holder = holder.to_str().expect("text");
    let output = by_another_name.run(["checkout", "one", holder, "--replace"]);
    refused(output, "lies in it");
    sandbox.assert_sound();
}
