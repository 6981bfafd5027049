use std::fs;

use linkstead_fs::rename::{self, ExchangeOutcome, MoveOutcome, RenameOutcome};
use linkstead_fs::sync::{Filesystem, SyncBatch, SyncMethod};

use crate::helper::{elsewhere, mode, names, run_as_nobody, scratch, set_mode};

#[test]
fn a_rename_may_replace() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    fs::write(&from, "new").unwrap();
    fs::write(&to, "old").unwrap();
    rename::rename_over(&from, &to).unwrap();
    assert_eq!(fs::read(&to).unwrap(), b"new");
    assert_eq!(names(scratch.path()), ["b"]);
}

#[test]
fn a_taken_name_is_not_replaced() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    fs::write(&from, "new").unwrap();
    fs::write(&to, "old").unwrap();
    let outcome = rename::rename_no_replace(&from, &to).unwrap();
    assert_eq!(outcome, RenameOutcome::TargetExists);
    assert_eq!(fs::read(&to).unwrap(), b"old");
    fs::remove_file(&to).unwrap();
    let outcome = rename::rename_no_replace(&from, &to).unwrap();
    assert_eq!(outcome, RenameOutcome::Renamed);
    assert_eq!(names(scratch.path()), ["b"]);
}

#[test]
fn an_empty_directory_is_a_taken_name_too() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    let outcome = rename::rename_no_replace(&from, &to).unwrap();
    assert_eq!(outcome, RenameOutcome::TargetExists);
}

#[test]
fn moving_aside_tells_what_stood_in_the_way() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    assert_eq!(
        rename::move_aside(&from, &to).unwrap(),
        MoveOutcome::SourceMissing
    );
    fs::create_dir(&from).unwrap();
    assert_eq!(rename::move_aside(&from, &to).unwrap(), MoveOutcome::Moved);
    fs::create_dir(&from).unwrap();
    assert_eq!(
        rename::move_aside(&from, &to).unwrap(),
        MoveOutcome::TargetExists
    );
    if let Some(there) = elsewhere(scratch.path()) {
        let outcome = rename::move_aside(&from, &there.path().join("b")).unwrap();
        assert_eq!(outcome, MoveOutcome::CrossDevice);
    }
    assert!(rename::move_aside(&from, &scratch.path().join("x/y")).is_err());
}

#[test]
#[ignore = "run by the next test as a user whom permissions bind"]
fn hardened_directory() {
    let scratch = scratch();
    let (from, shelf) = (scratch.path().join("a"), scratch.path().join("shelf"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&shelf).unwrap();
    set_mode(&from, 0o555);
    let to = shelf.join("b");
    set_mode(&shelf, 0o555);
    let error = rename::move_directory_aside(&from, &to).unwrap_err();
    assert!(error.is_permission() && error.path() == from, "{error}");
    set_mode(&shelf, 0o755);
    set_mode(&from, 0o555);
    let outcome = rename::move_directory_aside(&from, &to).unwrap();
    assert_eq!((outcome, mode(&to)), (MoveOutcome::Moved, 0o755));
}

#[test]
fn a_directory_that_its_owner_may_not_write_to_is_moved_aside() {
    run_as_nobody("rename::hardened_directory");
}

#[test]
fn publishing_takes_the_proof_of_a_sync() {
    let scratch = scratch();
    let (from, to) = (scratch.path().join("a"), scratch.path().join("b"));
    let filesystem = Filesystem::open(scratch.path()).unwrap();
    let proof = || {
        let mut batch = SyncBatch::new();
        batch.add_directory(&from);
        batch.sync(SyncMethod::EachFile, &filesystem).unwrap()
    };
    fs::create_dir(&from).unwrap();
    let outcome = rename::publish(&from, &to, proof()).unwrap();
    assert_eq!(outcome, RenameOutcome::Renamed);
    fs::create_dir(&from).unwrap();
    let outcome = rename::publish(&from, &to, proof()).unwrap();
    assert_eq!(outcome, RenameOutcome::TargetExists);
}

#[test]
fn two_names_change_places() {
    let scratch = scratch();
    let (one, other) = (scratch.path().join("a"), scratch.path().join("b"));
    fs::write(&one, "1").unwrap();
    fs::write(&other, "2").unwrap();
    let filesystem = Filesystem::open(scratch.path()).unwrap();
    let proof = SyncBatch::new().sync(SyncMethod::EachFile, &filesystem);
    let outcome = rename::exchange(&one, &other, proof.unwrap()).unwrap();
    assert!(matches!(outcome, ExchangeOutcome::Exchanged));
    assert_eq!(fs::read(&one).unwrap(), b"2");
    assert_eq!(fs::read(&other).unwrap(), b"1");
}
