//! Calls that a kernel, a sandbox or a filesystem does not have, one by one: each has a fallback, or an error that says what
//! is missing and what to do.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::course::{self, Files, count};
use crate::refused;
use crate::support::sandbox::{Sandbox, succeeded};
use crate::support::vandal::alter_under_the_seal;

/// Installs both bundles, removes one and collects, each with these calls refused; returns the second install's report.
fn works_without(refusals: &[&str], words: &[&str], files: Files) -> Option<Value> {
    if !refused::is_possible() {
        return None;
    }
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| succeeded(refused::run(&sandbox, refusals, &[], arguments));
    let bundles = course::bundles();
    let mut report = String::new();
    for bundle in &bundles {
        let archive = sandbox.pack(bundle);
        let mut arguments = vec!["--json", "install"];
        arguments.extend(words);
        arguments.push(archive.to_str().expect("text"));
        report = run(&arguments);
        course::has_modes(bundle, Path::new(&run(&["path", &bundle.name])), files);
    }
    run(&["verify"]);
    run(&["remove", "one"]);
    run(&["gc"]);
    course::has_modes(&bundles[1], Path::new(&run(&["path", "two"])), files);
    sandbox.assert_sound();
    Some(serde_json::from_str(&report).expect("JSON"))
}

// Seen to fail when `is_unsupported` does not name the error: the publish fails.
#[test]
fn no_rename_without_replacing() {
    for errno in ["ENOSYS", "EINVAL"] {
        let refusal = format!("renameat2:error={errno}");
        works_without(&[&refusal], &[], Files::Sealed);
    }
}

// Seen to fail when `link_then_remove` gives EPERM on: there is neither the flag nor links, and a checked rename is left.
#[test]
fn neither_that_rename_nor_links() {
    let refusals = ["renameat2:error=EINVAL", "linkat:error=EPERM"];
    works_without(&refusals, &[], Files::Sealed);
}

// Seen to fail when `hard_link` does not know the errors as refusals.
#[test]
fn no_hard_links() {
    for (errno, why) in [
        ("EPERM", "the file system makes no hard links"),
        ("EXDEV", "the objects lie on another file system"),
    ] {
        let refusal = format!("linkat:error={errno}");
        let Some(report) = works_without(&[&refusal], &[], Files::Sealed) else {
            return;
        };
        assert_eq!(count(&report, "linked"), 0);
        assert_eq!(count(&report, "copied"), 46, "{report}");
        assert_eq!(report["report"]["no_links_because"], why);
    }
}

// Seen to fail when a copy of an object is not hashed while it is made.
#[test]
fn too_many_links_of_an_object_that_is_altered_under_a_whole_seal() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let [one, two] = course::bundles();
    let directory = sandbox.install(&sandbox.pack(&one));
    alter_under_the_seal(&directory.join("lib/d1/f1.py"));
    let archive = sandbox.pack(&two);
    let arguments = ["install".as_ref(), archive.as_os_str()];
    let output = refused::run(&sandbox, &["linkat:error=EMLINK"], &[], arguments);
    two.assert_complete(Path::new(&succeeded(output)));
    let kept = std::fs::read_dir(sandbox.store().join("quarantine"));
    assert_eq!(kept.expect("it is there").count(), 1);
}

// Seen to fail when the time is not read back: installs would rely on names that are gone.
#[test]
fn a_time_of_the_epoch_that_is_forgotten() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    for bundle in &course::bundles() {
        sandbox.install(&sandbox.pack(bundle));
    }
    sandbox.ok(["remove", "one"]);
    let objects = sandbox.objects();
    let output = refused::run(&sandbox, &["utimensat:retval=0"], &[], ["gc"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("locks/store is damaged: it does not keep the time"),
        "{told}"
    );
    assert_eq!(sandbox.objects(), objects);
    sandbox.ok(["gc"]);
    assert!(sandbox.objects() < objects);
    sandbox.assert_sound();
}

// Seen to fail when `--link-mode hardlink` copies like `auto`.
#[test]
fn links_that_were_asked_for_and_cannot_be() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let archive = sandbox.pack(&course::bundles()[0]);
    let words = ["install", "--link-mode", "hardlink"];
    let arguments = words.into_iter().chain(archive.to_str());
    let output = refused::run(&sandbox, &["linkat:error=EPERM"], &[], arguments);
    says(
        &output,
        &[
            sandbox.store().to_str().expect("text"),
            "no hard links",
            "--link-mode auto",
        ],
    );
}

// Seen to fail when a refused clone is an error.
#[test]
fn no_clones() {
    for errno in ["EOPNOTSUPP", "EINVAL"] {
        let refusal = format!("ioctl:error={errno}");
        let words = ["--link-mode", "reflink"];
        let Some(report) = works_without(&[&refusal], &words, Files::Isolated) else {
            return;
        };
        assert_eq!(count(&report, "copied"), 46);
    }
}

// Seen to fail when only ENOSYS is taken for a refusal: a sandbox says EPERM.
#[test]
fn no_sync_of_a_whole_filesystem() {
    for errno in ["ENOSYS", "EPERM"] {
        let refusal = format!("syncfs:error={errno}");
        let words = ["--sync", "filesystem"];
        works_without(&[&refusal], &words, Files::Sealed);
    }
}

