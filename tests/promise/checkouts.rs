//! A bundle's directory at a path outside the store: whole at every moment, kept by the store, and given back.

mod acknowledged;
mod disks;
mod interrupted;
mod killed;
mod modes;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::bundle::{Bundle, noise};
use crate::support::mount::{Mounted, due};
use crate::support::sandbox::Sandbox;
use crate::support::vandal::alter_under_the_seal;

/// Two versions that share most of their files.
fn versions() -> [Bundle; 2] {
    ["1.0.0", "2.0.0"].map(|version| {
        Bundle::new("tool", version)
            .files("lib", 120, 5)
            .file("VERSION", 0o644, version.as_bytes())
            .file("big.bin", 0o644, noise(version.len() as u64, 400_000))
    })
}

fn installed() -> (Sandbox, [Bundle; 2], PathBuf) {
    let sandbox = Sandbox::new();
    let bundles = versions();
    for bundle in &bundles {
        sandbox.install(&sandbox.pack(bundle));
    }
    let place = sandbox.path("out");
    fs::create_dir(&place).expect("it is ours");
    (sandbox, bundles, place.join("tool"))
}

/// What a checkout prints as data.
fn check_out(sandbox: &Sandbox, bundle: &str, to: &Path, more: &[&str]) -> serde_json::Value {
    let mut arguments: Vec<&OsStr> = vec!["checkout".as_ref(), bundle.as_ref(), to.as_ref()];
    arguments.extend(more.iter().map(OsStr::new));
    sandbox.json(arguments)
}

