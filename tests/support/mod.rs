//! A directory and a command, and bundles made on the spot.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod bundle;
pub(crate) mod held;
pub(crate) mod hold;
pub(crate) mod killing;
pub(crate) mod mount;
pub(crate) mod sandbox;
pub(crate) mod vandal;
