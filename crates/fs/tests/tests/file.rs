use std::fs;
use std::path::Path;

use linkstead_fs::file::{self, Attributes, NewFile};
use linkstead_fs::stat::{Mtime, stat};

use crate::helper::{PLAIN, mode, names, run_under_umask, scratch};

const SEALED: Attributes = Attributes {
    mode: 0o444,
    mtime: Some(Mtime {
        seconds: 315_619_200,
        nanos: 5,
    }),
};

#[test]
fn a_new_file_has_its_bytes_mode_and_time() {
    let scratch = scratch();
    let path = scratch.path().join("f");
    file::write_new(&path, b"bytes", &SEALED).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"bytes");
    let found = stat(&path).unwrap().unwrap();
    assert_eq!((found.mode, Some(found.mtime)), (SEALED.mode, SEALED.mtime));
    assert_eq!((found.size, found.links), (5, 1));
}

#[test]
#[ignore = "run by the next test in a process of its own"]
fn modes_under_any_umask() {
    let scratch = scratch();
    crate::helper::set_mode(scratch.path(), 0o700);
    for wanted in [0o000, 0o444, 0o555, 0o644, 0o755] {
        let path = scratch.path().join(format!("{wanted:o}"));
        let attributes = Attributes {
            mode: wanted,
            mtime: None,
        };
        file::write_new(&path, b"", &attributes).unwrap();
        assert_eq!(mode(&path), wanted);
    }
    let stamp = scratch.path().join("stamp");
    file::touch(&stamp).unwrap();
    assert_eq!(mode(&stamp), 0o644);
}

#[test]
fn modes_are_exact_whatever_the_umask() {
    for umask in ["077", "000"] {
        run_under_umask(umask, "file::modes_under_any_umask");
    }
}

#[test]
fn a_new_file_never_replaces_or_follows() {
    let scratch = scratch();
    let (taken, dangling) = (scratch.path().join("f"), scratch.path().join("l"));
    fs::write(&taken, "old").unwrap();
    std::os::unix::fs::symlink(scratch.path().join("outside"), &dangling).unwrap();
    assert!(file::write_new(&taken, b"new", &PLAIN).is_err());
    assert!(file::write_new(&dangling, b"new", &PLAIN).is_err());
    assert_eq!(fs::read(&taken).unwrap(), b"old");
    assert_eq!(names(scratch.path()), ["f", "l"]);
}

#[test]
fn a_file_is_private_until_it_is_finished() {
    let scratch = scratch();
    let path = scratch.path().join("f");
    let mut file = NewFile::create(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    file.write_all(b"one ").unwrap();
    file.write_all(b"two").unwrap();
    assert_eq!(file.length(), 7);
    file.finish(&SEALED).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"one two");
    assert_eq!(mode(&path), 0o444);
}

#[test]
fn an_unfinished_file_goes_away() {
    let scratch = scratch();
    let mut file = NewFile::create(&scratch.path().join("f")).unwrap();
    file.write_all(b"half").unwrap();
    drop(file);
    assert!(names(scratch.path()).is_empty());
}

#[test]
fn a_file_is_replaced_whole() {
    let scratch = scratch();
    let (temporary, target) = (scratch.path().join("t"), scratch.path().join("f"));
    for bytes in [&b"first"[..], b"second"] {
        file::replace_file(&temporary, &target, bytes, 0o600).unwrap();
        assert_eq!(fs::read(&target).unwrap(), bytes);
        assert_eq!(mode(&target), 0o600);
        assert_eq!(names(scratch.path()), ["f"]);
    }
}

#[test]
fn a_failed_replacement_leaves_the_target_and_no_temporary() {
    let scratch = scratch();
    let (temporary, target) = (scratch.path().join("t"), scratch.path().join("d"));
    fs::create_dir(&target).unwrap();
    let error = file::replace_file(&temporary, &target, b"new", 0o644).unwrap_err();
    assert_eq!(error.path(), temporary);
    assert_eq!(error.second_path(), Some(target.as_path()));
    assert_eq!(names(scratch.path()), ["d"]);
}

#[test]
fn a_taken_temporary_is_left_alone() {
    let scratch = scratch();
    let (temporary, target) = (scratch.path().join("t"), scratch.path().join("f"));
    fs::write(&temporary, "somebody's").unwrap();
    fs::write(&target, "old").unwrap();
    assert!(file::replace_file(&temporary, &target, b"new", 0o644).is_err());
    assert_eq!(fs::read(&temporary).unwrap(), b"somebody's");
    assert_eq!(fs::read(&target).unwrap(), b"old");
}

#[test]
fn reading_is_bounded_and_absence_is_no_error() {
    let scratch = scratch();
    let path = scratch.path().join("f");
    assert_eq!(file::read(&path, 10).unwrap(), None);
    assert_eq!(file::read(&path.join("below"), 10).unwrap(), None);
    fs::write(&path, "12345").unwrap();
    assert_eq!(file::read(&path, 5).unwrap().unwrap(), b"12345");
    assert_eq!(file::read(&path, u64::MAX).unwrap().unwrap(), b"12345");
    assert!(file::read(&path, 4).is_err());
    assert_eq!(file::read(&path.join("below"), 10).unwrap(), None);
}

#[test]
fn only_regular_files_are_read() {
    assert!(file::read(Path::new("/dev/zero"), 10).is_err());
    assert!(file::read(Path::new("/"), 10).is_err());
    let scratch = scratch();
    let link = scratch.path().join("link");
    std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
    assert!(file::read(&link, u64::MAX).is_err());
}

#[test]
fn a_stamp_is_made_and_then_moved_forward() {
    let scratch = scratch();
    let path = scratch.path().join("stamp");
    file::touch(&path).unwrap();
    let old = Mtime {
        seconds: 1000,
        nanos: 0,
    };
    file::set_mtime(&path, old).unwrap();
    assert_eq!(stat(&path).unwrap().unwrap().mtime, old);
    file::touch(&path).unwrap();
    assert!(stat(&path).unwrap().unwrap().mtime > old);
    assert!(file::touch(&scratch.path().join("x/stamp")).is_err());
}

#[test]
fn the_time_of_a_link_is_its_own() {
    let scratch = scratch();
    let (target, link) = (scratch.path().join("t"), scratch.path().join("l"));
    fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink("t", &link).unwrap();
    let before = stat(&target).unwrap().unwrap().mtime;
    file::set_mtime(
        &link,
        Mtime {
            seconds: -5,
            nanos: 7,
        },
    )
    .unwrap();
    assert_eq!(stat(&target).unwrap().unwrap().mtime, before);
    assert_eq!(stat(&link).unwrap().unwrap().mtime.seconds, -5);
}
