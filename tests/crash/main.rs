//! The crash layers: the promise under kills, faults, reordering, crowds and power cuts.
//!
//! | layer | module | what |
//! |---|---|---|
//! | L1 | `steps` | every kind of call of every operation, killed or failed there |
//! | L2 | `reorder` | states that a power cut may leave, of three models of a disk |
//! | L3 | `blocks` | real ext4, xfs and btrfs on a disk that records: what a power cut may leave of its blocks |
//! | L4 | `full_disk` | disks that fill while an operation runs |
//! | L4 | `sick_disk` | disks that fail, once or for ever, or turn read-only, and a second run |
//! | L5 | `two_faults` | a kill, another kill, a power cut; a kill at each name, which the power cut then takes |
//! | L6 | `crowd` | eight processes at once, killed at random |
//! | L7 | `power_cut` | a real ext4 or xfs that stops at a random moment |
//! | | `mutants` | leaves out one sync, rename, lock or second look at a time: a layer must notice |
//! | | `call_sites` | reads the engine for those that no operation passes: there is none |
//!
//! L0 is `tests/model`. The operations are one table, `crates/crash/src/operations.rs`; the judge is one, `oracle.rs` beside it.
//!
//! `cargo test -p linkstead-crash -- steps` runs one layer. A run prints its seed; `LINKSTEAD_CRASH_SEED` repeats it,
//! `LINKSTEAD_CRASH_SECONDS` gives each layer so long, `LINKSTEAD_CRASH_FULL=1` runs the full counts.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test reads its environment, prints its counts and damages its own directories"
)]

mod blocks;
mod call_sites;
mod crowd;
mod extent;
mod full_disk;
#[path = "../support/mount.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod mount;
mod mutants;
mod needless;
mod own_mounts;
mod power_cut;
mod relay;
mod reorder;
mod served_disk;
mod sick_disk;
mod stage;
mod steps;
mod two_faults;

use std::process::ExitCode;
use std::time::Instant;

use extent::Extent;

/// What a layer found.
pub(crate) struct Report {
    /// What was run, with counts.
    pub(crate) ran: String,
    /// What is wrong; empty if nothing.
    pub(crate) violations: Vec<String>,
}

impl Report {
    /// A layer that cannot run here; on a machine where root runs Linux it is a failure, for it could have.
    pub(crate) fn skipped(reason: &str) -> Self {
        let is_due = cfg!(target_os = "linux") && linkstead_fs::stat::effective_user() == 0;
        Report {
            ran: format!("skipped: {reason}"),
            violations: if is_due {
                vec![format!("skipped although root runs Linux here: {reason}")]
            } else {
                Vec::new()
            },
        }
    }
}

type Layer = fn(&Extent) -> Report;

const LAYERS: &[(&str, Layer)] = &[
    ("steps", steps::run),
    ("reorder", reorder::run),
    ("blocks", blocks::run),
    ("crowd", crowd::run),
    ("mutants", mutants::run),
    ("two_faults", two_faults::run),
    ("full_disk", full_disk::run),
    ("sick_disk", sick_disk::run),
    ("power_cut", power_cut::run),
];

fn main() -> ExitCode {
    own_mounts::keep_to_ourselves();
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let extent = Extent::from_environment();
    println!("crash layers, seed {}", extent.seed);
    // The oracle turns panics into violations; their traces would bury the rest.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let mut failed = false;
    for (name, layer) in LAYERS {
        let is_wanted = match wanted.as_slice() {
            [] => true,
            named => named.iter().any(|wanted| name.contains(wanted.as_str())),
        };
        if !is_wanted {
            continue;
        }
        let begun = Instant::now();
        let report = layer(&extent);
        println!(
            "{name}: {} in {:.1} s",
            report.ran,
            begun.elapsed().as_secs_f64()
        );
        for violation in &report.violations {
            println!("{name}: VIOLATION {violation}");
        }
        failed |= !report.violations.is_empty();
    }
    if failed {
        println!("repeat with LINKSTEAD_CRASH_SEED={}", extent.seed);
    }
    println!(
        "{}",
        if failed {
            "crash layers: failed"
        } else {
            "crash layers: passed"
        }
    );
    ExitCode::from(u8::from(failed))
}
