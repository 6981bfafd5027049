//! Nothing is left that no bundle needs, and nothing is gone that one needs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use linkstead_store::{Defect, Finding, Silent, VerifyOptions};

use super::shelves::{self, Visible};
use super::{Judged, broken, checkouts, healing};
use crate::deed::{self, Deed, Manner};
use crate::ledger::Ledger;
use crate::sample::Sample;

/// A deed ended undisturbed: nothing of it lies around, whether or not a recovery would clear it.
///
/// # Errors
/// What does.
pub fn tidy(root: &Path, deed: Deed) -> Judged {
    let swept: &[&str] = match deed {
        Deed::Gc | Deed::GcKeepingOne => &["staging", "trash", "parked"],
        // Beside one, what the dead left stays for the next.
        Deed::Install(_, Manner::BesideBystander) => &[],
        Deed::Install(..)
        | Deed::Remove(_)
        | Deed::Use(_)
        | Deed::Pin(_)
        | Deed::Unpin(_)
        | Deed::CheckOut(_)
        | Deed::ForgetCheckout => &["staging"],
        _ => return Ok(()),
    };
    for shelf in swept {
        let left = shelves::names_in(&root.join(shelf));
        if !left.is_empty() {
            return broken(format!("{deed:?} left in {shelf}: {left:?}"));
        }
    }
    checkouts::nothing_beside(root)?;
    let visible = shelves::visible(root)?;
    let directories: BTreeSet<PathBuf> = shelves::published(root).into_iter().collect();
    same("bundles", &visible.keys().cloned().collect(), &directories)
}

/// Nothing is left that no bundle needs, and nothing is gone that one needs.
pub(super) fn collected(root: &Path, visible: &Visible, ledger: &Ledger) -> Judged {
    healing::gc(root)?;
    let store = deed::open(root)?;
    let report = store.verify(&VerifyOptions::default(), &Silent)?;
    let is_stray = |finding: &&Finding| finding.defect == Defect::ForeignFile;
    let findings = report.findings.iter();
    let mut findings = findings.filter(|found| !(ledger.may_have_stray() && is_stray(found)));
    if let Some(finding) = findings.next() {
        return broken(format!(
            "verify finds {} ({})",
            finding.defect,
            finding.path.display()
        ));
    }
    if !ledger.may_have_stray() {
        nothing_unneeded(root, visible)?;
    }
    checkouts::settled(root, ledger)?;
    checkouts::nothing_beside(root)?;
    for shelf in ["staging", "trash", "parked", "quarantine"] {
        let left = shelves::names_in(&root.join(shelf));
        let may_be = shelf == "quarantine" && ledger.may_keep();
        if !left.is_empty() && !may_be {
            return broken(format!("left in {shelf}: {left:?}"));
        }
    }
    for (directory, sample) in visible {
        if let Some(flaw) = sample.flaw_of(directory) {
            return broken(format!("{sample}: {flaw}"));
        }
    }
    Ok(())
}

/// Objects, trees, directories and receipts are those of the visible bundles.
pub(super) fn nothing_unneeded(root: &Path, visible: &Visible) -> Judged {
    let checked_out = checkouts::known(root)?;
    let wanted: BTreeSet<&Sample> = visible.values().chain(&checked_out).collect();
    let needed: BTreeSet<PathBuf> = wanted.iter().flat_map(|sample| sample.objects()).collect();
    same("objects", &needed, &shelves::files(root, "objects"))?;
    let trees = shelves::files(root, "trees").len();
    if trees != wanted.len() {
        return broken(format!(
            "{trees} trees for {} bundles and checkouts",
            wanted.len()
        ));
    }
    let directories: BTreeSet<PathBuf> = shelves::published(root).into_iter().collect();
    same("bundles", &visible.keys().cloned().collect(), &directories)?;
    let receipts = visible.keys().map(|path| path.with_extension("json"));
    let found = shelves::files(root, "bundles")
        .into_iter()
        .map(|path| root.join(path));
    same(
        "receipts",
        &receipts.collect(),
        &found.filter(|path| is_receipt(root, path)).collect(),
    )?;
    Ok(())
}

fn is_receipt(root: &Path, path: &Path) -> bool {
    let depth = path
        .strip_prefix(root)
        .map_or(0, |path| path.components().count());
    depth == 4
        && path
            .extension()
            .is_some_and(|extension| extension == "json")
}

fn same(what: &str, wanted: &BTreeSet<PathBuf>, found: &BTreeSet<PathBuf>) -> Judged {
    if let Some(leaked) = found.difference(wanted).next() {
        return broken(format!("{what}: {} leaks", leaked.display()));
    }
    match wanted.difference(found).next() {
        Some(gone) => broken(format!("{what}: {} is gone", gone.display())),
        None => Ok(()),
    }
}
