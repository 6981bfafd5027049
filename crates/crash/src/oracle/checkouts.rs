//! The directory outside the store: old or new, whole, and nothing beside it.

use std::path::Path;

use linkstead_store::{OpenMode, OpenOptions, Standing, Store};

use super::{Judged, Violation, broken, shelves};
use crate::checking_out;
use crate::ledger::Ledger;
use crate::sample::Sample;

/// Before anything is recovered.
pub(super) fn as_they_lie(root: &Path, ledger: &Ledger) -> Judged {
    let is_half_swapped = !checking_out::path(root).exists() && ledger.may_be_half_swapped();
    match is_half_swapped {
        true => Ok(()),
        false => hold(root, ledger),
    }
}

/// What is at the path is whole, and may be there; what was acknowledged is.
fn hold(root: &Path, ledger: &Ledger) -> Judged {
    let path = checking_out::path(root);
    if !path.exists() {
        return match ledger.is_checked_out() {
            true => broken("nothing is at the path of a checkout that was acknowledged"),
            false => Ok(()),
        };
    }
    let (name, content) = checking_out::WRITTEN;
    let written = std::fs::read(path.join(name));
    if ledger.is_served() && !written.is_ok_and(|found| found == content) {
        return broken("what a server wrote into a checkout is lost");
    }
    let flaws: Vec<String> = ledger
        .may_be_checked_out()
        .filter_map(|sample| Some(format!("not {sample}: {}", sample.flaw_of(&path)?)))
        .collect();
    match flaws.len() < ledger.may_be_checked_out().count() {
        true => Ok(()),
        false => broken(format!("what is checked out is {}", flaws.join(", "))),
    }
}

/// The same after recovery: no intent is left, and the store knows what is there, unless it was told to forget it.
pub(super) fn settled(root: &Path, ledger: &Ledger) -> Judged {
    hold(root, ledger)?;
    let store = Store::open(root, &OpenOptions::new(OpenMode::ReadOnly))?;
    let mut all = store.checkouts()?.into_iter();
    if all.any(|checkout| checkout.standing == Standing::Unfinished) {
        return broken("a checkout that a crash left was not settled");
    }
    match (ledger.knows_checkout(), known(root)?) {
        (Some(true), None) => broken("the record of a checkout that was acknowledged is lost"),
        (Some(false), Some(sample)) => broken(format!("{sample} was forgotten and is known")),
        _ => Ok(()),
    }
}

/// A gc leaves no name beside the path.
pub(super) fn nothing_beside(root: &Path) -> Judged {
    let mut names = shelves::names_in(&checking_out::place(root));
    names.retain(|name| name != "tool");
    match names.is_empty() {
        true => Ok(()),
        false => broken(format!("left beside a checkout: {names:?}")),
    }
}

/// What the store knows to be at the path.
pub(super) fn known(root: &Path) -> Result<Option<Sample>, Violation> {
    let store = Store::open(root, &OpenOptions::new(OpenMode::ReadOnly))?;
    let checkouts = store.checkouts()?.into_iter();
    let here = checkouts.filter(|checkout| checkout.standing == Standing::Here);
    let mut samples = here.filter_map(|checkout| {
        format!("{}@{}", checkout.name, checkout.version)
            .parse()
            .ok()
    });
    Ok(samples.next())
}
