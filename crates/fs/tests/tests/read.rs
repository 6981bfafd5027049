use std::fs;
use std::path::Path;

use linkstead_fs::random_access::RandomAccessFile;
use linkstead_fs::read_at::{OpenArchive, ReadAt as _};
use linkstead_fs::stat::{FileKind, can_write, stat};

use crate::helper::{mode, scratch};

#[test]
fn absence_is_no_error_for_stat() {
    assert_eq!(stat(Path::new("/no such file")).unwrap(), None);
    assert_eq!(stat(Path::new("/etc/passwd/below")).unwrap(), None);
    assert!(!can_write(Path::new("/no such file")));
}

#[test]
fn a_link_is_seen_itself() {
    let scratch = scratch();
    let link = scratch.path().join("l");
    std::os::unix::fs::symlink("/", &link).unwrap();
    assert_eq!(stat(&link).unwrap().unwrap().kind, FileKind::Symlink);
    assert_eq!(
        stat(Path::new("/dev/null")).unwrap().unwrap().kind,
        FileKind::Other
    );
}

#[test]
fn an_archive_is_read_by_position() {
    let scratch = scratch();
    let path = scratch.path().join("a");
    fs::write(&path, "0123456789").unwrap();
    let archive = OpenArchive::open(&path).unwrap();
    assert_eq!(archive.size(), 10);
    let mut buffer = [0; 3];
    archive.read_exact_at(&mut buffer, 7).unwrap();
    assert_eq!(&buffer, b"789");
    assert!(archive.read_exact_at(&mut buffer, 8).is_err());
}

#[test]
fn a_change_of_an_open_archive_is_noticed() {
    let scratch = scratch();
    let path = scratch.path().join("a");
    fs::write(&path, "0123456789").unwrap();
    let archive = OpenArchive::open(&path).unwrap();
    assert!(!archive.changed_since_open().unwrap());
    fs::write(&path, "012345678").unwrap();
    assert!(archive.changed_since_open().unwrap());
}

#[test]
fn only_regular_files_are_archives() {
    assert!(OpenArchive::open(Path::new("/")).is_err());
    assert!(OpenArchive::open(Path::new("/dev/null")).is_err());
}

#[test]
fn a_random_access_file_grows_and_shrinks() {
    let scratch = scratch();
    let path = scratch.path().join("db");
    let file = RandomAccessFile::create_new(&path).unwrap();
    assert!(file.is_empty().unwrap());
    file.set_len(100).unwrap();
    file.write_all_at(b"abc", 98).unwrap();
    file.sync().unwrap();
    drop(file);
    assert!(RandomAccessFile::create_new(&path).is_err());
    let file = RandomAccessFile::open(&path).unwrap();
    assert_eq!(file.len().unwrap(), 101);
    let mut buffer = [1; 4];
    file.read_exact_at(&mut buffer, 97).unwrap();
    assert_eq!(&buffer, b"\0abc");
    assert!(file.read_exact_at(&mut buffer, 98).is_err());
    assert_eq!(file.path(), path);
    assert_eq!(mode(&path), 0o600);
}
