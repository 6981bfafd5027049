//! `linkstead verify`: every defect with the bundles and paths that it hurts, and what was mended of it.

mod check_out;
mod words;

use linkstead_store::{
    OpenMode, RepairOptions, RepairReport, VerifyDepth, VerifyOptions, VerifyReport,
};

use super::Ending;
use crate::args::VerifyArgs;
use crate::failure::Failure;
use crate::session::Session;

/// Checks the store, or mends it, and says what was found.
pub(crate) fn run(args: VerifyArgs, session: &Session) -> Result<Ending, Failure> {
    if args.repair {
        return repair(args, session);
    }
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = VerifyOptions {
        control: session.control.clone(),
        depth: match args.quick {
            true => VerifyDepth::Quick,
            false => VerifyDepth::Full,
        },
    };
    let report = store.verify(&options, &*observer)?;
    drop(observer);
    session
        .format
        .show(&report, |report| words::verified(report, options.depth))?;
    Ok(ending(&report))
}

fn repair(args: VerifyArgs, session: &Session) -> Result<Ending, Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = RepairOptions {
        control: session.control.clone(),
        archives: args.from,
    };
    let report: RepairReport = store.repair(&options, &*observer)?;
    drop(observer);
    session.format.show(&report, words::repaired)?;
    if !report.reinstall.is_empty() {
        session.report(&words::reinstall(&report.reinstall));
    }
    if !report.check_out.is_empty() {
        session.report(&check_out::hint(&report.check_out));
    }
    Ok(ending(&report.remaining))
}

fn ending(report: &VerifyReport) -> Ending {
    match report.findings.is_empty() {
        true => Ending::Done,
        false => Ending::WithFindings,
    }
}
