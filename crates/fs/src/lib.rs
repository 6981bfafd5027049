//! Durable and atomic file operations: the platform wall of linkstead.
//!
//! Every system call that changes the disk, every fsync, every lock and every `cfg(target_os)` is in this crate. It knows
//! nothing of a store's layout; it promises what the operations below say, on Linux first, and it says by which path an
//! operation failed ([`FsError`]).
//!
//! - What is expected to happen in a shared store (a name that exists, a source that is gone, another filesystem) is an
//!   outcome, not an error.
//! - A mode is set explicitly, whatever the umask. Symbolic links are never followed, except in the parents of a path.
//! - Nothing is synced unless the name of the function says so; [`rename::publish`] wants the proof ([`sync::Synced`]).
//! - Every change passes [`boundary`], where tests of crashes and faults can watch it and make it fail.
//!
//! It keeps I2 and I4 possible: the order of writes is the engine's, that each step is atomic and durable is ours.

// The wall itself: everything outside is sent here by the same lint.
#![allow(clippy::disallowed_methods)]

#[cfg(not(unix))]
compile_error!("linkstead-fs is written for unix systems only so far");

pub mod boundary;
pub mod dir;
pub mod dir_handle;
mod error;
pub mod file;
pub mod link;
mod listing;
pub mod lock;
mod lock_holders;
mod lock_wait;
pub mod origin;
mod platform;
pub mod probe;
mod random;
pub mod random_access;
pub mod read_at;
mod remove_tree;
pub mod rename;
pub mod space;
pub mod stat;
pub mod sync;

pub use dir_handle::DirHandle;
pub use error::{FsError, Op, Result};
pub use listing::Listing;
pub use random::unique_name;
