//! The one table of operations. Every layer goes through it: a new operation of the engine gets a line here.

use crate::deed::{Deed, Manner};
use crate::mishap::Mishap;
use crate::order::Setting;
use crate::sample::Sample;

/// An operation, and what the store went through before.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// What it is called in reports.
    pub name: &'static str,
    /// Done undisturbed.
    pub before: &'static [Deed],
    /// What is struck.
    pub deed: Deed,
    /// Where.
    pub setting: Setting,
}

/// Two versions of one name, and another name: all three share content.
const ALPHA: Sample = Sample::new(0, 1);
const ALPHA_TWO: Sample = Sample::new(0, 2);
const BETA: Sample = Sample::new(1, 1);

/// What may follow any of the operations, each done by one process.
pub const FOLLOWING: &[&[Deed]] = &[
    &[install(ALPHA)],
    &[install(ALPHA_TWO)],
    &[install(BETA)],
    &[Deed::Remove(ALPHA)],
    &[Deed::Use(ALPHA)],
    &[Deed::Pin(ALPHA)],
    &[Deed::Unpin(ALPHA)],
    &[Deed::Gc],
    &[befalls(Mishap::LoseManifest), Deed::Gc],
    &[befalls(Mishap::LoseManifest), install(BETA)],
];

const fn install(sample: Sample) -> Deed {
    Deed::Install(sample, Manner::Linked)
}

const fn befalls(mishap: Mishap) -> Deed {
    Deed::Mishap(mishap)
}

const fn operation(name: &'static str, before: &'static [Deed], deed: Deed) -> Operation {
    Operation {
        name,
        before,
        deed,
        setting: Setting::Plain,
    }
}

const fn set(setting: Setting, operation: Operation) -> Operation {
    Operation {
        setting,
        ..operation
    }
}

/// All operations.
pub const OPERATIONS: &[Operation] = &[
    operation("make a store", &[], Deed::Open),
    operation("make a store and install", &[], install(ALPHA)),
    operation("install fresh", &[Deed::Open], install(ALPHA)),
    operation("install shared", &[install(ALPHA)], install(BETA)),
    operation("update", &[install(ALPHA)], install(ALPHA_TWO)),
    operation("install known", &[install(ALPHA)], install(ALPHA)),
    // Where the two-digit directories of its objects are left, each object gets a name of its own.
    operation(
        "install collected",
        &[install(ALPHA), Deed::Remove(ALPHA), Deed::Gc],
        install(ALPHA),
    ),
    operation(
        "install known after a death",
        &[install(ALPHA), befalls(Mishap::Death)],
        install(ALPHA),
    ),
    set(
        Setting::Bystander,
        operation(
            "install known after a death, beside a bystander",
            &[install(ALPHA), befalls(Mishap::Death)],
            install(ALPHA),
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
    operation(
        "install altered",
        &[install(ALPHA), befalls(Mishap::Alter(ALPHA))],
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
        "install into a pruned store",
        &[
            install(ALPHA),
            Deed::Remove(ALPHA),
            Deed::Gc,
            befalls(Mishap::LoseEmptyDirectories),
        ],
        install(BETA),
    ),
    operation(
        "install over orphan",
        &[install(BETA), befalls(Mishap::Orphan(ALPHA))],
        install(ALPHA),
    ),
    operation(
        "install removed",
        &[install(ALPHA), Deed::Remove(ALPHA)],
        install(ALPHA),
    ),
    operation(
        "install with syncfs",
        &[install(BETA)],
        Deed::Install(ALPHA, Manner::WholeFilesystem),
    ),
    operation(
        "install aside",
        &[install(ALPHA)],
        Deed::Install(ALPHA_TWO, Manner::Aside),
    ),
    operation(
        "use",
        &[install(ALPHA), install(ALPHA_TWO)],
        Deed::Use(ALPHA),
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
    operation(
        "rebuild with a pin",
        &[
            install(ALPHA),
            Deed::Pin(ALPHA),
            befalls(Mishap::LoseManifest),
        ],
        Deed::Open,
    ),
    operation(
        "install isolated",
        &[install(BETA)],
        Deed::Install(ALPHA, Manner::Isolated),
    ),
    operation(
        "install with host file",
        &[install(BETA)],
        Deed::Install(ALPHA, Manner::WithHostFile),
    ),
    operation(
        "install around gc",
        &[install(ALPHA), Deed::Remove(ALPHA)],
        Deed::Install(ALPHA, Manner::AroundGc),
    ),
    set(
        Setting::StagingTaken,
        operation(
            "install around gc after a staging was taken",
            &[install(ALPHA), Deed::Remove(ALPHA)],
            Deed::Install(ALPHA, Manner::AroundGc),
        ),
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
    operation("remove the only", &[install(ALPHA)], Deed::Remove(ALPHA)),
    operation(
        "remove leased",
        &[install(ALPHA), install(BETA)],
        Deed::RemoveLeased(ALPHA),
    ),
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
    operation(
        "remove current",
        &[install(ALPHA), install(ALPHA_TWO)],
        Deed::Remove(ALPHA_TWO),
    ),
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
        "rebuild",
        &[install(ALPHA), install(BETA), befalls(Mishap::LoseManifest)],
        Deed::Open,
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
];
