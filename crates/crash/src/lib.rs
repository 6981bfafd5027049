//! What the crash layers stand on: operations that can be struck anywhere, and the oracle that judges what is left.
//!
//! | module | what |
//! |---|---|
//! | `operations` | the one table of operations; one more line there is tested by every layer |
//! | `deed`, `mishap`, `between`, `sample` | one step of an operation; what befalls a store besides; two at once; the bundles |
//! | `checking_out` | the deeds about a directory outside the store, and bringing its record along |
//! | `ledger` | what has been promised so far |
//! | `oracle` | judges a store against a ledger: I1 to I8, as far as they can be seen on disk |
//! | `order`, `crowded` | what a driver process, or a worker of a crowd, is told to do, and how it is started |
//! | `point`, `fault`, `watch` | where a call is made, what can befall it there, and the interceptor that does it |
//! | `recording`, `disk`, `image` | what a driver did, replayed on a model disk; what such a disk holds |
//! | `power_cut` | the states that a power cut may leave of a recorded run |
//! | `block_disk`, `block_orders` | a disk in a process of its own, under a real filesystem, that records and can fall ill |
//! | `block_recording`, `block_cut`, `block_image` | what was written to it, the states that a power cut may leave of it |
//! | `dice`, `scratch` | reproducible chance; directories that cost nothing |
//!
//! Nothing of this is in a release: it is a crate of its own, and only here the boundary of `linkstead-fs` is watched.

// The harness damages disks on purpose; the wall is for the product.
#![allow(clippy::disallowed_methods)]

pub mod between;
pub mod block_cut;
#[cfg(target_os = "linux")]
pub mod block_disk;
pub mod block_image;
#[cfg(target_os = "linux")]
pub mod block_orders;
pub mod block_recording;
#[path = "../../../tests/support/bundle.rs"]
#[allow(
    dead_code,
    reason = "a helper that all tests share, each using its own part"
)]
mod bundle;
pub mod checking_out;
pub mod crowded;
pub mod deed;
pub mod dice;
pub mod disk;
pub mod fault;
pub mod image;
pub mod ledger;
pub mod mishap;
mod naming;
pub mod operations;
pub mod oracle;
pub mod order;
pub mod point;
pub mod power_cut;
pub mod recording;
pub mod sample;
pub mod scratch;
pub mod watch;
