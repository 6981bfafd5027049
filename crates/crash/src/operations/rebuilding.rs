//! The manifest is lost or spoiled, and made again.

use super::{ALPHA, BETA, Operation, befalls, install, operation, set};
use crate::deed::Deed;
use crate::mishap::Mishap;
use crate::order::Setting;

pub(super) const OPERATIONS: &[Operation] = &[
    operation(
        "rebuild",
        &[install(ALPHA), install(BETA), befalls(Mishap::LoseManifest)],
        Deed::Open,
    ),
    set(
        Setting::NoSyncfs,
        operation(
            "rebuild without syncfs",
            &[install(ALPHA), install(BETA), befalls(Mishap::LoseManifest)],
            Deed::Gc,
        ),
    ),
    operation(
        "rebuild spoiled",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::SpoilManifest),
        ],
        Deed::Gc,
    ),
    operation(
        "rebuild beside a database that no name means",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::Unname(ALPHA)),
            befalls(Mishap::LoseManifest),
            befalls(Mishap::Write(ALPHA)),
        ],
        Deed::Gc,
    ),
    operation(
        "rebuild with a pin",
        &[
            install(ALPHA),
            Deed::Pin(ALPHA),
            befalls(Mishap::LoseManifest),
        ],
        Deed::Open,
    ),
];
