//! Real filesystems on loop devices.
//!
//! Seen to fail when `Roles::of` links entry points like other files (44 links), and when `verify` takes the disk's own
//! `lost+found` for a stray (the reader did).

use crate::course::{self, Files, count};
use crate::support::mount::{self, Mounted, due};
use crate::support::sandbox::Sandbox;

fn disk(kind: &str, package: &str, megabytes: u64, make: &[&str]) -> Option<Mounted> {
    let made = mount::install(&[package])
        .and_then(|()| Mounted::disk(kind, megabytes << 20, make, "defaults"));
    due(kind, made)
}

#[test]
fn a_store_on_ext4() {
    let Some(disk) = disk("ext4", "e2fsprogs", 32, &["-q"]) else {
        return;
    };
    // The root of a disk, with its lost+found.
    let sandbox = Sandbox::with_store(disk.path());
    let reports = course::run(&sandbox, &[], Files::Sealed);
    assert_eq!(count(&reports.second, "linked"), 43);
}

#[test]
fn a_store_on_xfs_links_and_clones() {
    let Some(disk) = disk("xfs", "xfsprogs", 320, &["-q"]) else {
        return;
    };
    links_and_clones(&disk);
}

#[test]
fn a_store_on_btrfs_links_and_clones() {
    let Some(disk) = disk("btrfs", "btrfs-progs", 128, &["-q"]) else {
        return;
    };
    links_and_clones(&disk);
}

/// Linked files are links, and a file of its own shares its blocks.
fn links_and_clones(disk: &Mounted) {
    let linked = Sandbox::with_store(disk.path().join("linked"));
    let reports = course::run(&linked, &[], Files::Sealed);
    assert_eq!(count(&reports.second, "linked"), 43);
    // Entry point and private file; the empty one is written.
    assert_eq!(count(&reports.second, "reflinked"), 2);
    assert_eq!(count(&reports.second, "copied"), 1);
    let cloned = Sandbox::with_store(disk.path().join("cloned"));
    let reports = course::run(&cloned, &["--link-mode", "reflink"], Files::Isolated);
    assert_eq!(count(&reports.second, "reflinked"), 45);
    assert_eq!(count(&reports.second, "copied"), 1);
}
