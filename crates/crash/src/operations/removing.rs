//! A bundle is removed, or is leased and must not be.

use super::{ALPHA, ALPHA_TWO, BETA, Operation, install, operation, set};
use crate::deed::Deed;
use crate::order::Setting;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("remove the only", &[install(ALPHA)], Deed::Remove(ALPHA)),
    operation(
        "remove",
        &[install(ALPHA), install(BETA)],
        Deed::Remove(ALPHA),
    ),
    set(
        Setting::LowerLayer,
        operation(
            "remove in place",
            &[install(ALPHA), install(BETA)],
            Deed::Remove(ALPHA),
        ),
    ),
    set(
        Setting::NoSyncfs,
        operation(
            "remove the only without syncfs",
            &[install(ALPHA)],
            Deed::Remove(ALPHA),
        ),
    ),
    set(
        Setting::NoSyncfs,
        operation(
            "remove without syncfs",
            &[install(ALPHA), install(BETA)],
            Deed::Remove(ALPHA),
        ),
    ),
    operation(
        "remove current",
        &[install(ALPHA), install(ALPHA_TWO)],
        Deed::Remove(ALPHA_TWO),
    ),
    operation(
        "remove leased",
        &[install(ALPHA), install(BETA)],
        Deed::RemoveLeased(ALPHA),
    ),
    set(
        Setting::PublishedAnew,
        operation(
            "remove leased after it was published anew",
            &[install(ALPHA), install(BETA)],
            Deed::RemoveLeased(ALPHA),
        ),
    ),
    operation(
        "remove when idle",
        &[install(ALPHA), install(ALPHA_TWO)],
        Deed::RemoveWhenIdle(ALPHA_TWO),
    ),
];