// Seen to fail when `sync_everything` syncs directories alone: the rebuild relies on bytes that nobody synced.
#[test]
fn without_it_a_rebuild_syncs_the_bytes_of_files_too() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let bundle = &course::bundles()[0];
    let directory = sandbox.install(&sandbox.pack(bundle));
    std::fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    let log = sandbox.path("syncs");
    let traced = std::process::Command::new("strace")
        .args(["-f", "-qq", "-y", "-e", "trace=fsync,fdatasync,syncfs"])
        .args(["-e", "inject=syncfs:error=ENOSYS", "-o"])
        .arg(&log)
        .arg(sandbox.command(["list"]).get_program())
        .args(sandbox.command(["list"]).get_args())
        .output()
        .expect("strace was there");
    succeeded(traced);
    let synced = std::fs::read_to_string(&log).expect("strace wrote it");
    for (path, _, _) in bundle.entries() {
        let file = format!("<{}>", directory.join(path).display());
        assert!(synced.contains(&file), "{path} was not synced");
    }
}

// Seen to fail when `sync_dir` gives EINVAL on.
#[test]
fn no_sync_of_directories() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let [one, two] = course::bundles();
    sandbox.install(&sandbox.pack(&one));
    let directories: Vec<PathBuf> = walkdir::WalkDir::new(sandbox.store())
        .into_iter()
        .map(|entry| entry.expect("it can be listed"))
        .filter(|entry| entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .collect();
    let directories: Vec<&Path> = directories.iter().map(PathBuf::as_path).collect();
    let archive = sandbox.pack(&two);
    for arguments in [
        &[
            "install",
            "--sync",
            "each-file",
            archive.to_str().expect("text"),
        ][..],
        &["remove", "one"],
        &["gc"],
    ] {
        succeeded(refused::run(
            &sandbox,
            &["fsync:error=EINVAL"],
            &directories,
            arguments,
        ));
    }
    two.assert_complete(Path::new(&sandbox.ok(["path", "two"])));
    sandbox.assert_sound();
}

// Seen to fail when a refused lock has no hint.
#[test]
fn no_locks() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let archive = sandbox.pack(&course::bundles()[0]);
    let arguments = ["install".as_ref(), archive.as_os_str()];
    let output = refused::run(&sandbox, &["flock:error=ENOLCK"], &[], arguments);
    says(
        &output,
        &[
            "cannot lock",
            "locks/turnstile",
            "no locks (flock)",
            "--store DIR",
        ],
    );
}

// Seen to fail when EDQUOT does not count as out of space.
#[test]
fn a_quota_that_is_used_up_in_the_middle() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let [one, two] = course::bundles();
    sandbox.install(&sandbox.pack(&one));
    let objects = sandbox.objects();
    let archive = sandbox.pack(&two);
    let arguments = ["install".as_ref(), archive.as_os_str()];
    let output = refused::run(&sandbox, &["linkat:error=EDQUOT"], &[], arguments);
    says(
        &output,
        &[
            "filled up",
            sandbox.store().to_str().expect("text"),
            "a quota allows less",
            "cannot link",
            "raise the quota",
        ],
    );
    assert_eq!(sandbox.objects(), objects);
    one.assert_complete(Path::new(&sandbox.ok(["path", "one"])));
    sandbox.assert_sound();
}

// Seen to fail when `create` leaves out `check_kept`.
#[test]
fn modes_or_times_that_are_not_kept_though_nobody_says_so() {
    if !refused::is_possible() {
        return;
    }
    for (call, what) in [("fchmod", "the modes"), ("utimensat", "the times")] {
        let sandbox = Sandbox::new();
        let archive = sandbox.pack(&course::bundles()[0]);
        let arguments = ["install".as_ref(), archive.as_os_str()];
        let forgets = format!("{call}:retval=0");
        let output = refused::run(&sandbox, &[&forgets], &[], arguments);
        says(
            &output,
            &[
                sandbox.store().to_str().expect("text"),
                "does not keep",
                what,
                "--store DIR",
            ],
        );
        assert!(!sandbox.store().join("store.json").exists());
    }
}

// Seen to fail when the pool expects that its threads start: a panic.
#[test]
fn no_threads_and_few_threads() {
    if !refused::is_possible() {
        return;
    }
    let sandbox = Sandbox::new();
    let bundle = &course::bundles()[0];
    let archive = sandbox.pack(bundle);
    let arguments = ["install".as_ref(), archive.as_os_str()];
    let none = ["clone3:error=EAGAIN", "clone:error=EAGAIN"];
    let output = refused::run(&sandbox, &none, &[], arguments);
    says(&output, &["cannot start a thread", "ulimit -u"]);
    let few = ["clone3:error=EAGAIN:when=2"];
    let output = refused::run(&sandbox, &few, &[], arguments);
    bundle.assert_complete(Path::new(&succeeded(output)));
    sandbox.assert_sound();
}

fn says(output: &std::process::Output, wanted: &[&str]) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    for said in wanted.iter().chain(&["hint: "]) {
        assert!(told.contains(said), "{said:?} is missing: {told}");
    }
}
