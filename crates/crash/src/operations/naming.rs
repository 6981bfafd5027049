//! What names mean and what is kept: use, pin, unpin, lease.

use super::{ALPHA, ALPHA_TWO, BETA, Operation, install, operation, set};
use crate::deed::Deed;
use crate::order::Setting;

pub(super) const OPERATIONS: &[Operation] = &[
    operation(
        "use",
        &[install(ALPHA), install(ALPHA_TWO)],
        Deed::Use(ALPHA),
    ),
    operation("lease", &[install(ALPHA)], Deed::LeaseCurrent(ALPHA)),
    set(
        Setting::Switched(ALPHA),
        operation(
            "lease while another version becomes current",
            &[install(ALPHA), install(ALPHA_TWO)],
            Deed::LeaseCurrent(ALPHA),
        ),
    ),
    set(
        Setting::HalfRemoved(ALPHA),
        operation(
            "lease while it is half removed",
            &[install(ALPHA), install(BETA)],
            Deed::Lease(ALPHA),
        ),
    ),
    operation("pin", &[install(ALPHA), install(BETA)], Deed::Pin(ALPHA)),
    operation(
        "pin again",
        &[install(ALPHA), Deed::Pin(ALPHA)],
        Deed::Pin(ALPHA),
    ),
    operation(
        "unpin",
        &[install(ALPHA), install(BETA), Deed::Pin(ALPHA)],
        Deed::Unpin(ALPHA),
    ),
];
