//! Archives made by real packers are accepted, install, and are what was packed.

mod packed;
mod tools;

mod commands;
mod crates;
mod many;
mod python;
