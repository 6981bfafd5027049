//! `linkstead check`: the verdict on archives, without a store.

use std::path::PathBuf;

use linkstead_store::archive::{ArchiveKind, CheckReport, Policy};
use linkstead_store::format::Signature;
use linkstead_store::{Error, check_archive};
use serde::Serialize;

use super::Ending;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// What is said of one archive.
#[derive(Debug, Serialize)]
struct Checked {
    archive: String,
    accepted: bool,
    #[serde(flatten)]
    report: CheckReport,
}

/// Checks the archives one by one and prints all verdicts; then it fails if of some there was none.
pub(crate) fn run(args: &CheckArgs, session: &Session) -> Result<Ending, Failure> {
    let policy = policy(args);
    let mut checked = Vec::new();
    let mut unchecked = Vec::new();
    for archive in &args.archives {
        match check_archive(archive, &policy) {
            Ok(report) => checked.push(Checked {
                archive: archive.display().to_string(),
                accepted: report.is_accepted(),
                report,
            }),
            Err(error) => unchecked.push((archive, error)),
        }
    }
    if !checked.is_empty() {
        session
            .format
            .show(&checked, |all| all.iter().map(lines).collect())?;
    }
    if let Some(failure) = without_verdict(unchecked) {
        return Err(failure);
    }
    Ok(match checked.iter().all(|one| one.accepted) {
        true => Ending::Done,
        false => Ending::WithFindings,
    })
}

/// Why there is no verdict, if that is so; of several archives, why there is none on the first.
fn without_verdict(mut unchecked: Vec<(&PathBuf, Error)>) -> Option<Failure> {
    match unchecked.len() {
        0 => None,
        1 => unchecked.pop().map(|(_, error)| error.into()),
        _ => Some(Failure::Unchecked {
            archives: unchecked
                .iter()
                .map(|(archive, _)| archive.display().to_string())
                .collect(),
            source: Box::new(unchecked.swap_remove(0).1),
        }),
    }
}

#[allow(
    clippy::needless_update,
    reason = "the tests' build of the engine has one more field"
)]
fn policy(args: &CheckArgs) -> Policy {
    Policy {
        symlinks: args.policy.symlinks(),
        caps: args.policy.caps(),
        kind: match args.plain {
            true => ArchiveKind::Plain,
            false => ArchiveKind::Bundle,
        },
        ..Policy::default()
    }
}

fn lines(checked: &Checked) -> String {
    let Checked {
        archive, report, ..
    } = checked;
    let archive = printable(archive);
    let mut text = match checked.accepted {
        true => format!(
            "{archive}: accepted: {}, {} packed, {} unpacked\n",
            counted(report.files, "file"),
            Size(report.packed_size),
            Size(report.unpacked_size)
        ),
        false => format!("{archive}: refused\n"),
    };
    for violation in &report.violations {
        text.push_str(&format!("  {violation}\n"));
    }
    if report.untold > 0 {
        text.push_str(&format!("  and {} more of these\n", report.untold));
    }
    for warning in &report.warnings {
        text.push_str(&format!("  warning: {warning}\n"));
    }
    if report.signature == Signature::PresentNotChecked {
        text.push_str("  signature: present, not checked\n");
    }
    text
}