fn beside(path: &Path) -> Vec<String> {
    let place = path.parent().expect("a place");
    let names = fs::read_dir(place).expect("it is there");
    let names = names.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// All inodes of regular files below a directory.
fn inodes(directory: &Path) -> Vec<u64> {
    walkdir::WalkDir::new(directory)
        .into_iter()
        .map(|entry| entry.expect("it can be listed"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.metadata().expect("it is there").ino())
        .collect()
}

// Seen to fail when `Roots::read` leaves the trees of checkouts out: verify finds missing objects, and the next checkout cannot be
// made.
#[test]
fn it_shares_its_files_and_outlives_its_bundle() {
    let (sandbox, [one, two], path) = installed();
    let report = check_out(&sandbox, "tool@1.0.0", &path, &[]);
    assert_eq!(report["outcome"], "made");
    one.assert_complete(&path);
    let objects = inodes(&sandbox.store().join("objects"));
    let shared = inodes(&path)
        .into_iter()
        .filter(|inode| objects.contains(inode));
    // The entry point has an inode of its own.
    assert_eq!(shared.count(), one.len() - 1);
    sandbox.ok(["remove", "tool@1.0.0"]);
    sandbox.ok(["remove", "tool@2.0.0"]);
    sandbox.ok(["gc"]);
    one.assert_complete(&path);
    sandbox.assert_sound();
    assert!(sandbox.objects() >= one.len() - 2, "what it needs is kept");
    // Another bundle of the same content links to it still.
    sandbox.install(&sandbox.pack(&two));
    assert_eq!(sandbox.json(["checkout"])[0]["standing"], "here");
    sandbox.ok(["remove", "tool"]);
    sandbox.ok([
        OsStr::new("checkout"),
        "--forget".as_ref(),
        path.as_os_str(),
    ]);
    sandbox.ok(["gc"]);
    assert_eq!(sandbox.objects(), 0, "forgotten");
    one.assert_complete(&path);
}

// Seen to fail when what is displaced is deleted although it is held.
#[test]
fn who_holds_what_is_at_the_path_has_the_old_or_the_new_wholly() {
    let (sandbox, bundles, path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let is_over = AtomicBool::new(false);
    let seen = [AtomicUsize::new(0), AtomicUsize::new(0)];
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let held = File::open(&path).expect("there is always one");
                    held.lock_shared().expect("nobody locks it for long");
                    let is_still_it = fs::metadata(&path).expect("there is always one").ino()
                        == held.metadata().expect("it is open").ino();
                    if !is_still_it {
                        continue;
                    }
                    let inside = PathBuf::from(format!("/proc/self/fd/{}", held.as_raw_fd()));
                    let version = fs::read(inside.join("VERSION")).expect("it is whole");
                    let which = usize::from(version != b"1.0.0");
                    bundles[which].assert_complete(&inside);
                    seen[which].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut rounds = 0;
        while rounds < 20 || seen.iter().any(|seen| seen.load(Ordering::Relaxed) < 20) {
            check_out(
                &sandbox,
                bundles[(rounds + 1) % 2].identity().as_str(),
                &path,
                &[],
            );
            rounds += 1;
        }
        is_over.store(true, Ordering::Relaxed);
    });
    sandbox.ok(["gc"]);
    assert_eq!(beside(&path), ["tool"]);
    sandbox.assert_sound();
}

// Seen to fail when `remove_unless_held` does not try the lock, and when a record does not carry on what an earlier one displaced.
#[test]
fn what_is_displaced_stays_as_long_as_it_is_held() {
    let (sandbox, [one, two], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let held = File::open(&path).expect("it is there");
    held.lock_shared().expect("it is free");
    let report = check_out(&sandbox, "tool@2.0.0", &path, &[]);
    assert_eq!(report["outcome"], "replaced");
    let displaced = PathBuf::from(report["displaced"][0]["path"].as_str().expect("a path"));
    assert!(report["displaced"][0]["holders"].is_array());
    two.assert_complete(&path);
    // Another checkout of the path, another gc.
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    sandbox.ok(["gc"]);
    one.assert_complete(&path);
    one.assert_complete(&displaced);
    let inside = PathBuf::from(format!("/proc/self/fd/{}", held.as_raw_fd()));
    one.assert_complete(&inside);
    // Before it is closed: a child that another test is just starting may have the descriptor still.
    held.unlock().expect("it is ours");
    drop(held);
    sandbox.ok(["gc"]);
    assert_eq!(beside(&path), ["tool"]);
}

// Seen to fail when the room is asked of the store's disk.
#[test]
fn on_another_file_system_it_is_made_of_copies_and_says_so() {
    let (sandbox, [one, two], _) = installed();
    let Some(disk) = due("tmpfs", Mounted::memory("size=8m")) else {
        return;
    };
    let path = disk.path().join("tool");
    let report = check_out(&sandbox, "tool@1.0.0", &path, &[]);
    assert_eq!(report["linked"], 0);
    assert_eq!(
        report["no_links_because"],
        "the objects lie on another file system"
    );
    one.assert_complete(&path);
    check_out(&sandbox, "tool@2.0.0", &path, &[]);
    two.assert_complete(&path);
    assert_eq!(beside(&path), ["tool"]);
    sandbox.assert_sound();
    let sealed = fs::metadata(path.join("VERSION")).expect("it is there");
    assert_eq!(sealed.mode() & 0o777, 0o444);

    let Some(full) = due("tmpfs", Mounted::memory("size=400k")) else {
        return;
    };
    let path = full.path().join("tool");
    let refused = sandbox.run([OsStr::new("checkout"), "tool".as_ref(), path.as_ref()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("bytes free and"), "{told}");
    assert_eq!(beside(&path), [""; 0]);
    assert_eq!(sandbox.json(["checkout"]).as_array().map(Vec::len), Some(1));
}

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

// Seen to fail when extra files are not looked for, when private ones do not count, and when what is kept is copied (the server that
// still runs writes to the old inode).
#[test]
fn what_a_server_put_into_it_is_never_thrown_away_silently() {
    let (sandbox, [_, two], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    fs::create_dir_all(path.join("state/deep")).expect("it is ours");
    fs::write(path.join("state/deep/data.db"), "rows").expect("it is ours");
    fs::create_dir(path.join("lib/__pycache__")).expect("it is ours");
    fs::write(path.join("lib/__pycache__/x.pyc"), "made again").expect("it is ours");
    let refused = sandbox.run([OsStr::new("checkout"), "tool@2.0.0".as_ref(), path.as_ref()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        told.contains("a file of its own: state/deep/data.db"),
        "{told}"
    );
    assert!(
        told.contains("--keep-extra") && !told.contains("pyc"),
        "{told}"
    );
    // The same version is there, and nothing needs to go.
    let again = check_out(&sandbox, "tool@1.0.0", &path, &[]);
    assert_eq!(again["outcome"], "already-there");
    // A server that runs on goes on writing what is kept.
    let server = File::options()
        .append(true)
        .open(path.join("state/deep/data.db"))
        .expect("it is there");
    let report = check_out(&sandbox, "tool@2.0.0", &path, &["--keep-extra"]);
    assert_eq!(report["kept"], serde_json::json!(["state/deep/data.db"]));
    std::io::Write::write_all(&mut &server, b" and more").expect("it is open");
    two.assert_complete(&path);
    let kept = fs::read(path.join("state/deep/data.db")).expect("it was kept");
    assert_eq!(kept, b"rows and more");
    assert_eq!(sandbox.json(["verify"])["checkouts"], 1);
    let report = check_out(&sandbox, "tool@1.0.0", &path, &["--replace"]);
    assert_eq!(
        report["discarded"],
        serde_json::json!(["state/deep/data.db"])
    );
    assert!(!fs::exists(path.join("state")).expect("it can be looked at"));
    sandbox.assert_sound();
}

// Seen to fail when `carry` takes a file whose name is no UTF-8 for one that its server deleted.
#[test]
fn what_cannot_be_kept_for_its_name_is_not_taken_for_deleted() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let written = path.join(OsStr::from_bytes(b"caf\xe9.db"));
    fs::write(&written, "rows").expect("it is ours");
    let arguments = [
        "checkout",
        "tool@2.0.0",
        path.to_str().expect("text"),
        "--keep-extra",
    ];
    assert!(!sandbox.run(arguments).status.success());
    one.assert_complete(&path);
    assert_eq!(fs::read(written).expect("untouched"), b"rows");
    assert_eq!(beside(&path), ["tool"]);
}

// Seen to fail when verify does not look at checkouts, and when a checkout of the same takes its word for whole; when the damage is
// told as one that a repair mends, and when its harm is told as one of a bundle.
#[test]
fn a_damaged_one_is_found_and_mended() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &["--link-mode", "copy"]);
    let victim = path.join("VERSION");
    fs::write(&victim, "9.9.9!").expect("it is ours");
    let finding = &sandbox.findings()[0];
    assert_eq!(finding["path"], victim.to_str().expect("text"));
    assert_eq!(finding["remedy"], "check-out");
    let harm = &finding["harms"][0];
    assert_eq!(harm["checkout"], path.to_str().expect("text"));
    assert_eq!(
        (&harm["of"], &harm["path"]),
        (&"tool@1.0.0".into(), &"VERSION".into())
    );
    assert!(harm["bundle"].is_null(), "{harm}");
    let told = sandbox.run(["verify"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let command = format!(
        "linkstead checkout tool@1.0.0 {} --link-mode copy",
        path.display()
    );
    assert!(
        told.contains(&format!("check it out again: {command}\n")),
        "{told}"
    );
    let repaired = sandbox.run(["--json", "verify", "--repair"]).stdout;
    let repaired: serde_json::Value = serde_json::from_slice(&repaired).expect("a report");
    assert_eq!(repaired["reinstall"], serde_json::json!([]));
    assert_eq!(
        repaired["check_out"][0]["checkout"],
        path.to_str().expect("text")
    );
    let hint = sandbox.run(["verify", "--repair"]).stderr;
    assert!(String::from_utf8_lossy(&hint).contains(&command));
    let report = check_out(&sandbox, "tool@1.0.0", &path, &["--link-mode", "copy"]);
    assert_eq!(report["outcome"], "replaced");
    one.assert_complete(&path);
    sandbox.assert_sound();
}

// Seen to fail when `Copies` does not look into checkouts, and when what can be done is said before they were looked at.
#[test]
fn an_object_that_only_checkouts_need_is_mended_from_one() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &["--link-mode", "copy"]);
    sandbox.ok(["remove", "tool@1.0.0"]);
    sandbox.ok(["remove", "tool@2.0.0"]);
    sandbox.ok(["gc"]);
    let objects = sandbox.store().join("objects");
    let objects = walkdir::WalkDir::new(objects).into_iter();
    let mut files =
        objects.filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_file()));
    let lost = files.next().expect("what the checkout needs").into_path();
    let altered = files.next().expect("of more than one file").into_path();
    fs::remove_file(&lost).expect("it is ours");
    alter_under_the_seal(&altered);
    for finding in sandbox.findings() {
        assert_eq!(finding["remedy"], "repair", "{finding}");
        assert_eq!(finding["harms"][0]["of"], "tool@1.0.0", "{finding}");
    }
    let report = sandbox.json(["verify", "--repair"]);
    assert_eq!(
        report["healed"].as_array().map(Vec::len),
        Some(2),
        "{report}"
    );
    one.assert_complete(&path);
    assert!(lost.exists() && altered.exists());
    sandbox.ok(["verify"]);
}

// Seen to fail when the lock of the path is not taken: one takes the other's directory for a stranger's, or deletes it.
#[test]
fn many_checkouts_of_one_path_go_one_after_the_other() {
    let (sandbox, bundles, path) = installed();
    let children: Vec<_> = (0..12)
        .map(|turn| {
            let bundle = bundles[turn % 2].identity();
            sandbox.spawn([OsStr::new("checkout"), bundle.as_ref(), path.as_ref()])
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
    }
    let version = fs::read(path.join("VERSION")).expect("it is there");
    bundles[usize::from(version != b"1.0.0")].assert_complete(&path);
    assert_eq!(beside(&path), ["tool"]);
    assert_eq!(sandbox.json(["checkout"]).as_array().map(Vec::len), Some(1));
    sandbox.assert_sound();
}
