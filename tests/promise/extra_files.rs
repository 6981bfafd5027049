//! What a server wrote beside its code is never thrown away because the store cannot tell it from the bundle's own files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::bundle::Bundle;
use crate::support::held::Held;
use crate::support::sandbox::Sandbox;

const NOTES: &str = "notes.db";

fn version(number: u32) -> Bundle {
    Bundle::new("one", &format!("{number}.0.0")).files("lib", 20, number.into())
}

/// What gets lost or spoiled, so that nobody can tell what is extra.
#[derive(Debug, Clone, Copy)]
enum Loss {
    ReceiptSpoiled,
    ReceiptGone,
    TreeSpoiled,
    TreeGone,
}

const LOSSES: [Loss; 4] = [
    Loss::ReceiptSpoiled,
    Loss::ReceiptGone,
    Loss::TreeSpoiled,
    Loss::TreeGone,
];

impl Loss {
    fn befall(self, sandbox: &Sandbox, directory: &Path) {
        let receipt = directory.with_extension("json");
        let tree = tree_of(sandbox, &receipt);
        let file = match self {
            Loss::ReceiptSpoiled | Loss::ReceiptGone => receipt,
            Loss::TreeSpoiled | Loss::TreeGone => tree,
        };
        fs::remove_file(&file).expect("it is there");
        match self {
            Loss::ReceiptGone | Loss::TreeGone => {}
            Loss::ReceiptSpoiled | Loss::TreeSpoiled => {
                fs::write(file, "spoiled").expect("a free name");
            }
        }
    }
}

fn tree_of(sandbox: &Sandbox, receipt: &Path) -> PathBuf {
    let receipt: Value =
        serde_json::from_slice(&fs::read(receipt).expect("it has one")).expect("JSON");
    let tree = receipt["tree"].as_str().expect("a digest");
    let (shelf, rest) = tree.split_at(2);
    sandbox.store().join("trees").join(shelf).join(rest)
}

/// A bundle into whose directory its server wrote a database.
fn served(sandbox: &Sandbox, bundle: &Bundle) -> PathBuf {
    let directory = sandbox.install(&sandbox.pack(bundle));
    fs::write(directory.join(NOTES), "precious").expect("servers may write here");
    directory
}

/// The same, and no name means it any more: it was removed while it was held.
fn served_and_unnamed(sandbox: &Sandbox, bundle: &Bundle) -> PathBuf {
    let directory = served(sandbox, bundle);
    let _held = Held::shared(&directory);
    sandbox.ok(["remove", "--when-idle", &bundle.identity()]);
    directory
}

fn assert_precious(notes: &Path) {
    let found = fs::read(notes).unwrap_or_else(|e| panic!("{}: {e}", notes.display()));
    assert_eq!(found, b"precious");
}

