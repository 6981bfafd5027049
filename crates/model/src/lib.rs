//! The protocol of `store-format.md`, sections 13 to 15, as a model that is explored exhaustively.
//!
//! Promise: within the bounds of a [`Scenario`], every interleaving of operations, kills at every step and power cuts that keep
//! any part of what was not synced is looked at, and the invariants I1 to I6 hold in all of them; and each [`Flaw`] is refuted.
//! A gc that runs alone on any quiet state must leave nothing unneeded.
//!
//! `cargo test -p linkstead-model` explores the small worlds and refutes the flaws in seconds;
//! `cargo run -p linkstead-model --release -- full` explores the full ones in minutes, and `-- flaws` prints a counterexample each.
//!
//! The model shares no code with the engine: two descriptions that must agree, one of which can be exhausted.
//!
//! What is left out: the bytes of archives, look-ups (hints by I8), pins and checkouts, reinstalling from `parked/`,
//! directories with the same prefix, damage by servers, and errors of the medium (I7).

mod bundle;
mod catalogue;
mod cell;
mod disk;
mod explore;
mod flaw;
mod invariants;
mod locks;
mod process;
mod scenario;
mod steps;
mod world;

pub use bundle::Bundle;
pub use catalogue::{FULL, SMALL, against};
pub use disk::Naming;
pub use explore::{Counterexample, Exploration, explore};
pub use flaw::Flaw;
pub use invariants::Violation;
pub use process::{Operation, STEPS};
pub use scenario::{Scenario, Start};
