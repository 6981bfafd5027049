//! The manifest can be lost.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::bundle::Bundle;
use crate::support::sandbox::Sandbox;

fn two_bundles(sandbox: &Sandbox) {
    sandbox.install(&sandbox.pack(&Bundle::new("one", "1.0.0").files("lib", 20, 1)));
    sandbox.install(&sandbox.pack(&Bundle::new("one", "2.0.0").files("lib", 20, 1)));
    sandbox.install(&sandbox.pack(&Bundle::new("two", "1.0.0").files("lib", 20, 2)));
}

// Seen to fail when an open does not look whether the manifest is lost (`manifest_is_lost`).
#[test]
fn a_lost_manifest_is_rebuilt_and_the_same_bundles_are_listed() {
    let sandbox = Sandbox::new();
    two_bundles(&sandbox);
    let before = sandbox.json(["list"]);
    fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    let output = sandbox.run(["list"]);
    assert!(
        sandbox.store().join("manifest.redb").exists(),
        "the next command rebuilds it"
    );
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("rebuilt"), "{told}");
    assert_eq!(sandbox.json(["list"]), before);
    sandbox.assert_reader_agrees();
    sandbox.assert_sound();
}

// Seen to fail when `rebuild_if_lost` takes an unreadable manifest for a sound one.
#[test]
fn a_damaged_manifest_is_kept_aside_and_rebuilt() {
    let sandbox = Sandbox::new();
    two_bundles(&sandbox);
    let before = sandbox.json(["list"]);
    fs::write(sandbox.store().join("manifest.redb"), b"not a database").expect("written");
    let three = Bundle::new("three", "1.0.0");
    three.assert_complete(&sandbox.install(&sandbox.pack(&three)));
    sandbox.ok(["remove", "three"]);
    sandbox.ok(["gc"]);
    sandbox.ok(["verify"]);
    assert_eq!(sandbox.json(["list"]), before);
    let kept = fs::read_dir(sandbox.store().join("quarantine"))
        .expect("it is there")
        .count();
    assert_eq!(kept, 1, "the damaged manifest is kept for people");
}

// Seen to fail when a new manifest is made where no ref can be read: it lacks what is there.
#[test]
fn a_lost_manifest_is_missed_also_where_no_ref_can_be_read() {
    let sandbox = Sandbox::new();
    let one = Bundle::new("one", "1.0.0").files("lib", 20, 1);
    let directory = sandbox.install(&sandbox.pack(&one));
    let refs = ["current.json", "versions/1.0.0.json"];
    let [current, version] = refs.map(|file| sandbox.store().join("refs/one").join(file));
    let content = fs::read(&version).expect("it is there");
    for path in [&current, &version] {
        fs::write(path, b"not a ref").expect("its owner may");
    }
    fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    let two = sandbox.pack(&Bundle::new("two", "1.0.0"));
    let refused = sandbox.run([Path::new("install"), &two]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{told}");
    assert!(told.contains("refs/one/current.json is damaged"), "{told}");
    one.assert_complete(&directory);
    for path in [&current, &version] {
        fs::write(path, &content).expect("its owner may");
    }
    sandbox.install(&two);
    assert_eq!(sandbox.json(["list"]).as_array().map(Vec::len), Some(2));
    sandbox.assert_sound();
}

/// Puts a directory where the receipt of a bundle should be.
fn obstruct_receipt(sandbox: &Sandbox, bundle: &str) -> PathBuf {
    let receipt = PathBuf::from(sandbox.ok(["path", bundle])).with_extension("json");
    fs::remove_file(&receipt).expect("it is there");
    fs::create_dir(&receipt).expect("a free name");
    receipt
}

// Seen to fail when `receipt_and_tree` lets only through what cannot be decoded: no command that writes gets past the rebuild; when
// `withdraw` deletes whatever lies there as a file; when `receipts_in` does not ask for the kind; and when `find` takes a name for
// free whose receipt has no place.
#[test]
fn one_receipt_that_cannot_be_read_costs_one_bundle() {
    let sandbox = Sandbox::new();
    two_bundles(&sandbox);
    obstruct_receipt(&sandbox, "two");
    fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    let three = Bundle::new("three", "1.0.0");
    let output = sandbox.run([Path::new("install"), &sandbox.pack(&three)]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("two@1.0.0"), "{told}");
    sandbox.ok(["use", "one@1.0.0"]);
    sandbox.ok(["remove", "two", "--discard-extra"]);
    sandbox.ok(["gc"]);
    let two = Bundle::new("two", "1.0.0").files("lib", 20, 2);
    two.assert_complete(&sandbox.install(&sandbox.pack(&two)));
    sandbox.ok(["gc"]);
}

// Seen to fail when `find` lets only through what cannot be decoded; when verify takes what is no file for a receipt.
#[test]
fn a_bundle_whose_receipt_cannot_be_read_can_be_installed_again() {
    let sandbox = Sandbox::new();
    two_bundles(&sandbox);
    let obstructed = obstruct_receipt(&sandbox, "two");
    let two = Bundle::new("two", "1.0.0").files("lib", 20, 2);
    two.assert_complete(&sandbox.install(&sandbox.pack(&two)));
    sandbox.ok(["gc"]);
    assert!(!obstructed.with_extension("").exists(), "no name means it");
    assert!(obstructed.exists(), "nobody knows whose it is");
    sandbox.run(["verify", "--repair"]);
    assert!(!obstructed.exists(), "it lies in quarantine/");
    sandbox.ok(["verify"]);
    sandbox.assert_reader_agrees();
}

// Seen to fail when `doom` moves a directory that a ref names to the trash, or leaves it parked for the next gc.
#[test]
fn what_a_server_put_into_a_bundle_that_a_rebuild_left_out_is_not_thrown_away() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("one", "1.0.0").files("lib", 20, 1);
    let archive = sandbox.pack(&bundle);
    let directory = sandbox.install(&archive);
    fs::write(directory.join("notes.db"), b"precious").expect("servers may write here");
    fs::remove_file(directory.join("server.py")).expect("it is there");
    fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    bundle.assert_complete(&sandbox.install(&archive));
    sandbox.ok(["gc"]);
    let kept = fs::read_dir(sandbox.store().join("quarantine")).expect("it is there");
    let mut kept = kept.map(|entry| entry.expect("it can be listed").path());
    let notes = kept.next().expect("the damaged directory").join("notes.db");
    assert_eq!(fs::read(notes).expect("it was kept"), b"precious");
}
