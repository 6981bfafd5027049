//! `linkstead du`: what each bundle takes, which share how much, and the largest files.

mod bundles;
mod files;
mod pairs;

use linkstead_store::{CountedBundle, OpenMode};

use crate::args::DuArgs;
use crate::failure::Failure;
use crate::session::Session;
use crate::table::printable;

/// Prints what was asked for.
pub(crate) fn run(args: &DuArgs, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    drop(observer);
    if args.pairs {
        pairs::run(&store, args.top(), session)
    } else if args.files {
        files::run(&store, args.top(), session)
    } else {
        bundles::run(&store, session)
    }
}

/// A bundle in one word.
fn named(bundle: &CountedBundle) -> String {
    printable(&format!("{}@{}", bundle.name, bundle.version))
}
