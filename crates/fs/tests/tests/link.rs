use std::fs;
use std::path::Path;

use linkstead_fs::file::Attributes;
use linkstead_fs::link::{self, LinkOutcome, ReflinkOutcome};
use linkstead_fs::stat::{Mtime, stat};

use crate::helper::{PLAIN, elsewhere, names, run_as_nobody, scratch};

const SEALED: Attributes = Attributes {
    mode: 0o555,
    mtime: Some(Mtime {
        seconds: 315_619_200,
        nanos: 0,
    }),
};

#[test]
fn a_link_is_a_second_name() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    fs::write(&from, "content").unwrap();
    assert_eq!(link::hard_link(&from, &to).unwrap(), LinkOutcome::Linked);
    let (one, other) = (stat(&from).unwrap().unwrap(), stat(&to).unwrap().unwrap());
    assert!(one.is_same_file(&other));
    assert_eq!(one.links, 2);
    assert_eq!(
        link::hard_link(&from, &to).unwrap(),
        LinkOutcome::TargetExists
    );
}

#[test]
fn a_missing_source_is_an_outcome_and_a_missing_parent_an_error() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    assert_eq!(
        link::hard_link(&from, &to).unwrap(),
        LinkOutcome::SourceMissing
    );
    fs::write(&from, "").unwrap();
    let error = link::hard_link(&from, &scratch.path().join("x/b")).unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        error.second_path(),
        Some(scratch.path().join("x/b").as_path())
    );
}

#[test]
fn another_filesystem_is_an_outcome() {
    let scratch = scratch();
    let Some(there) = elsewhere(scratch.path()) else {
        return;
    };
    let (from, to) = (scratch.path().join("a"), there.path().join("b"));
    fs::write(&from, "content").unwrap();
    assert_eq!(
        link::hard_link(&from, &to).unwrap(),
        LinkOutcome::CrossDevice
    );
    // Which of the two the system notices first is its own affair.
    assert_ne!(
        link::reflink(&from, &to, &PLAIN).unwrap(),
        ReflinkOutcome::Cloned
    );
    assert!(names(there.path()).is_empty());
}

#[test]
fn a_directory_has_no_second_name() {
    let scratch = scratch();
    let from = scratch.path().join("d");
    fs::create_dir(&from).unwrap();
    assert_eq!(
        link::hard_link(&from, &scratch.path().join("e")).unwrap(),
        LinkOutcome::NotPermitted
    );
}

#[test]
#[ignore = "run by the next test as another user"]
fn a_foreign_file_is_linked_by_nobody() {
    let protected = fs::read_to_string("/proc/sys/fs/protected_hardlinks");
    if protected.is_ok_and(|text| text.trim() == "1") {
        let scratch = scratch();
        let foreign = Path::new("/etc/passwd");
        let outcome = link::hard_link(foreign, &scratch.path().join("p")).unwrap();
        assert!(
            matches!(
                outcome,
                LinkOutcome::NotPermitted | LinkOutcome::CrossDevice
            ),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_foreign_file_is_not_linked() {
    run_as_nobody("link::a_foreign_file_is_linked_by_nobody");
}

#[test]
fn a_clone_is_whole_or_leaves_nothing() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    fs::write(&from, "content").unwrap();
    match link::reflink(&from, &to, &SEALED).unwrap() {
        ReflinkOutcome::Cloned => {
            assert_eq!(fs::read(&to).unwrap(), b"content");
            assert_sealed(&to);
        }
        _ => assert_eq!(names(scratch.path()), ["a"]),
    }
}

#[test]
fn a_copy_has_content_mode_and_time() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    let content: Vec<u8> = (0..700_000u32).map(|n| (n % 251) as u8).collect();
    for length in [0, 1, 262_143, 262_144, 262_145, content.len()] {
        fs::write(&from, &content[..length]).unwrap();
        let copied = link::copy(&from, &to, &SEALED).unwrap();
        assert_eq!(copied, length as u64);
        assert_eq!(fs::read(&to).unwrap(), &content[..length]);
        assert_sealed(&to);
        fs::remove_file(&to).unwrap();
    }
}

#[test]
fn a_copy_never_replaces() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    assert!(link::copy(&from, &to, &PLAIN).unwrap_err().is_not_found());
    fs::write(&from, "new").unwrap();
    fs::write(&to, "old").unwrap();
    assert!(link::copy(&from, &to, &PLAIN).is_err());
    assert_eq!(fs::read(&to).unwrap(), b"old");
}

#[test]
fn a_symbolic_link_holds_its_target() {
    let scratch = scratch();
    let path = scratch.path().join("l");
    link::symlink(Path::new("../x"), &path).unwrap();
    assert_eq!(link::read_link(&path).unwrap(), Path::new("../x"));
    let error = link::symlink(Path::new("y"), &path).unwrap_err();
    assert!(error.to_string().contains("to "));
}

fn assert_sealed(path: &Path) {
    let found = stat(path).unwrap().unwrap();
    assert_eq!((found.mode, Some(found.mtime)), (SEALED.mode, SEALED.mtime));
}
