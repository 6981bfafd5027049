//! Re-hashing the trees that no bundle names. Those of bundles were read with them.

use std::collections::HashSet;

use linkstead_format::{TreeId, paths};
use linkstead_fs::stat;

use super::VerifyReport;
use super::finding::{Defect, Finding, Remedy};
use super::listing;
use crate::error::Result;
use crate::options::VerifyOptions;
use crate::store::Store;
use crate::stored::read_tree;
use crate::unreadable;

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    checked: &HashSet<TreeId>,
    report: &mut VerifyReport,
) -> Result<()> {
    for shelved in listing::list(store, paths::TREES, &mut report.findings)? {
        options.control.check()?;
        let defect = match paths::parse_tree_file(&shelved.shelf, &shelved.name) {
            None => Some(Defect::ForeignFile),
            Some(id) if checked.contains(&id) => None,
            Some(id) => problem_of(store, &id)?.map(|problem| Defect::UnreadableTree { problem }),
        };
        // A gc may have taken it meanwhile.
        if let Some(defect) = defect
            && !matches!(stat::stat(&shelved.path), Ok(None))
        {
            let mut finding = Finding::new(defect, shelved.path);
            // No bundle needs it, so it can be put aside.
            finding.remedy = Remedy::Repair;
            report.findings.push(finding);
        }
    }
    Ok(())
}

/// What is wrong with a tree; `None` if its content is what its name says.
fn problem_of(store: &Store, id: &TreeId) -> Result<Option<String>> {
    match read_tree(store, id) {
        Ok(Some(_)) => Ok(None),
        Ok(None) => Ok(Some(MISSING_OR_ALTERED.into())),
        Err(error) => unreadable::problem_of(error).map(Some),
    }
}

/// What is wrong with a tree that cannot be had.
pub(super) const MISSING_OR_ALTERED: &str = "it is missing, altered, or cannot be read";
