use std::fs;
use std::path::Path;

use linkstead_fs::dir::{self, Created, Removed};
use linkstead_fs::stat::FileKind;

use crate::helper::{mode, names, run_under_umask, scratch, set_mode};

#[test]
fn a_directory_is_made_once() {
    let scratch = scratch();
    let path = scratch.path().join("a");
    assert_eq!(dir::create_dir(&path, 0o750).unwrap(), Created::Made);
    assert_eq!(dir::create_dir(&path, 0o755).unwrap(), Created::Existed);
    assert_eq!(mode(&path), 0o750);
}

#[test]
fn a_file_in_the_way_of_a_directory_is_an_error() {
    let scratch = scratch();
    let path = scratch.path().join("a");
    fs::write(&path, "").unwrap();
    let error = dir::create_dir(&path, 0o755).unwrap_err();
    assert!(error.to_string().contains("cannot create the directory"));
    assert!(dir::create_dirs(scratch.path(), "a/b").is_err());
}

#[test]
#[ignore = "run by the next test in a process of its own"]
fn modes_under_any_umask() {
    let scratch = scratch();
    set_mode(scratch.path(), 0o700);
    for wanted in [0o755, 0o700, 0o777] {
        let path = scratch.path().join(format!("{wanted:o}"));
        assert_eq!(dir::create_dir(&path, wanted).unwrap(), Created::Made);
        assert_eq!(mode(&path), wanted);
    }
    let deep = scratch.path().join("x/y");
    assert_eq!(
        dir::create_dirs(scratch.path(), "x/y").unwrap(),
        Created::Made
    );
    assert_eq!(mode(&deep), 0o755);
}

#[test]
fn modes_are_exact_whatever_the_umask() {
    for umask in ["077", "000", "777"] {
        run_under_umask(umask, "dir::modes_under_any_umask");
    }
}

#[test]
fn missing_parents_are_made_below_the_base_only() {
    let scratch = scratch();
    let base = scratch.path();
    assert_eq!(dir::create_dirs(base, "a/b/c").unwrap(), Created::Made);
    assert_eq!(dir::create_dirs(base, "a/b/c").unwrap(), Created::Existed);
    assert_eq!(dir::create_dirs(base, "a/b/d").unwrap(), Created::Made);
    assert_eq!(dir::create_dirs(base, "").unwrap(), Created::Existed);
    for refused in ["../x", "/x", "a/../x"] {
        assert!(dir::create_dirs(base, refused).is_err());
    }
    assert!(
        dir::create_dirs(&base.join("missing"), "a/b")
            .unwrap_err()
            .is_not_found()
    );
}

#[test]
fn a_list_is_sorted_and_tells_kinds() {
    let scratch = scratch();
    fs::write(scratch.path().join("b"), "").unwrap();
    fs::create_dir(scratch.path().join("a")).unwrap();
    std::os::unix::fs::symlink("a", scratch.path().join("c")).unwrap();
    let listed = dir::list(scratch.path()).unwrap();
    let kinds: Vec<_> = listed
        .iter()
        .map(|entry| (entry.name.to_str().unwrap(), entry.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("a", FileKind::Directory),
            ("b", FileKind::File),
            ("c", FileKind::Symlink)
        ]
    );
}

#[test]
fn an_absent_directory_is_an_error_or_empty() {
    let absent = Path::new("/no such directory");
    assert!(dir::list(absent).unwrap_err().is_not_found());
    assert!(dir::list_if_present(absent).unwrap().is_empty());
}

#[test]
fn removing_what_is_gone_is_an_outcome() {
    let scratch = scratch();
    let (file, directory) = (scratch.path().join("f"), scratch.path().join("d"));
    fs::write(&file, "").unwrap();
    fs::create_dir(&directory).unwrap();
    assert_eq!(dir::remove_file(&file).unwrap(), Removed::Gone);
    assert_eq!(dir::remove_file(&file).unwrap(), Removed::WasAbsent);
    assert_eq!(dir::remove_empty_dir(&directory).unwrap(), Removed::Gone);
    assert_eq!(
        dir::remove_empty_dir(&directory).unwrap(),
        Removed::WasAbsent
    );
}

#[test]
fn a_full_directory_is_not_removed_as_empty() {
    let scratch = scratch();
    fs::write(scratch.path().join("f"), "").unwrap();
    assert!(dir::remove_empty_dir(scratch.path()).is_err());
    assert_eq!(names(scratch.path()), ["f"]);
}

#[test]
fn a_directory_is_synced_and_a_link_to_one_is_not() {
    let scratch = scratch();
    let link = scratch.path().join("link");
    std::os::unix::fs::symlink(scratch.path(), &link).unwrap();
    dir::sync_dir(scratch.path()).unwrap();
    assert!(dir::sync_dir(&link).is_err());
    assert!(
        dir::sync_dir(&scratch.path().join("x"))
            .unwrap_err()
            .is_not_found()
    );
}
