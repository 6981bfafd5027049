//! A store as it lies there, before anything is recovered: what a reader sees at this moment.

use std::collections::BTreeSet;
use std::path::Path;

use linkstead_store::Store;
use linkstead_store::format::{Receipt, Ref, Target, paths};

use super::{Judged, PROBE, broken, checkouts, leaks, open_to_read, pins_hold, resolve, shelves};
use crate::ledger::{Ledger, Vouched};
use crate::sample::Sample;

/// Before anything is recovered: what a reader sees at this moment.
///
/// # Errors
/// The first promise that is broken.
pub fn as_it_lies(root: &Path, ledger: &Ledger) -> Judged {
    let Some(store) = open_to_read(root, ledger)? else {
        return Ok(());
    };
    names(&store, ledger)?;
    checkouts::as_they_lie(root, ledger)?;
    refs_imply_a_manifest(root, ledger)?;
    current_implies_a_version(root)?;
    directories_and_receipts(root, ledger)?;
    keepsakes(root, ledger)?;
    match ledger.is_collected() && !ledger.is_damaged() {
        true => leaks::nothing_unneeded(root, &shelves::visible(root)?),
        false => Ok(()),
    }
}

/// Every acknowledged bundle is there, every visible one is whole, and names mean what they must.
pub(super) fn names(store: &Store, ledger: &Ledger) -> Judged {
    pins_hold(store, ledger, |_| true)?;
    let mut seen = BTreeSet::new();
    for listed in store.list()? {
        let label = format!("{}@{}", listed.name, listed.version);
        let Ok(sample) = label.parse::<Sample>() else {
            return broken(format!("{label} is visible and was never installed"));
        };
        if !ledger.allows(sample) && sample != PROBE {
            return broken(format!("{sample} is visible after its removal"));
        }
        if let Some(problem) = listed.problem
            && ledger.vouches_for(sample) != Vouched::Nothing
        {
            return broken(format!("{sample}: {problem}"));
        }
        if let Some(flaw) = sample.flaw_as_vouched(&listed.directory, ledger.vouches_for(sample)) {
            return broken(format!("{sample} is visible and not whole: {flaw}"));
        }
        if ledger.has_host_file(sample) && !Sample::has_host_file(&listed.directory) {
            return broken(format!("{sample} has lost the host's file"));
        }
        seen.insert(sample);
    }
    if let Some(lost) = ledger.installed().find(|sample| !seen.contains(sample)) {
        return broken(format!("{lost} was acknowledged and is lost"));
    }
    for sample in ledger.current() {
        let found = resolve(store, sample.name())?;
        if found != Some(sample) {
            return broken(format!("{} means {found:?}, not {sample}", sample.name()));
        }
    }
    for name in ledger.names_with_some_current() {
        if resolve(store, &name)?.is_none() {
            return broken(format!("{name} was acknowledged and means nothing now"));
        }
    }
    Ok(())
}

/// I3: a ref implies a record, so where there are refs the manifest was made durable before.
fn refs_imply_a_manifest(root: &Path, ledger: &Ledger) -> Judged {
    let has_refs = shelves::files(root, "refs").iter().next().is_some();
    if has_refs && !root.join("manifest.redb").exists() && !ledger.loses_manifest() {
        return broken("there are refs, and no manifest");
    }
    Ok(())
}

/// The name alone means a version that is there by itself too.
fn current_implies_a_version(root: &Path) -> Judged {
    for file in shelves::files(root, "refs") {
        if !file.ends_with("current.json") {
            continue;
        }
        let content = std::fs::read(root.join(&file)).unwrap_or_default();
        let Ok(current) = Ref::decode(&content) else {
            return broken(format!("{} is no ref", file.display()));
        };
        let version = paths::version_ref(&current.name, &current.version);
        if current.directory != Target::None && !root.join(version).exists() {
            let (name, version) = (current.name, current.version);
            return broken(format!(
                "{name} means {version}, and {name}@{version} nothing"
            ));
        }
    }
    Ok(())
}

/// I2: whatever has a receipt and a name in `bundles/` is complete. I4: the receipt is durable before the directory has its name,
/// and goes only when the directory is durably gone.
fn directories_and_receipts(root: &Path, ledger: &Ledger) -> Judged {
    for directory in shelves::published(root) {
        let Ok(bytes) = std::fs::read(directory.with_extension("json")) else {
            if ledger.removes_in_place() {
                continue;
            }
            return broken(format!("{} has no receipt", directory.display()));
        };
        let receipt = match Receipt::decode(&bytes) {
            Ok(receipt) => receipt,
            Err(error) => return broken(format!("{}: receipt: {error}", directory.display())),
        };
        let sample = format!("{}@{}", receipt.name, receipt.version).parse::<Sample>();
        if let Ok(sample) = sample
            && let Some(flaw) = sample.flaw_as_vouched(&directory, ledger.vouches_for(sample))
        {
            return broken(format!("{sample} has a receipt and is not whole: {flaw}"));
        }
    }
    Ok(())
}

/// What was damaged and is kept for people to look at is there for good.
fn keepsakes(root: &Path, ledger: &Ledger) -> Judged {
    let places = ledger.keeping_places().iter();
    let kept: Vec<Vec<u8>> = places
        .flat_map(|place| shelves::files(root, place))
        .filter_map(|file| std::fs::read(root.join(file)).ok())
        .collect();
    match ledger.kept().iter().find(|content| !kept.contains(content)) {
        Some(lost) => broken(format!("{} bytes were to be kept and are lost", lost.len())),
        None => Ok(()),
    }
}
