//! The scenarios that are explored: small ones that every test run affords, and in which each flaw shows, and full ones.

use crate::bundle::Bundle::{self, A, B};
use crate::disk::Naming;
use crate::flaw::Flaw;
use crate::process::Operation::{
    self, Gc, GcByPolicy, Install, InstallAside, Lease, Remove, RemoveWhenIdle, Use,
};
use crate::scenario::{Scenario, Start};

type Menu = &'static [(Operation, Bundle)];

const ALL: Menu = &[
    (Install, A),
    (Install, B),
    (Remove, A),
    (Remove, B),
    (Use, A),
    (Use, B),
    (Lease, A),
    (Lease, B),
    (Gc, A),
];
const ABOUT_B: Menu = &[(Install, B), (Remove, B), (Lease, B), (Gc, A)];
const CURRENT: Menu = &[
    (InstallAside, A),
    (Install, A),
    (Install, B),
    (Remove, A),
    (Remove, B),
    (Use, A),
    (Use, B),
];
const POLICY: Menu = &[
    (InstallAside, A),
    (Use, A),
    (Lease, A),
    (RemoveWhenIdle, A),
    (RemoveWhenIdle, B),
    (GcByPolicy, A),
];
const TRAFFIC: Menu = &[(Use, B), (Gc, A)];

const CALM: Scenario = Scenario {
    name: "two processes, no accident",
    processes: 2,
    naming: Naming::TwoVersions,
    start: Start::One,
    menu: ALL,
    operations: 4,
    kills: 0,
    cuts: 0,
    manifest_losses: 0,
    flaw: None,
};

/// Explored by every test run, the smallest first.
pub const SMALL: &[Scenario] = &[
    Scenario {
        name: "traffic",
        processes: 3,
        menu: TRAFFIC,
        operations: 6,
        ..CALM
    },
    Scenario {
        name: "a power cut after a power cut",
        cuts: 2,
        operations: 3,
        menu: ABOUT_B,
        ..CALM
    },
    Scenario {
        name: "one bundle, one kill, one power cut",
        kills: 1,
        cuts: 1,
        menu: ABOUT_B,
        operations: 3,
        ..CALM
    },
    Scenario {
        name: "a lost manifest",
        manifest_losses: 1,
        kills: 1,
        operations: 3,
        menu: ABOUT_B,
        ..CALM
    },
    CALM,
    Scenario {
        name: "two processes, one power cut",
        cuts: 1,
        operations: 3,
        ..CALM
    },
    Scenario {
        name: "two processes, one kill",
        kills: 1,
        operations: 3,
        ..CALM
    },
    Scenario {
        name: "the current version",
        kills: 1,
        cuts: 1,
        start: Start::Both,
        menu: CURRENT,
        operations: 3,
        ..CALM
    },
    Scenario {
        name: "a policy",
        kills: 1,
        cuts: 1,
        start: Start::Both,
        menu: POLICY,
        operations: 3,
        ..CALM
    },
    Scenario {
        name: "a lost manifest, published again",
        naming: Naming::OneVersionTwice,
        manifest_losses: 1,
        operations: 4,
        ..CALM
    },
    Scenario {
        name: "a version published again",
        naming: Naming::OneVersionTwice,
        kills: 1,
        cuts: 1,
        operations: 3,
        ..CALM
    },
];

/// Explored once in a while.
pub const FULL: &[Scenario] = &[
    Scenario {
        name: "three processes, a policy, all accidents",
        processes: 3,
        kills: 1,
        cuts: 1,
        manifest_losses: 1,
        start: Start::Both,
        menu: POLICY,
        operations: 4,
        ..CALM
    },
    Scenario {
        name: "two processes, a lost manifest, all accidents",
        kills: 1,
        cuts: 1,
        manifest_losses: 1,
        ..CALM
    },
    Scenario {
        name: "three processes, one kill, one power cut",
        processes: 3,
        kills: 1,
        cuts: 1,
        ..CALM
    },
    Scenario {
        name: "three processes, published again",
        naming: Naming::OneVersionTwice,
        processes: 3,
        kills: 1,
        cuts: 1,
        ..CALM
    },
    Scenario {
        name: "three processes, two kills, from nothing",
        processes: 3,
        start: Start::Empty,
        kills: 2,
        cuts: 1,
        ..CALM
    },
];

/// The small scenarios with a wrong protocol, the cheapest first.
#[must_use]
pub fn against(flaw: Flaw) -> Vec<Scenario> {
    SMALL.iter().map(|scenario| scenario.with(flaw)).collect()
}
