//! A checkout that was interrupted between the two renames of a system that cannot exchange names, and what may come between it and
//! its recovery.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{beside, check_out, installed};
use crate::support::mount::{self, Mounted, due, unmount};
use crate::support::sandbox::Sandbox;

const ID: &str = "0123456789abcdef";

fn record_of(sandbox: &Sandbox, path: &Path) -> (PathBuf, Value) {
    let records = fs::read_dir(sandbox.store().join("checkouts")).expect("a store");
    let records = records.map(|entry| {
        let file = entry.expect("an entry").path();
        let text = fs::read(&file).expect("a record");
        let record: Value = serde_json::from_slice(&text).expect("JSON");
        (file, record)
    });
    let mut records = records.filter(|(_, record)| record["path"] == path.to_str().expect("text"));
    records.next().expect("it was checked out")
}

/// What a process leaves that dies between the renames, on the way to the second version: nothing is at the path.
fn half_swapped(sandbox: &Sandbox, path: &Path) {
    let fresh = path.with_file_name(format!(".tool.linkstead-{ID}"));
    check_out(sandbox, "tool@2.0.0", &fresh, &[]);
    let (file, mut intent) = record_of(sandbox, &fresh);
    fs::remove_file(file).expect("it is ours");
    intent["path"] = json!(path);
    intent["state"] = json!("intended");
    let file = sandbox.store().join("checkouts").join(ID);
    fs::write(file.with_extension("json"), intent.to_string()).expect("it is ours");
    fs::rename(
        path,
        path.with_file_name(format!(".tool.linkstead-{ID}.old")),
    )
    .expect("a name");
}

fn unfinished(sandbox: &Sandbox) -> (PathBuf, Value) {
    let file = sandbox
        .store()
        .join("checkouts")
        .join(ID)
        .with_extension("json");
    let text = fs::read(&file).expect("a record");
    (file, serde_json::from_slice(&text).expect("JSON"))
}

fn gc_tells(sandbox: &Sandbox, what: &str) {
    let gc = sandbox.run(["gc"]);
    let told = String::from_utf8_lossy(&gc.stderr).into_owned();
    assert!(gc.status.success() && told.contains(what), "{told}");
}

// Seen to fail when a mount point that is there stands for its disk: the intent is taken back, and when the disk returns nobody
// knows of what lies on it.
#[test]
fn on_a_disk_that_is_away_it_waits_for_the_disk() {
    let (sandbox, [one, two], _) = installed();
    let Some(disk) = due("ext4", Mounted::disk("ext4", 16 << 20, &["-q"], "noatime")) else {
        return;
    };
    let path = disk.path().join("tool");
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    half_swapped(&sandbox, &path);
    unmount(&disk.path()).expect("nobody uses it");
    gc_tells(&sandbox, "its disk is not there");
    // What is made on the mount point is another, and stays so.
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    gc_tells(&sandbox, "its disk is not there");
    one.assert_complete(&path);
    fs::remove_dir_all(&path).expect("it is ours");
    disk.again().expect("it was there");
    sandbox.ok(["gc"]);
    two.assert_complete(&path);
    assert_eq!(beside(&path), ["lost+found", "tool"]);
    assert_eq!(sandbox.json(["checkout"])[0]["standing"], "here");
    sandbox.assert_sound();
}

// Seen to fail when `intend` takes over the names of every record of the path: what waits, and what it displaced, is deleted.
#[test]
fn what_waits_for_its_disk_is_not_cleared_by_the_next_of_its_path() {
    let (sandbox, [one, two], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    half_swapped(&sandbox, &path);
    // Its directory was copied to another disk, say, with all that lies in it.
    let (file, mut intent) = unfinished(&sandbox);
    intent["mount"]["inode"] = json!(u32::MAX);
    fs::write(file, intent.to_string()).expect("it is ours");
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    check_out(&sandbox, "tool@2.0.0", &path, &[]);
    gc_tells(&sandbox, "its disk is not there");
    two.assert_complete(&path);
    let fresh = format!(".tool.linkstead-{ID}");
    let old = format!("{fresh}.old");
    two.assert_complete(&path.with_file_name(&fresh));
    one.assert_complete(&path.with_file_name(&old));
    assert_eq!(beside(&path), [fresh, old, "tool".into()]);
    sandbox.assert_sound();
}

// Seen to fail when `is_free` takes an empty directory for somebody's.
#[test]
fn an_empty_directory_that_a_host_made_in_its_place_goes() {
    let (sandbox, [_, two], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    half_swapped(&sandbox, &path);
    fs::create_dir(&path).expect("nothing is there");
    sandbox.ok(["gc"]);
    two.assert_complete(&path);
    assert_eq!(beside(&path), ["tool"]);
}

// Seen to fail when the empty directory is removed before the renames that may fail.
#[test]
fn where_nothing_can_take_the_path_the_host_keeps_its_empty_directory() {
    let (sandbox, [_, two], _) = installed();
    let Some(disk) = due("ext4", Mounted::disk("ext4", 16 << 20, &["-q"], "noatime")) else {
        return;
    };
    let path = disk.path().join("tool");
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    half_swapped(&sandbox, &path);
    fs::create_dir(&path).expect("nothing is there");
    let change = |how: &str| {
        let mut command = Command::new("chattr");
        command.arg(how);
        for end in ["", ".old"] {
            command.arg(path.with_file_name(format!(".tool.linkstead-{ID}{end}")));
        }
        mount::run(&mut command).expect("it is ours");
    };
    change("+i");
    gc_tells(&sandbox, "Operation not permitted");
    assert!(path.is_dir());
    change("-i");
    sandbox.ok(["gc"]);
    two.assert_complete(&path);
    assert_eq!(beside(&path), ["lost+found", "tool"]);
}

// Seen to fail when what has the path settles the intent: all that lies beside it is nobody's then, or deleted.
#[test]
fn what_was_displaced_is_not_lost_to_what_takes_the_path() {
    let (sandbox, [_, two], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    half_swapped(&sandbox, &path);
    fs::create_dir(&path).expect("nothing is there");
    fs::write(path.join("thesis"), "mine").expect("it is ours");
    gc_tells(&sandbox, "something else has the path");
    for more in [None, Some("--replace")] {
        let arguments = [OsStr::new("checkout"), "tool".as_ref(), path.as_ref()];
        let refused = sandbox.run(arguments.into_iter().chain(more.map(OsStr::new)));
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains("what was there before is now"), "{told}");
    }
    assert_eq!(beside(&path).len(), 3);
    fs::rename(&path, sandbox.path("mine")).expect("it is there");
    sandbox.ok(["gc"]);
    two.assert_complete(&path);
    assert_eq!(beside(&path), ["tool"]);
    sandbox.assert_sound();
}

// Seen to fail when a forgotten intent clears what it displaced.
#[test]
fn forgotten_it_leaves_what_was_displaced_to_its_owner() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    half_swapped(&sandbox, &path);
    fs::write(&path, "mine").expect("nothing is there");
    let forgotten = sandbox.json([OsStr::new("checkout"), "--forget".as_ref(), path.as_ref()]);
    let displaced = forgotten["displaced"].as_array().expect("a list");
    assert_eq!(displaced.len(), 2, "the new one and the old one");
    let old = path.with_file_name(format!(".tool.linkstead-{ID}.old"));
    assert!(displaced.contains(&json!(old)));
    one.assert_complete(&old);
    assert_eq!(sandbox.json(["checkout"]), json!([]));
}
