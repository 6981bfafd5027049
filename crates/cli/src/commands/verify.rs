//! `linkstead verify`: every defect with the bundles and paths that it hurts.

use linkstead_store::{Extra, Finding, OpenMode, VerifyOptions, VerifyReport};

use super::Ending;
use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// What `--json` has all of.
const SHOWN: usize = 20;

/// Checks the store and says what was found.
pub(crate) fn run(session: &Session) -> Result<Ending, Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = VerifyOptions {
        control: session.control.clone(),
    };
    let report = store.verify(&options, &*observer)?;
    drop(observer);
    session.format.show(&report, lines)?;
    if report.findings.is_empty() {
        return Ok(Ending::Done);
    }
    session.report("hint: installing the archive of a bundle again mends its files\n");
    Ok(Ending::WithFindings)
}

fn lines(report: &VerifyReport) -> String {
    let mut text: String = report.findings.iter().map(finding).collect();
    text.extend(report.extra.iter().map(extra));
    let findings = match report.findings.len() {
        0 => "nothing is wrong".to_owned(),
        count => counted(count as u64, "finding"),
    };
    text.push_str(&format!(
        "{} ({}), {}: {findings}\n",
        counted(report.objects, "object"),
        Size(report.bytes),
        counted(report.bundles, "bundle")
    ));
    text
}

fn finding(finding: &Finding) -> String {
    let path = printable(&finding.path.to_string_lossy());
    let mut text = format!("finding: {path}: {}\n", finding.defect);
    for harm in finding.harms.iter().take(SHOWN) {
        let bundle = printable(&harm.bundle);
        text.push_str(&match &*harm.path {
            "" => format!("  hurts {bundle}\n"),
            path => format!("  hurts {bundle}: {}\n", printable(path)),
        });
    }
    text.push_str(&rest(finding.harms.len()));
    text
}

fn extra(extra: &Extra) -> String {
    let bundle = printable(&extra.bundle);
    let paths = extra.paths.iter().take(SHOWN);
    let mut text: String = paths
        .map(|path| format!("extra: {bundle}: {}\n", printable(path)))
        .collect();
    text.push_str(&rest(extra.paths.len()));
    text
}

fn rest(count: usize) -> String {
    match count.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("  and {more} more\n"),
    }
}