/// Where the quarantine keeps the database.
fn kept_notes(sandbox: &Sandbox) -> PathBuf {
    let quarantine = fs::read_dir(sandbox.store().join("quarantine")).expect("it is there");
    let mut kept = quarantine.map(|entry| entry.expect("it can be listed").path().join(NOTES));
    kept.find(|notes| notes.exists())
        .expect("the directory was put aside")
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

// Seen to fail when `Missed::of` takes what cannot be told for nothing; when plan or batch ends with the tree of what no name means.
#[test]
fn gc_keeps_what_no_name_means_and_says_what_cannot_be_read() {
    for loss in LOSSES {
        let sandbox = Sandbox::new();
        version(2).assert_complete(&sandbox.install(&sandbox.pack(&version(2))));
        let directory = served_and_unnamed(&sandbox, &version(1));
        loss.befall(&sandbox, &directory);
        let plan = sandbox.json(["gc"])["plan"].clone();
        assert_precious(&directory.join(NOTES));
        let stays = &plan["stays"][0];
        assert_eq!(stays["wanted_by"], "no-name", "{loss:?}: {plan}");
        assert_eq!(stays["keep"]["by"], "damage", "{loss:?}: {plan}");
        let told = sandbox.ok(["gc", "--dry-run"]);
        assert!(told.contains("--discard-extra"), "{loss:?}: {told}");
        let plan = sandbox.json(["gc", "--discard-extra"])["plan"].clone();
        assert_eq!(plan["bundles"][0]["why"], "no-name", "{loss:?}: {plan}");
        assert!(!plan["bundles"][0]["damage"].is_null(), "{loss:?}: {plan}");
        assert!(!directory.exists(), "{loss:?}");
        sandbox.assert_sound();
    }
}

// Seen to fail when `is_wanted` asks only for extra files that are known.
#[test]
fn gc_looks_again_before_it_takes() {
    use linkstead_store::{GcOptions, OpenMode, OpenOptions, Silent, Store};
    let sandbox = Sandbox::new();
    let directory = sandbox.install(&sandbox.pack(&version(1)));
    let held = Held::shared(&directory);
    sandbox.ok(["remove", "--when-idle", "one"]);
    drop(held);
    let store = Store::open(sandbox.store(), &OpenOptions::new(OpenMode::ReadWrite));
    let store = store.expect("it opens");
    let options = GcOptions::default();
    let gc = store.gc(&options, &Silent).expect("it plans");
    assert_eq!(gc.plan().bundles.len(), 1);
    fs::write(directory.join(NOTES), "precious").expect("servers may write here");
    Loss::ReceiptSpoiled.befall(&sandbox, &directory);
    let swept = gc.sweep().expect("it sweeps");
    assert_eq!(swept.spared.len(), 1);
    assert_precious(&directory.join(NOTES));
}

// Seen to fail when `candidate` guards what has no receipt also where extra files are discarded.
#[test]
fn a_policy_takes_what_cannot_be_told_apart_only_if_extra_files_are_discarded() {
    for loss in [Loss::ReceiptSpoiled, Loss::ReceiptGone] {
        let sandbox = Sandbox::new();
        let directory = served(&sandbox, &version(1));
        sandbox.install(&sandbox.pack(&version(2)));
        loss.befall(&sandbox, &directory);
        let policy = ["gc", "--keep-versions", "1", "--grace", "0"];
        let plan = sandbox.json(policy)["plan"].clone();
        assert_eq!(plan["stays"][0]["keep"]["by"], "damage", "{plan}");
        assert_precious(&directory.join(NOTES));
        let plan = sandbox.json([&policy[..], &["--discard-extra"]].concat())["plan"].clone();
        assert_eq!(plan["bundles"][0]["version"], "1.0.0", "{plan}");
        assert!(!directory.exists());
        sandbox.assert_sound();
    }
}

// Seen to fail when `remove` gives on that it cannot read the receipt, and when `must_be_nothing` lets pass what is not known.
#[test]
fn remove_takes_what_cannot_be_told_apart_only_if_extra_files_are_discarded() {
    for loss in LOSSES {
        let sandbox = Sandbox::new();
        let directory = served(&sandbox, &version(1));
        loss.befall(&sandbox, &directory);
        let refused = sandbox.run(["--json", "remove", "one"]);
        assert_eq!(refused.status.code(), Some(1), "{loss:?}");
        let failure: Value = serde_json::from_slice(&refused.stderr).expect("JSON");
        assert_eq!(failure["kind"], "unconfirmed", "{loss:?}: {failure}");
        let hint = failure["hint"].as_str().expect("a hint");
        assert!(hint.contains("--discard-extra"), "{loss:?}: {hint}");
        assert_precious(&directory.join(NOTES));
        let removed = sandbox.json(["remove", "one", "--discard-extra"]);
        assert!(!removed["damage"].is_null(), "{loss:?}: {removed}");
        assert!(!directory.exists(), "{loss:?}");
        sandbox.ok(["gc"]);
        sandbox.assert_sound();
        let bundle = version(1);
        bundle.assert_complete(&sandbox.install(&sandbox.pack(&bundle)));
        sandbox.assert_sound();
    }
}

// Seen to fail when `Missed::of` does not look whether anything lies there.
#[test]
fn where_nothing_lies_nothing_is_missed() {
    for loss in LOSSES {
        let sandbox = Sandbox::new();
        let directory = sandbox.install(&sandbox.pack(&version(1)));
        loss.befall(&sandbox, &directory);
        fs::remove_dir_all(&directory).expect("ours");
        fs::create_dir_all(directory.join("lib/__pycache__")).expect("a free name");
        fs::write(directory.join("lib/__pycache__/a.pyc"), "made again").expect("ours");
        sandbox.ok(["remove", "one"]);
        sandbox.ok(["gc"]);
        sandbox.assert_sound();
    }
}

// Seen to fail when `Missed::of` does not ask the tree of the record.
#[test]
fn a_bundle_without_a_receipt_and_without_other_files_goes_like_any_other() {
    for loss in [Loss::ReceiptSpoiled, Loss::ReceiptGone] {
        let sandbox = Sandbox::new();
        let directory = sandbox.install(&sandbox.pack(&version(1)));
        sandbox.install(&sandbox.pack(&version(2)));
        loss.befall(&sandbox, &directory);
        sandbox.ok(["gc", "--keep-versions", "1", "--grace", "0"]);
        assert!(!directory.exists(), "{loss:?}");
        let directory = sandbox.install(&sandbox.pack(&version(1)));
        loss.befall(&sandbox, &directory);
        let removed = sandbox.json(["remove", "one@1.0.0"]);
        assert_eq!(removed["state"], "parked");
        assert!(removed["frees"].as_u64() > Some(0), "{removed}");
        sandbox.assert_sound();
    }
}

// Seen to fail when `doom` does not ask for the tree of the record.
#[test]
fn an_install_puts_nothing_aside_that_only_lost_its_receipt() {
    let sandbox = Sandbox::new();
    let bundle = version(1);
    let directory = sandbox.install(&sandbox.pack(&bundle));
    Loss::ReceiptGone.befall(&sandbox, &directory);
    bundle.assert_complete(&sandbox.install(&sandbox.pack(&bundle)));
    let quarantine = fs::read_dir(sandbox.store().join("quarantine"));
    assert_eq!(quarantine.expect("it is there").count(), 0);
    sandbox.assert_sound();
}

// Seen to fail when `doom` looks into nothing.
#[test]
fn an_install_puts_aside_what_has_no_receipt() {
    let sandbox = Sandbox::new();
    let bundle = version(1);
    let directory = served(&sandbox, &bundle);
    Loss::ReceiptGone.befall(&sandbox, &directory);
    let output = sandbox.run([Path::new("install"), &sandbox.pack(&bundle)]);
    assert!(output.status.success(), "{}", stderr(&output));
    bundle.assert_complete(&directory);
    assert!(!directory.join(NOTES).exists());
    let notes = kept_notes(&sandbox);
    assert_precious(&notes);
    let kept = notes.parent().expect("it lies in one").display();
    assert!(
        stderr(&output).contains(&kept.to_string()),
        "{}",
        stderr(&output)
    );
    sandbox.ok(["gc", "--discard-extra"]);
    assert_precious(&notes);
    sandbox.ok(["verify"]);
    sandbox.assert_reader_agrees();
}

// Seen to fail when what has no receipt counts as half deleted, wherever it lies.
#[test]
fn a_rebuild_puts_aside_what_no_name_means() {
    for loss in [None].into_iter().chain(LOSSES.map(Some)) {
        let sandbox = Sandbox::new();
        version(2).assert_complete(&sandbox.install(&sandbox.pack(&version(2))));
        let directory = served_and_unnamed(&sandbox, &version(1));
        if let Some(loss) = loss {
            loss.befall(&sandbox, &directory);
        }
        fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
        let output = sandbox.run(["gc"]);
        let told = stderr(&output);
        assert!(output.status.success(), "{loss:?}: {told}");
        assert!(!directory.exists(), "{loss:?}: an orphan");
        let notes = kept_notes(&sandbox);
        assert_precious(&notes);
        let kept = notes.parent().expect("it lies in one").display();
        assert!(told.contains(&kept.to_string()), "{loss:?}: {told}");
        sandbox.ok(["gc", "--discard-extra"]);
        assert_precious(&notes);
        sandbox.ok(["verify"]);
    }
}

// Seen to fail when `doom_orphan` looks into nothing; without a receipt, when that counts as half deleted.
#[test]
fn what_was_held_while_the_manifest_was_rebuilt_is_put_aside_later() {
    for loss in [None].into_iter().chain(LOSSES.map(Some)) {
        let sandbox = Sandbox::new();
        sandbox.install(&sandbox.pack(&version(2)));
        let directory = served_and_unnamed(&sandbox, &version(1));
        if let Some(loss) = loss {
            loss.befall(&sandbox, &directory);
        }
        let held = Held::shared(&directory);
        fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
        sandbox.ok(["gc"]);
        assert_precious(&directory.join(NOTES));
        drop(held);
        sandbox.ok(["gc"]);
        assert_precious(&kept_notes(&sandbox));
        sandbox.ok(["verify"]);
    }
}

// Seen to fail when what has no receipt counts as half deleted, in a recovery or in an install: nobody notices that a manifest is
// lost where no name means anything.
#[test]
fn a_manifest_that_was_lost_unnoticed_costs_nothing() {
    for loss in [None].into_iter().chain(LOSSES.map(Some)) {
        for again in [version(1), version(2)] {
            let sandbox = Sandbox::new();
            let directory = served_and_unnamed(&sandbox, &version(1));
            if let Some(loss) = loss {
                loss.befall(&sandbox, &directory);
            }
            fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
            again.assert_complete(&sandbox.install(&sandbox.pack(&again)));
            sandbox.ok(["gc"]);
            assert_precious(&kept_notes(&sandbox));
            sandbox.ok(["verify"]);
        }
    }
}

// Seen to fail when every orphan is put aside, whatever lies in it, and when gc takes the tree of one that is held.
#[test]
fn an_orphan_that_no_server_wrote_to_is_trash() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.pack(&version(2)));
    let directory = sandbox.install(&sandbox.pack(&version(1)));
    fs::create_dir(directory.join("lib/__pycache__")).expect("ours");
    fs::write(directory.join("lib/__pycache__/a.pyc"), "made again").expect("ours");
    let held = Held::shared(&directory);
    sandbox.ok(["remove", "--when-idle", "one@1.0.0"]);
    fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    sandbox.ok(["gc"]);
    assert!(directory.exists());
    drop(held);
    sandbox.ok(["gc"]);
    assert!(!directory.exists());
    sandbox.assert_sound();
}

