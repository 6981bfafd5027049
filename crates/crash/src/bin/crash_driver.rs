//! Carries out one order: some deeds on a store, watched. Says `acknowledged` after each that returned. Or it is one worker of a
//! crowd (`crowd`), which goes on until it is killed.
//!
//! Exit codes: 0 all done, 1 a deed failed with an error. It may also be killed by its own order.

#![allow(
    clippy::disallowed_methods,
    reason = "a test's driver reads which mutant it is"
)]

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use linkstead_crash::crowded::{Crowded, Said, Whose};
use linkstead_crash::dice::Dice;
use linkstead_crash::order::{MUTANT, Order, Watch};
use linkstead_crash::recording::Mark;
use linkstead_crash::watch::Watcher;
use linkstead_crash::{deed, oracle};
use linkstead_fs::boundary::{Call, Interceptor, Outcome, Verdict, intercept};
use linkstead_store::Error;

/// The watcher is asked by the boundary and told by us.
struct Shared(Arc<Watcher>);

impl Interceptor for Shared {
    fn before(&self, call: &Call<'_>) -> Verdict {
        self.0.before(call)
    }

    fn after(&self, call: &Call<'_>, outcome: &Outcome) {
        self.0.after(call, outcome);
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [order] => carry_out(serde_json::from_str(order).expect("an order")),
        [_, crowded] => join(&serde_json::from_str(crowded).expect("a place in a crowd")),
        _ => panic!("one order"),
    }
}

fn carry_out(order: Order) -> ExitCode {
    let mutant = std::env::var(MUTANT).ok();
    let watcher = Arc::new(Watcher::new(order.root.clone(), order.watch, mutant));
    let _interception = intercept(Box::new(Shared(Arc::clone(&watcher))));
    let mut code = ExitCode::SUCCESS;
    for (index, deed) in order.deeds.into_iter().enumerate() {
        watcher.mark(Mark::Begins(index));
        if let Err(error) = deed.perform(&order.root) {
            eprintln!("{deed:?}: {error}");
            code = ExitCode::from(1);
            break;
        }
        watcher.mark(Mark::Acknowledged(index));
        println!("acknowledged");
        std::io::stdout().flush().expect("somebody listens");
    }
    watcher.finish();
    code
}

/// Does one random deed after another, and looks at every visible bundle after each.
fn join(crowded: &Crowded) -> ExitCode {
    let mutant = std::env::var(MUTANT).ok();
    let _interception = intercept(Box::new(Watcher::new(
        crowded.root.clone(),
        Watch {
            dawdle: Some(crowded.seed),
            ..Watch::default()
        },
        mutant,
    )));
    let mut dice = Dice::new(crowded.seed);
    loop {
        let (deed, whose) = crowded.choose(&mut dice);
        if whose == Whose::Own {
            say(&Said::Begins(deed));
        }
        match deed.perform(&crowded.root) {
            Ok(()) if whose == Whose::Own => say(&Said::Acknowledged(deed)),
            // Another may have removed it, or look at it.
            Ok(())
            | Err(
                Error::NotInstalled { .. }
                | Error::InUse { .. }
                | Error::Pinned { .. }
                | Error::NotPinned { .. },
            ) => say(&Said::Returned),
            Err(error) => return object(&format!("{deed:?}: {error}")),
        }
        match deed::open(&crowded.root) {
            Ok(store) => {
                let checkout = oracle::checkout_is_whole(&crowded.root, &Crowded::wanted_by_all());
                if let Err(violation) = oracle::visible_are_whole(&store).and(checkout) {
                    return object(&format!("after {deed:?}: {violation}"));
                }
            }
            Err(error) => return object(&format!("after {deed:?}: {error}")),
        }
    }
}

fn object(violation: &str) -> ExitCode {
    say(&Said::Objects(violation.to_owned()));
    ExitCode::from(1)
}

fn say(said: &Said) {
    println!("{}", serde_json::to_string(said).expect("plain"));
    std::io::stdout().flush().expect("somebody listens");
}
