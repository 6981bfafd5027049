//! Whether it is still there: forgotten when it was deleted, kept while its disk is away, and nothing of somebody else's.

use std::ffi::OsStr;
use std::fs;

use super::{check_out, installed};
use crate::support::mount::{Mounted, due};
use crate::support::sandbox::Sandbox;

// Seen to fail when `gone` takes a path without a parent for deleted, and when gc forgets nothing.
#[test]
fn one_that_was_deleted_is_forgotten_and_one_that_is_away_is_not() {
    let (sandbox, [one, _], path) = installed();
    let Some(disk) = due("tmpfs", Mounted::memory("size=8m")) else {
        return;
    };
    let away = disk.path().join("tool");
    // Inside a directory of its own, which is not there while the disk is away.
    let deep = disk.path().join("deep");
    fs::create_dir(&deep).expect("it is ours");
    let deep = deep.join("tool");
    for path in [&path, &away, &deep] {
        check_out(&sandbox, "tool@1.0.0", path, &[]);
    }
    sandbox.ok(["remove", "tool@1.0.0"]);
    sandbox.ok(["remove", "tool@2.0.0"]);
    drop(disk);
    let standings = |sandbox: &Sandbox| -> Vec<String> {
        let all = sandbox.json(["checkout"]);
        let all = all.as_array().expect("a list").iter();
        all.map(|one| one["standing"].as_str().expect("a word").to_owned())
            .collect()
    };
    sandbox.ok(["gc"]);
    let mut stand = standings(&sandbox);
    stand.sort();
    assert_eq!(stand, ["away", "away", "here"]);
    one.assert_complete(&path);
    fs::remove_dir_all(&path).expect("it is ours");
    let collected = sandbox.json(["gc"]);
    assert_eq!(
        collected["plan"]["forgotten"][0],
        path.to_str().expect("text")
    );
    assert_eq!(standings(&sandbox), ["away", "away"]);
    assert!(sandbox.objects() > 0, "what is away is kept");
    for path in [&away, &deep] {
        sandbox.ok([OsStr::new("checkout"), "--forget".as_ref(), path.as_ref()]);
    }
    sandbox.ok(["gc"]);
    assert_eq!(sandbox.objects(), 0);
}

// Seen to fail when the number of its device says whether a disk is there: it is away for ever.
#[test]
fn one_that_was_deleted_after_its_device_got_another_number_is_forgotten() {
    let (sandbox, _, path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let records = fs::read_dir(sandbox.store().join("checkouts")).expect("a store");
    for record in records.map(|entry| entry.expect("an entry").path()) {
        let text = fs::read(&record).expect("a record");
        let mut known: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        for member in ["directory", "mount"] {
            known[member]["device"] = serde_json::json!(u32::MAX);
        }
        fs::write(&record, known.to_string()).expect("it is ours");
    }
    assert_eq!(sandbox.json(["checkout"])[0]["standing"], "here");
    fs::remove_dir_all(path.parent().expect("a place")).expect("it is ours");
    sandbox.ok(["gc"]);
    assert_eq!(sandbox.json(["checkout"]), serde_json::json!([]));
}

// Seen to fail when a directory at the path of a record is taken for the one that was made, whatever it is.
#[test]
fn another_directory_in_its_place_is_not_ours() {
    let (sandbox, _, path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    fs::remove_dir_all(&path).expect("it is ours");
    fs::create_dir(&path).expect("it is ours");
    fs::write(path.join("thesis.txt"), "mine").expect("it is ours");
    let refused = sandbox.run([OsStr::new("checkout"), "tool@2.0.0".as_ref(), path.as_ref()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        told.contains("a directory is there that linkstead did not make"),
        "{told}"
    );
    sandbox.ok(["gc"]);
    assert_eq!(
        fs::read(path.join("thesis.txt")).expect("untouched"),
        b"mine"
    );
    assert_eq!(sandbox.json(["checkout"]), serde_json::json!([]));
}
