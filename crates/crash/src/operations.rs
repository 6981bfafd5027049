//! The one table of operations. Every layer goes through it: a new operation of the engine gets a line here.

use crate::deed::{Deed, Manner};
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
}

/// Two versions of one name, and another name: all three share content.
const ALPHA: Sample = Sample::new(0, 1);
const ALPHA_TWO: Sample = Sample::new(0, 2);
const BETA: Sample = Sample::new(1, 1);

/// Deeds that may follow any of the operations.
pub const FOLLOWING: &[Deed] = &[
    install(ALPHA),
    install(ALPHA_TWO),
    install(BETA),
    Deed::Remove(ALPHA),
    Deed::Gc,
];

const fn install(sample: Sample) -> Deed {
    Deed::Install(sample, Manner::Linked)
}

const fn operation(name: &'static str, before: &'static [Deed], deed: Deed) -> Operation {
    Operation { name, before, deed }
}

/// All operations.
pub const OPERATIONS: &[Operation] = &[
    operation("make a store", &[], Deed::Open),
    operation("make a store and install", &[], install(ALPHA)),
    operation("install fresh", &[Deed::Open], install(ALPHA)),
    operation("install shared", &[install(ALPHA)], install(BETA)),
    operation("update", &[install(ALPHA)], install(ALPHA_TWO)),
    operation("install known", &[install(ALPHA)], install(ALPHA)),
    operation(
        "install damaged",
        &[install(ALPHA), install(BETA), Deed::Damage(ALPHA)],
        install(ALPHA),
    ),
    operation(
        "install altered",
        &[install(ALPHA), Deed::Alter(ALPHA)],
        install(ALPHA),
    ),
    operation(
        "install over orphan",
        &[install(BETA), Deed::Orphan(ALPHA)],
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
        "remove",
        &[install(ALPHA), install(BETA)],
        Deed::Remove(ALPHA),
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
    operation(
        "rebuild",
        &[install(ALPHA), install(BETA), Deed::LoseManifest],
        Deed::Open,
    ),
    operation(
        "rebuild spoiled",
        &[install(ALPHA), install(BETA), Deed::SpoilManifest],
        Deed::Gc,
    ),
];
