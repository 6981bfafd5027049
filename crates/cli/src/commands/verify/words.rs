//! What verify and repair say on a terminal.

use linkstead_store::{
    Extra, Finding, Harm, Hurt, Remedy, RepairReport, Unshared, VerifyDepth, VerifyReport,
};

use super::check_out;
use crate::notice::counted;
use crate::size::Size;
use crate::table::printable;

/// What `--json` has all of.
const SHOWN: usize = 20;

/// What a verify found.
pub(super) fn verified(report: &VerifyReport, depth: VerifyDepth) -> String {
    let mut text: String = report
        .findings
        .iter()
        .map(|found| finding("finding", found) + &remedy(found))
        .collect();
    text.push_str(&harmless(report));
    let count = match report.findings.len() {
        0 => "nothing is wrong".to_owned(),
        count => counted(count as u64, "finding"),
    };
    let read = match depth {
        VerifyDepth::Quick => String::new(),
        _ => format!(" ({})", Size(report.bytes)),
    };
    text.push_str(&format!(
        "{}{read}, {}{}: {count}\n",
        counted(report.objects, "object"),
        counted(report.bundles, "bundle"),
        match report.checkouts {
            0 => String::new(),
            checkouts => format!(", {}", counted(checkouts, "checkout")),
        }
    ));
    if depth == VerifyDepth::Quick {
        text.push_str(&format!(
            "not read: {} of content; what was altered with its time put back is not seen\n",
            Size(report.unread_bytes)
        ));
    }
    text
}

/// What a repair did and left.
pub(super) fn repaired(report: &RepairReport) -> String {
    let healed = report.healed.iter();
    let mut text: String = healed.map(|found| finding("healed", found)).collect();
    for path in &report.quarantined {
        let path = printable(&path.to_string_lossy());
        text.push_str(&format!("kept: {path}\n"));
    }
    text.push_str(&verified(&report.remaining, VerifyDepth::Full));
    let mut done = vec![format!(
        "{} healed",
        counted(report.healed.len() as u64, "finding")
    )];
    if report.shared_files > 0 {
        done.push(format!(
            "{} shared again ({})",
            counted(report.shared_files, "file"),
            Size(report.shared_bytes)
        ));
    }
    if !report.quarantined.is_empty() {
        let count = counted(report.quarantined.len() as u64, "file");
        done.push(format!("{count} in quarantine"));
    }
    text.push_str(&format!("{}\n", done.join(", ")));
    text
}

/// Which bundles only their archives can mend.
pub(super) fn reinstall(bundles: &[String]) -> String {
    let mut text = format!(
        "hint: to mend {}, install {} again, or repair from the archives with --from:\n",
        counted(bundles.len() as u64, "bundle"),
        if bundles.len() == 1 { "it" } else { "them" }
    );
    for bundle in bundles {
        text.push_str(&format!("  {}\n", printable(bundle)));
    }
    text
}

fn finding(label: &str, finding: &Finding) -> String {
    let path = printable(&finding.path.to_string_lossy());
    let mut text = format!("{label}: {path}: {}\n", finding.defect);
    for Harm { hurt, path, .. } in finding.harms.iter().take(SHOWN) {
        let hurt = whose(hurt);
        text.push_str(&match &**path {
            "" => format!("  hurts {hurt}\n"),
            path => format!("  hurts {hurt}: {}\n", printable(path)),
        });
    }
    text.push_str(&rest(finding.harms.len()));
    text
}

fn whose(hurt: &Hurt) -> String {
    printable(&hurt.to_string())
}

fn remedy(finding: &Finding) -> String {
    let advice = match finding.remedy {
        Remedy::Repair => "linkstead verify --repair mends it",
        Remedy::Archive => "its content is nowhere else: repair --from the archive, or install it",
        Remedy::Reinstall => "installing the bundle again mends it",
        Remedy::CheckOut => return check_out::advice(finding),
        Remedy::Read => "only a verify without --quick can tell",
        Remedy::ByHand => "look at it: move it away, or give it back its content or its mode",
        _ => return String::new(),
    };
    format!("  {advice}\n")
}

/// What is told and is no damage.
fn harmless(report: &VerifyReport) -> String {
    let mut text: String = report
        .leftovers
        .iter()
        .map(|left| finding("left over", left) + "  linkstead gc takes it back\n")
        .collect();
    text.extend(report.unshared.iter().map(unshared));
    text.extend(report.extra.iter().map(extra));
    text
}

fn unshared(unshared: &Unshared) -> String {
    format!(
        "less shared: {}: {} ({}); linkstead verify --repair shares them again\n",
        printable(&unshared.bundle),
        counted(unshared.files, "file"),
        Size(unshared.bytes)
    )
}

fn extra(extra: &Extra) -> String {
    let of = whose(&extra.of);
    let paths = extra.paths.iter().take(SHOWN);
    let mut text: String = paths
        .map(|path| format!("extra: {of}: {}\n", printable(path)))
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
