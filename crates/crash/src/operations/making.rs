//! A store is made, with the directory that it lies in.

use super::{ALPHA, Operation, install, operation};
use crate::deed::Deed;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("make a store", &[], Deed::Open),
    operation("make a store and install", &[], install(ALPHA)),
];
