//! Each known-wrong variant has a counterexample, and those that only look wrong have none.

use linkstead_model::{FULL, Flaw, SMALL, Scenario, Violation, against, explore};

fn refuted_by(flaw: Flaw) -> Option<Violation> {
    against(flaw)
        .iter()
        .find_map(|scenario| explore(scenario).counterexample)
        .map(|found| found.violation)
}

#[test]
fn each_flaw_is_refuted() {
    let survivors: Vec<Flaw> = Flaw::REFUTED
        .iter()
        .copied()
        .filter(|&flaw| refuted_by(flaw).is_none())
        .collect();
    assert!(
        survivors.is_empty(),
        "the checker is blind to {survivors:?}"
    );
}

#[test]
fn flaws_break_the_sentence_they_are_about() {
    assert_eq!(
        refuted_by(Flaw::NameBeforeStore),
        Some(Violation::LockOrder)
    );
    assert_eq!(
        refuted_by(Flaw::GcWithoutTurnstile),
        Some(Violation::GcStarves)
    );
    assert_eq!(
        refuted_by(Flaw::RefBeforeRecord),
        Some(Violation::RefWithoutRecord)
    );
    assert_eq!(
        refuted_by(Flaw::LeaseWithoutRecheck),
        Some(Violation::LeaseBroken)
    );
    assert_eq!(
        refuted_by(Flaw::ObjectNamedBeforeSync),
        Some(Violation::ObjectBroken)
    );
    assert_eq!(
        refuted_by(Flaw::StagingWithoutRecheck),
        Some(Violation::LiveStagingTaken)
    );
}

fn are_harmless(variants: &[Flaw], scenarios: &[Scenario]) {
    for &variant in variants {
        for scenario in scenarios {
            if let Some(counterexample) = explore(&scenario.with(variant)).counterexample {
                panic!("{variant:?} in \"{}\": {counterexample}", scenario.name);
            }
        }
    }
}

#[test]
fn harmless_variants_stay_harmless() {
    are_harmless(Flaw::HARMLESS, SMALL);
}

#[test]
#[ignore = "minutes, and gigabytes of memory: build with --release"]
fn harmless_variants_stay_harmless_in_full_worlds() {
    are_harmless(Flaw::HARMLESS, FULL);
}
