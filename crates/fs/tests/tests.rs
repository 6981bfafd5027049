//! What each operation promises, tried on real filesystems: the temporary directory's, and a tmpfs where there is one.

// The tests make by hand what they want to find.
#![allow(clippy::disallowed_methods)]

#[path = "tests/dir.rs"]
mod dir;
#[path = "tests/file.rs"]
mod file;
#[path = "tests/helper.rs"]
mod helper;
#[path = "tests/link.rs"]
mod link;
#[path = "tests/lock.rs"]
mod lock;
#[path = "tests/probe.rs"]
mod probe;
#[path = "tests/read.rs"]
mod read;
#[path = "tests/remove_tree.rs"]
mod remove_tree;
#[path = "tests/rename.rs"]
mod rename;
#[path = "tests/sync.rs"]
mod sync;
