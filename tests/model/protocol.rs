//! The right protocol keeps its invariants.

use std::collections::BTreeSet;

use linkstead_model::{FULL, SMALL, STEPS, Scenario, explore};

fn holds(scenarios: &[Scenario]) {
    for scenario in scenarios {
        let found = explore(scenario);
        println!(
            "{}: {} states, depth {}",
            scenario.name, found.states, found.depth
        );
        if let Some(counterexample) = found.counterexample {
            panic!("{}: {counterexample}", scenario.name);
        }
    }
}

#[test]
fn small_worlds_keep_the_invariants() {
    holds(SMALL);
}

#[test]
#[ignore = "minutes, and gigabytes of memory: build with --release"]
fn full_worlds_keep_the_invariants() {
    holds(FULL);
}

/// A world in which nothing happens would keep every invariant.
#[test]
fn small_worlds_take_every_step() {
    let taken: BTreeSet<String> = SMALL
        .iter()
        .flat_map(|scenario| explore(scenario).steps)
        .collect();
    assert_eq!(taken.len(), STEPS, "only {taken:?}");
}
