//! A bundle that is there is installed again, whole or damaged.

use super::{ALPHA, BETA, Operation, befalls, install, operation, set};
use crate::deed::{Deed, Manner};
use crate::mishap::Mishap;
use crate::order::Setting;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("install known", &[install(ALPHA)], install(ALPHA)),
    operation(
        "install known after a death",
        &[install(ALPHA), befalls(Mishap::Death)],
        install(ALPHA),
    ),
    operation(
        "install known after a death, beside a bystander",
        &[install(ALPHA), befalls(Mishap::Death)],
        Deed::Install(ALPHA, Manner::BesideBystander),
    ),
    set(
        Setting::NoSyncfs,
        operation(
            "install known after a death, beside a bystander, without syncfs",
            &[install(ALPHA), befalls(Mishap::Death)],
            Deed::Install(ALPHA, Manner::BesideBystander),
        ),
    ),
    operation(
        "install damaged",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::Damage(ALPHA)),
        ],
        install(ALPHA),
    ),
    set(
        Setting::NoSyncfs,
        operation(
            "install damaged without syncfs",
            &[install(ALPHA), befalls(Mishap::Damage(ALPHA))],
            install(ALPHA),
        ),
    ),
    operation(
        "install altered",
        &[install(ALPHA), befalls(Mishap::Alter(ALPHA))],
        install(ALPHA),
    ),
    operation(
        "install edited",
        &[install(ALPHA), befalls(Mishap::Edit(ALPHA))],
        install(ALPHA),
    ),
    operation(
        "install drifted",
        &[install(ALPHA), befalls(Mishap::Drift(ALPHA))],
        install(ALPHA),
    ),
    operation(
        "install obstructed",
        &[install(ALPHA), befalls(Mishap::Obstruct(ALPHA))],
        install(ALPHA),
    ),
    operation(
        "install without its host file",
        &[
            Deed::Install(ALPHA, Manner::WithHostFile),
            befalls(Mishap::LoseHostFile(ALPHA)),
        ],
        Deed::Install(ALPHA, Manner::WithHostFile),
    ),
    operation(
        "install what a rebuild leaves out, with a database",
        &[
            install(ALPHA),
            install(BETA),
            befalls(Mishap::Damage(ALPHA)),
            befalls(Mishap::LoseManifest),
            befalls(Mishap::Write(ALPHA)),
        ],
        install(ALPHA),
    ),
    operation(
        "install without a tree",
        &[
            install(ALPHA),
            befalls(Mishap::LoseTree(ALPHA)),
            befalls(Mishap::LoseEmptyDirectories),
        ],
        install(ALPHA),
    ),
    operation(
        "install without objects",
        &[
            install(ALPHA),
            befalls(Mishap::LoseObjects(ALPHA)),
            befalls(Mishap::LoseEmptyDirectories),
        ],
        install(ALPHA),
    ),
];
