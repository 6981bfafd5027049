//! What nobody needs is taken back.

use super::{ALPHA, ALPHA_TWO, BETA, Operation, befalls, install, operation, set};
use crate::deed::Deed;
use crate::mishap::Mishap;
use crate::order::Setting;

pub(super) const OPERATIONS: &[Operation] = &[
    operation(
        "gc after remove",
        &[install(ALPHA), install(BETA), Deed::Remove(ALPHA)],
        Deed::Gc,
    ),
    set(
        Setting::LowerLayer,
        operation(
            "gc in place",
            &[install(ALPHA), install(BETA), Deed::Remove(ALPHA)],
            Deed::Gc,
        ),
    ),
    set(
        Setting::NoSyncfs,
        operation(
            "gc without syncfs after a death",
            &[
                install(ALPHA),
                install(BETA),
                Deed::Remove(ALPHA),
                befalls(Mishap::Death),
            ],
            Deed::Gc,
        ),
    ),
    operation(
        "gc by a policy",
        &[install(ALPHA), install(ALPHA_TWO), install(BETA)],
        Deed::GcKeepingOne,
    ),
    set(
        Setting::LowerLayer,
        operation(
            "gc by a policy in place",
            &[install(ALPHA), install(ALPHA_TWO), install(BETA)],
            Deed::GcKeepingOne,
        ),
    ),
    operation(
        "gc around install",
        &[install(ALPHA), install(BETA), Deed::Remove(ALPHA)],
        Deed::GcAround(ALPHA),
    ),
    operation(
        "gc around install of what no name means",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::Unname(ALPHA)),
        ],
        Deed::GcAround(ALPHA),
    ),
    operation(
        "gc while leased",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::Unname(ALPHA)),
        ],
        Deed::GcLeased(ALPHA),
    ),
    operation(
        "gc of what no name means",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::Unname(ALPHA)),
        ],
        Deed::Gc,
    ),
    operation(
        "gc while an orphan is leased",
        &[install(BETA), befalls(Mishap::Orphan(ALPHA))],
        Deed::GcLeased(ALPHA),
    ),
    operation(
        "gc of an orphan",
        &[install(BETA), befalls(Mishap::Orphan(ALPHA))],
        Deed::Gc,
    ),
    operation(
        "gc of an orphan with a database",
        &[
            install(BETA),
            befalls(Mishap::Orphan(ALPHA)),
            befalls(Mishap::Write(ALPHA)),
        ],
        Deed::Gc,
    ),
];
