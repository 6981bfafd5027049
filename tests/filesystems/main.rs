//! The store on the filesystems that people have: each does the whole course, or says clearly why it cannot.
//!
//! | module | what |
//! |---|---|
//! | `course` | what is done on each: two bundles that share, path, verify, again, remove, gc |
//! | `memory` | tmpfs |
//! | `disks` | ext4, xfs and btrfs on loop devices; reflinks |
//! | `overlay` | a store on the lower layer of an overlay |
//! | `full` | btrfs without a free block: gc is the way out |
//! | `fat` | no modes, no links: refused with the reason |
//! | `two_mounts` | a part of the store on another mount |
//! | `checkouts` | directories outside the store, where names cannot be exchanged or linked, and where mounts are |
//! | `refusals` | calls that a system does not have, one by one |
//! | `refused` | a command that the system refuses something: strace's injection |
//!
//! Each test says which change of the code it was seen to fail on. A machine that cannot mount skips and says so; where root
//! runs Linux that is a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "tests make filesystems and look at them as they like"
)]

mod checkouts;
mod course;
mod disks;
mod fat;
mod full;
mod memory;
mod overlay;
mod refusals;
mod refused;
#[path = "../support/mod.rs"]
mod support;
mod two_mounts;
