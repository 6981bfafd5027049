//! What can be done about what is lacking: content that is damaged in one place may be whole in another.

use linkstead_format::BundleKey;

use super::VerifyReport;
use super::copies::Copies;
use super::finding::Remedy;
use crate::error::Result;
use crate::options::VerifyDepth;
use crate::store::Store;

/// Says it with the findings, once everybody whom they hurt is known.
pub(super) fn say(
    store: &Store,
    bundles: &[BundleKey],
    depth: VerifyDepth,
    report: &mut VerifyReport,
) -> Result<()> {
    let lacking = report.findings.iter().filter_map(|finding| finding.lacks);
    let copies = Copies::find(store, bundles, lacking)?;
    for finding in &mut report.findings {
        let Some(id) = finding.lacks else { continue };
        let is_unneeded = finding.defect.object().is_some() && finding.harms.is_empty();
        let has_copy = match depth {
            VerifyDepth::Full => copies.has(&id)?,
            VerifyDepth::Quick => copies.looks_there(&id),
        };
        if is_unneeded || has_copy {
            finding.remedy = Remedy::Repair;
        }
    }
    Ok(())
}
