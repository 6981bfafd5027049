//! A bundle that is not there is installed.

use super::{ALPHA, ALPHA_TWO, BETA, Operation, befalls, install, operation, set};
use crate::deed::{Deed, Manner};
use crate::mishap::Mishap;
use crate::order::Setting;
use crate::sample::Sample;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("install fresh", &[Deed::Open], install(ALPHA)),
    operation("install shared", &[install(ALPHA)], install(BETA)),
    set(
        Setting::TooManyLinks,
        operation(
            "install shared with too many links",
            &[install(ALPHA)],
            install(BETA),
        ),
    ),
    operation("install large", &[Deed::Open], install(Sample::LARGE)),
    set(
        Setting::NoSyncfs,
        operation("install without syncfs", &[Deed::Open], install(ALPHA)),
    ),
    set(
        Setting::PlainRenames,
        operation(
            "install where there are plain renames only",
            &[install(BETA)],
            install(ALPHA),
        ),
    ),
    operation("update", &[install(ALPHA)], install(ALPHA_TWO)),
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
        "install isolated",
        &[install(BETA)],
        Deed::Install(ALPHA, Manner::Isolated),
    ),
    // So many bytes of its own are synced before the window.
    operation(
        "install large isolated",
        &[Deed::Open],
        Deed::Install(Sample::LARGE, Manner::Isolated),
    ),
    operation(
        "install with host file",
        &[install(BETA)],
        Deed::Install(ALPHA, Manner::WithHostFile),
    ),
    operation(
        "install removed",
        &[install(ALPHA), Deed::Remove(ALPHA)],
        install(ALPHA),
    ),
    // Where the two-digit directories of its objects are left, each object gets a name of its own.
    operation(
        "install collected",
        &[install(ALPHA), Deed::Remove(ALPHA), Deed::Gc],
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
        "install around another install",
        &[Deed::Open],
        Deed::Install(ALPHA, Manner::AroundInstall(BETA)),
    ),
    operation(
        "install around gc",
        &[install(ALPHA), Deed::Remove(ALPHA)],
        Deed::Install(ALPHA, Manner::AroundGc),
    ),
    operation(
        "install around gc of what was altered",
        &[
            install(ALPHA),
            befalls(Mishap::Alter(ALPHA)),
            Deed::Remove(ALPHA),
        ],
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
];
