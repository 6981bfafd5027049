//! Explores the model and prints what was reached: `small` (the default), `full`, or `flaws`.

use std::process::ExitCode;
use std::time::Instant;

use linkstead_model::{FULL, Flaw, SMALL, Scenario, against, explore};

fn main() -> ExitCode {
    let what = std::env::args().nth(1);
    match what.as_deref() {
        None | Some("small") => hold(SMALL),
        Some("full") => hold(FULL),
        Some("flaws") => refute(),
        Some(_) => {
            eprintln!("usage: linkstead-model [small | full | flaws]");
            ExitCode::from(2)
        }
    }
}

/// Explores scenarios of the right protocol.
fn hold(scenarios: &[Scenario]) -> ExitCode {
    let mut verdict = ExitCode::SUCCESS;
    for scenario in scenarios {
        let began = Instant::now();
        let found = explore(scenario);
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "{:44} {:>10} states, depth {:>3}, {seconds:.1} s",
            scenario.name, found.states, found.depth
        );
        if let Some(counterexample) = found.counterexample {
            println!("{counterexample}");
            verdict = ExitCode::FAILURE;
        }
    }
    verdict
}

/// Shows a counterexample for each flaw.
fn refute() -> ExitCode {
    let mut verdict = ExitCode::SUCCESS;
    for &flaw in Flaw::REFUTED {
        let refuted = against(flaw)
            .iter()
            .find_map(|scenario| Some((scenario.name, explore(scenario).counterexample?)));
        match refuted {
            Some((name, counterexample)) => println!("{flaw:?}, in \"{name}\": {counterexample}"),
            None => {
                println!("{flaw:?}: NOT REFUTED\n");
                verdict = ExitCode::FAILURE;
            }
        }
    }
    verdict
}
