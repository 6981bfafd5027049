//! `linkstead gc`: prints the plan, then sweeps it.

mod lines;

use linkstead_store::{GcOptions, GcPlan, OpenMode, Swept};
use serde::Serialize;

use crate::args::GcArgs;
use crate::failure::Failure;
use crate::session::Session;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Collected {
    plan: GcPlan,
    /// What the sweep took back; none in a dry run.
    swept: Option<Swept>,
}

/// Collects and says what went.
pub(crate) fn run(args: &GcArgs, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(mode(args), &*observer)?;
    let options = GcOptions {
        control: session.control.clone(),
        policies: args.policies(),
        extra_files: args.extra.policy(),
        consent: args.consent(),
    };
    let gc = store.gc(&options, &*observer)?;
    let plan = gc.plan().clone();
    let swept = match args.dry_run {
        true => None,
        false => Some(gc.sweep()?),
    };
    drop(observer);
    session.format.show(&Collected { plan, swept }, lines::of)
}

/// A dry run recovers nothing.
fn mode(args: &GcArgs) -> OpenMode {
    match args.dry_run {
        true => OpenMode::Resolve,
        false => OpenMode::ReadWrite,
    }
}
