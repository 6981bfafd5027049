use std::fs;

use linkstead_fs::sync::{self, Filesystem, FilesystemSync, SyncBatch, SyncMethod};

use crate::helper::{scratch, set_mode};

#[test]
fn a_batch_of_many_files_is_synced_either_way() {
    let scratch = scratch();
    let filesystem = Filesystem::open(scratch.path()).unwrap();
    for method in [SyncMethod::EachFile, SyncMethod::WholeFilesystem] {
        let mut batch = SyncBatch::new();
        batch.add_directory(scratch.path());
        for number in 0..100 {
            let path = scratch.path().join(number.to_string());
            if !path.exists() {
                fs::write(&path, "x").unwrap();
                set_mode(&path, 0o444);
            }
            batch.add_file(path);
        }
        let _ = batch.sync(method, &filesystem).unwrap();
    }
}

#[test]
fn a_file_that_is_gone_gives_no_proof() {
    let scratch = scratch();
    let filesystem = Filesystem::open(scratch.path()).unwrap();
    for missing in ["file", "directory"] {
        let mut batch = SyncBatch::new();
        match missing {
            "file" => batch.add_file(scratch.path().join(missing)),
            _ => batch.add_directory(scratch.path().join(missing)),
        }
        for number in 0..50 {
            let path = scratch.path().join(number.to_string());
            fs::write(&path, "x").unwrap();
            batch.add_file(path);
        }
        let error = batch.sync(SyncMethod::EachFile, &filesystem).unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(error.path(), scratch.path().join(missing));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn linux_syncs_a_whole_filesystem() {
    let scratch = scratch();
    let filesystem = Filesystem::open(scratch.path()).unwrap();
    let done = filesystem.sync().unwrap();
    assert!(matches!(done, FilesystemSync::Done(_)));
}

#[test]
fn one_file_is_synced() {
    let scratch = scratch();
    let path = scratch.path().join("f");
    assert!(sync::sync_file(&path).unwrap_err().is_not_found());
    fs::write(&path, "x").unwrap();
    sync::sync_file(&path).unwrap();
}