// Seen to fail when the sweep deletes trees without a look at what has no record by now (`add_trees_of_orphans`).
#[test]
fn an_install_that_dies_while_gc_runs_leaves_trash() {
    use linkstead_store::{GcOptions, OpenMode, OpenOptions, Silent, Store};
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.pack(&version(1)));
    let elsewhere = Sandbox::new();
    let directory = elsewhere.install(&elsewhere.pack(&Bundle::new("dead", "1.0.0")));
    let tree = tree_of(&elsewhere, &directory.with_extension("json"));
    let store = Store::open(sandbox.store(), &OpenOptions::new(OpenMode::ReadWrite));
    let store = store.expect("it opens");
    let options = GcOptions::default();
    let gc = store.gc(&options, &Silent).expect("it plans");
    for path in [elsewhere.store().join("bundles/dead"), tree] {
        let inside = path.strip_prefix(elsewhere.store()).expect("it lies there");
        let to = sandbox.store().join(inside);
        fs::create_dir_all(to.parent().expect("a shelf")).expect("ours");
        let status = std::process::Command::new("cp")
            .arg("-a")
            .args([&path, &to])
            .status();
        assert!(status.expect("cp is there").success());
    }
    gc.sweep().expect("it sweeps");
    sandbox.ok(["gc"]);
    assert!(
        !sandbox
            .store()
            .join("bundles/dead/1.0.0")
            .join(directory.file_name().expect("hex"))
            .exists()
    );
    sandbox.assert_sound();
}
