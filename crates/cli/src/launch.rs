//! Another program in the place of this one, in a bundle's directory and under its lease: signals, standard streams and exit
//! code are its own.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use linkstead_store::format::BundleRef;
use linkstead_store::{Lease, LeaseOptions, OpenMode, Store};

use crate::failure::Failure;
use crate::session::Session;

/// Leases a bundle for the program.
pub(crate) fn lease(bundle: &BundleRef, session: &Session) -> Result<(Store, Lease), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::Resolve, &*observer)?;
    let options = LeaseOptions {
        control: session.control.clone(),
    };
    let lease = store.lease(bundle, &options, &*observer)?;
    drop(observer);
    Ok((store, lease))
}

/// Becomes that program; returns only if it cannot be started. The lease lasts as long as it, or a child that inherits it,
/// has its descriptor open.
pub(crate) fn become_program(lease: Lease, mut command: Command) -> Failure {
    command.current_dir(lease.path());
    lease.hand_to(&mut command);
    let source = command.exec();
    Failure::Program {
        program: command.get_program().to_owned(),
        source,
    }
}
