use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_fs::dir::{Removed, remove_tree};
use linkstead_fs::sync::{Filesystem, SyncBatch, SyncMethod};

use crate::helper::{NOBODY, mode, names, run_as_nobody, run_as_nobody_in, scratch, set_mode};

#[test]
fn a_tree_goes_with_all_that_is_in_it() {
    let scratch = scratch();
    let top = scratch.path().join("t");
    fs::create_dir_all(top.join("a/b/c")).unwrap();
    fs::write(top.join("a/b/f"), "").unwrap();
    assert_eq!(remove_tree(&top).unwrap(), Removed::Gone);
    assert_eq!(remove_tree(&top).unwrap(), Removed::WasAbsent);
    assert!(names(scratch.path()).is_empty());
}

#[test]
fn links_are_removed_and_not_followed() {
    let scratch = scratch();
    let (top, outside) = (scratch.path().join("t"), scratch.path().join("outside"));
    fs::create_dir_all(&top).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("kept"), "").unwrap();
    symlink(&outside, top.join("link")).unwrap();
    symlink("nowhere", top.join("dangling")).unwrap();
    let link_to_top = scratch.path().join("link");
    symlink(&top, &link_to_top).unwrap();
    assert_eq!(remove_tree(&link_to_top).unwrap(), Removed::Gone);
    assert_eq!(names(&top).len(), 2);
    assert_eq!(remove_tree(&top).unwrap(), Removed::Gone);
    assert_eq!(names(&outside), ["kept"]);
}

/// Somebody swaps a directory for a link to the outside and back, all the time.
#[test]
fn a_directory_swapped_for_a_link_leads_nowhere() {
    let scratch = scratch();
    let outside = scratch.path().join("outside");
    fs::create_dir(&outside).unwrap();
    for number in 0..50 {
        fs::write(outside.join(number.to_string()), "").unwrap();
    }
    let link = scratch.path().join("link");
    for _ in 0..50 {
        let top = scratch.path().join("t");
        let victim = top.join("d");
        fs::create_dir_all(&victim).unwrap();
        for number in 0..50 {
            fs::write(victim.join(number.to_string()), "").unwrap();
        }
        symlink(&outside, &link).unwrap();
        let done = AtomicBool::new(false);
        let filesystem = Filesystem::open(scratch.path()).unwrap();
        let proof = || {
            let nothing = SyncBatch::new();
            nothing.sync(SyncMethod::EachFile, &filesystem).unwrap()
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let _ = linkstead_fs::rename::exchange(&victim, &link, proof());
                }
            });
            // It may give up when the swapping never ends; it must not go outside.
            let _ = remove_tree(&top);
            done.store(true, Ordering::Relaxed);
        });
        for left in [&top, &link] {
            remove_tree(left).unwrap();
        }
        assert_eq!(names(&outside).len(), 50);
    }
}

#[test]
fn a_single_file_is_a_tree_too() {
    let scratch = scratch();
    let file = scratch.path().join("f");
    fs::write(&file, "").unwrap();
    assert_eq!(remove_tree(&file).unwrap(), Removed::Gone);
}

/// Deeper than descriptors or a path may be.
#[test]
fn depth_is_no_limit() {
    let scratch = scratch();
    let top = scratch.path().join("t");
    let mut inner = PathBuf::from("x");
    for _ in 0..700 {
        inner.push("x");
    }
    fs::create_dir_all(top.join(&inner)).unwrap();
    // A second piece of the same depth is moved below the first: 4,200 levels, more than any path can name.
    for number in 0..5 {
        let piece = scratch.path().join(format!("p{number}"));
        fs::create_dir_all(piece.join(&inner)).unwrap();
        fs::rename(&top, piece.join(&inner).join("t")).unwrap();
        fs::rename(&piece, &top).unwrap();
    }
    assert_eq!(remove_tree(&top).unwrap(), Removed::Gone);
    assert!(names(scratch.path()).is_empty());
}

#[test]
#[ignore = "run by the next test as a user whom permissions bind"]
fn closed_directories() {
    let scratch = scratch();
    for mode in [0o000, 0o100, 0o200, 0o300, 0o400, 0o500, 0o600] {
        let top = scratch.path().join("t");
        let closed = top.join("closed");
        fs::create_dir_all(closed.join("inner")).unwrap();
        fs::write(closed.join("f"), "").unwrap();
        fs::write(closed.join("inner/f"), "").unwrap();
        set_mode(&closed.join("inner"), mode);
        set_mode(&closed, mode);
        set_mode(&top, mode);
        let removed = remove_tree(&top);
        assert_eq!(removed.unwrap(), Removed::Gone, "mode {mode:o}");
    }
}

#[test]
fn closed_directories_are_opened_and_removed() {
    run_as_nobody("remove_tree::closed_directories");
}

#[test]
#[ignore = "run by the next test as a user whom permissions bind"]
fn closed_mount() {
    let top = std::env::current_dir().unwrap().join("t");
    let error = remove_tree(&top).unwrap_err();
    assert_eq!(error.path(), top.join("mounted"));
    assert!(error.is_occupied(), "{error}");
    assert_eq!(mode(&top.join("mounted")), 0);
}

// Seen to fail when a directory is made readable before it is asked what is mounted there.
#[test]
fn a_closed_directory_that_is_mounted_stays_closed() {
    if linkstead_fs::stat::effective_user() != 0 || !cfg!(target_os = "linux") {
        return;
    }
    let scratch = scratch();
    let mounted = scratch.path().join("t/mounted");
    fs::create_dir_all(&mounted).unwrap();
    for path in [scratch.path(), &scratch.path().join("t")] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut mount = Command::new("mount");
    mount.args([
        "-t",
        "tmpfs",
        "-o",
        &format!("mode=0,uid={NOBODY}"),
        "tmpfs",
    ]);
    if !mount.arg(&mounted).status().unwrap().success() {
        eprintln!("skipped: nothing can be mounted");
        return;
    }
    let tried = std::panic::catch_unwind(|| {
        run_as_nobody_in(scratch.path(), "remove_tree::closed_mount");
    });
    let mut unmount = Command::new("umount");
    assert!(unmount.arg(&mounted).status().unwrap().success());
    tried.unwrap();
}

#[test]
#[ignore = "run by the next test as a user whom permissions bind"]
fn foreign_directories() {
    let error = remove_tree(Path::new("/root")).unwrap_err();
    assert!(error.is_permission());
}

#[test]
fn what_is_not_ours_is_an_error() {
    if linkstead_fs::stat::effective_user() == 0 {
        run_as_nobody("remove_tree::foreign_directories");
    }
}

#[test]
fn several_may_remove_the_same_tree() {
    let scratch = scratch();
    for _ in 0..20 {
        let top = scratch.path().join("t");
        for number in 0..20 {
            let inner = top.join(number.to_string()).join("inner");
            fs::create_dir_all(&inner).unwrap();
            fs::write(inner.join("f"), "").unwrap();
        }
        std::thread::scope(|scope| {
            let removers: Vec<_> = (0..4).map(|_| scope.spawn(|| remove_tree(&top))).collect();
            for remover in removers {
                remover.join().unwrap().unwrap();
            }
        });
        assert!(names(scratch.path()).is_empty());
    }
}
