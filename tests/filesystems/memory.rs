//! tmpfs: what containers and tests have. Links, `renameat2`, `syncfs`; no reflinks.

use crate::course::{self, Files, count};
use crate::support::mount::{Mounted, due};
use crate::support::sandbox::Sandbox;

// Seen to fail when `Roles::of` links entry points like other files: 44 links.
#[test]
fn a_store_in_memory() {
    let Some(disk) = due("tmpfs", Mounted::memory("size=16m")) else {
        return;
    };
    let sandbox = Sandbox::with_store(disk.path().join("store"));
    let reports = course::run(&sandbox, &[], Files::Sealed);
    assert_eq!(count(&reports.second, "linked"), 43);
    // Entry point, private and empty file.
    assert_eq!(count(&reports.second, "copied"), 3);
    assert!(reports.second["report"]["no_links_because"].is_null());
}

// Seen to fail when `reflink` gives EOPNOTSUPP on.
#[test]
fn copies_where_reflinks_were_asked_for() {
    let Some(disk) = due("tmpfs", Mounted::memory("size=16m")) else {
        return;
    };
    let sandbox = Sandbox::with_store(disk.path().join("store"));
    let reports = course::run(&sandbox, &["--link-mode", "reflink"], Files::Isolated);
    assert_eq!(count(&reports.second, "reflinked"), 0);
    assert_eq!(count(&reports.second, "copied"), 46);
}
