//! A second bundle costs only what is new in it.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::support::bundle::Bundle;
use crate::support::sandbox::Sandbox;

fn inode(path: std::path::PathBuf) -> u64 {
    fs::metadata(&path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .ino()
}

// Seen to fail when files are copied instead of linked.
#[test]
fn what_two_bundles_share_is_one_inode_and_is_counted_once() {
    let sandbox = Sandbox::new();
    let one = Bundle::new("one", "1.0.0").files("lib", 40, 1);
    let two = Bundle::new("two", "1.0.0")
        .files("vendor", 40, 1)
        .files("own", 5, 2);
    let first = sandbox.install(&sandbox.pack(&one));
    let objects = sandbox.objects();
    let second = sandbox.install(&sandbox.pack(&two));
    // The manifest and five files are new; the entry point's content and all of lib are not.
    assert_eq!(sandbox.objects(), objects + 6);
    let mut shared = 0;
    for (path, _, bytes) in one.entries().filter(|(path, ..)| path.starts_with("lib/")) {
        let other = path.replacen("lib/", "vendor/", 1);
        assert_eq!(inode(first.join(path)), inode(second.join(other)), "{path}");
        shared += bytes.len() as u64;
    }
    let usage = sandbox.json(["du"]);
    for (bundle, index) in [(&one, 0), (&two, 1)] {
        let row = &usage["bundles"][index];
        assert_eq!(row["total"], bundle.total_bytes());
        assert_eq!(row["shared"], shared);
        assert_eq!(row["unique"], bundle.total_bytes() - shared);
    }
    let logical = one.total_bytes() + two.total_bytes();
    assert_eq!(usage["store"]["logical"], logical);
    assert_eq!(
        usage["store"]["saved"],
        usage["store"]["logical"].as_u64().unwrap() - usage["store"]["physical"].as_u64().unwrap()
    );
    sandbox.assert_reader_agrees();
    sandbox.assert_sound();
}

// Seen to fail when a known archive is never acknowledged from the store alone.
#[test]
fn a_second_install_writes_no_file_but_the_acknowledgement() {
    let sandbox = Sandbox::new();
    let archive = sandbox.pack(&Bundle::new("one", "1.0.0").files("lib", 40, 1));
    let first = sandbox.install(&archive);
    let before = snapshot(&sandbox);
    let second = sandbox.install(&archive);
    assert_eq!(first, second);
    let after = snapshot(&sandbox);
    let changed: Vec<_> = after
        .iter()
        .filter(|entry| !before.contains(entry))
        .map(|(path, ..)| path.as_str())
        .collect();
    assert!(
        changed
            .iter()
            .all(|path| path.starts_with("refs/") || path.starts_with("uses/")),
        "{changed:?}"
    );
}

// Seen to fail when `need` says that every object is new.
#[test]
fn a_removed_version_whose_objects_remain_is_only_linked() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("one", "1.0.0").files("lib", 40, 1);
    let archive = sandbox.pack(&bundle);
    sandbox.install(&archive);
    sandbox.ok(["remove", "one@1.0.0"]);
    assert!(!sandbox.run(["path", "one"]).status.success());
    let mut command = sandbox.command(["--json", "install"]);
    let output = command.arg(&archive).output().expect("it starts");
    let installed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(installed["report"]["new_objects"], 0);
    assert_eq!(installed["outcome"], "published");
    bundle.assert_complete(installed["directory"].as_str().expect("a path").as_ref());
    sandbox.assert_reader_agrees();
    sandbox.assert_sound();
}

// Seen to fail when `need` says that every object is new.
#[test]
fn the_same_content_in_another_archive_finds_its_objects() {
    let sandbox = Sandbox::new();
    let old = Bundle::new("one", "1.0.0").files("lib", 40, 1);
    let new = Bundle::new("one", "1.1.0").files("lib", 40, 1);
    sandbox.install(&sandbox.pack(&old));
    let mut command = sandbox.command(["--json", "install"]);
    let output = command.arg(sandbox.pack(&new)).output().expect("it starts");
    let installed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        installed["report"]["new_objects"], 1,
        "only the manifest is new"
    );
    assert_eq!(
        sandbox.ok(["path", "one"]),
        installed["directory"].as_str().unwrap()
    );
    sandbox.assert_reader_agrees();
    sandbox.assert_sound();
}

/// Every file of the store with inode, size and mtime.
fn snapshot(sandbox: &Sandbox) -> Vec<(String, u64, u64, i64, i64)> {
    let root = sandbox.store();
    walkdir::WalkDir::new(&root)
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let metadata = entry.metadata().expect("metadata");
            (
                entry
                    .path()
                    .strip_prefix(&root)
                    .expect("below")
                    .display()
                    .to_string(),
                metadata.ino(),
                metadata.len(),
                metadata.mtime(),
                metadata.mtime_nsec(),
            )
        })
        .collect()
}
