//! `linkstead use`: switches what a name alone means, forth and back.

use linkstead_store::{ActivateOptions, Activated, OpenMode};

use crate::args::IdentityArg;
use crate::failure::Failure;
use crate::session::Session;
use crate::table::printable;

/// Makes a version the current one and says what it was before.
pub(crate) fn run(wanted: &IdentityArg, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = ActivateOptions {
        control: session.control.clone(),
    };
    let activated = store.activate(&wanted.name, &wanted.version, &options, &*observer)?;
    drop(observer);
    session.format.show(&activated, line)
}

fn line(activated: &Activated) -> String {
    let name = printable(activated.name.as_str());
    let now = printable(activated.version.as_str());
    let before = match &activated.before {
        Some(before) if *before != activated.version => {
            format!(", no longer {name}@{}", printable(before.as_str()))
        }
        _ => String::new(),
    };
    format!("{name} means {name}@{now}{before}\n")
}
