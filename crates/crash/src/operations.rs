//! The one table of operations. Every layer goes through it: a new operation of the engine gets a line in one of its parts.
//!
//! | part | what is struck |
//! |---|---|
//! | `making` | a store is made |
//! | `installing` | a bundle that is not there is installed |
//! | `mending` | one that is there is installed again, whole or damaged |
//! | `repairing` | what is damaged is repaired |
//! | `naming` | use, pin, unpin, lease |
//! | `checking_out` | a bundle goes to a path outside the store |
//! | `removing` | a bundle is removed |
//! | `collecting` | gc |
//! | `rebuilding` | the manifest is lost or spoiled |

mod checking_out;
mod collecting;
mod installing;
mod making;
mod mending;
mod naming;
mod rebuilding;
mod removing;
mod repairing;

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

/// All operations.
#[must_use]
pub fn all() -> Vec<Operation> {
    [
        making::OPERATIONS,
        installing::OPERATIONS,
        mending::OPERATIONS,
        repairing::OPERATIONS,
        naming::OPERATIONS,
        checking_out::OPERATIONS,
        removing::OPERATIONS,
        collecting::OPERATIONS,
        rebuilding::OPERATIONS,
    ]
    .concat()
}

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

/// Two versions of one name, and another name: all three share content.
const ALPHA: Sample = Sample::new(0, 1);
const ALPHA_TWO: Sample = Sample::new(0, 2);
const BETA: Sample = Sample::new(1, 1);

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
