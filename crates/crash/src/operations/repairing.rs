//! A store in which something is damaged is repaired.

use super::{ALPHA, BETA, Operation, befalls, install, operation, set};
use crate::deed::Deed;
use crate::mishap::Mishap;
use crate::order::Setting;

pub(super) const OPERATIONS: &[Operation] = &[
    operation(
        "repair damaged",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::Damage(ALPHA)),
        ],
        Deed::Repair,
    ),
    operation(
        "repair drifted",
        &[install(ALPHA), befalls(Mishap::Drift(ALPHA))],
        Deed::Repair,
    ),
    operation(
        "repair edited",
        &[install(ALPHA), befalls(Mishap::Edit(ALPHA))],
        Deed::Repair,
    ),
    operation(
        "repair altered from an archive",
        &[install(ALPHA), befalls(Mishap::Alter(ALPHA))],
        Deed::RepairFrom(ALPHA),
    ),
    operation(
        "repair without objects",
        &[
            install(ALPHA),
            befalls(Mishap::LoseObjects(ALPHA)),
            befalls(Mishap::LoseEmptyDirectories),
        ],
        Deed::Repair,
    ),
    operation(
        "repair without a tree",
        &[
            install(ALPHA),
            befalls(Mishap::LoseTree(ALPHA)),
            befalls(Mishap::LoseEmptyDirectories),
        ],
        Deed::Repair,
    ),
    operation(
        "repair of an orphan",
        &[install(BETA), befalls(Mishap::Orphan(ALPHA))],
        Deed::Repair,
    ),
    operation(
        "repair without a directory",
        &[install(ALPHA), befalls(Mishap::LoseDirectory(ALPHA))],
        Deed::Repair,
    ),
    operation(
        "repair of a lone record",
        &[install(ALPHA), install(BETA), befalls(Mishap::Vanish(BETA))],
        Deed::Repair,
    ),
    operation(
        "repair of a stray and a seal",
        &[
            install(ALPHA),
            befalls(Mishap::Touch(ALPHA)),
            befalls(Mishap::Stray),
            befalls(Mishap::LoseEmptyDirectories),
        ],
        Deed::Repair,
    ),
    operation(
        "repair in vain",
        &[install(ALPHA), befalls(Mishap::Alter(ALPHA))],
        Deed::RepairInVain(ALPHA),
    ),
    set(
        Setting::NoSyncfs,
        operation(
            "repair of a lone record without syncfs",
            &[install(ALPHA), install(BETA), befalls(Mishap::Vanish(BETA))],
            Deed::Repair,
        ),
    ),
];
