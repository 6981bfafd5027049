//! `linkstead check`: the verdict on archives, without a store.

use linkstead_store::archive::{ArchiveKind, CheckReport, Policy};
use linkstead_store::check_archive;
use linkstead_store::format::Signature;
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

/// Checks the archives one by one and prints all verdicts.
pub(crate) fn run(args: &CheckArgs, session: &Session) -> Result<Ending, Failure> {
    let policy = policy(args);
    let mut checked = Vec::new();
    for archive in &args.archives {
        let report = check_archive(archive, &policy)?;
        checked.push(Checked {
            archive: archive.display().to_string(),
            accepted: report.is_accepted(),
            report,
        });
    }
    session
        .format
        .show(&checked, |all| all.iter().map(lines).collect())?;
    Ok(match checked.iter().all(|one| one.accepted) {
        true => Ending::Done,
        false => Ending::WithFindings,
    })
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
