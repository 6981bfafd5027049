//! Judges a store against a ledger, first as it lies there, then through its recovery, a second install and a gc.
//!
//! What it holds the store to: every acknowledged bundle is present and byte-exact; every visible bundle is whole, and so is
//! every directory with a receipt (I2); store and manifest open; verify finds nothing (I1, I3); another install succeeds;
//! nothing leaks after gc; a second heal changes nothing; what names mean is never lost once acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use linkstead_fs::lock::{self, LockMode};
use linkstead_store::format::{BundleRef, Receipt};
use linkstead_store::{GcOptions, OpenMode, OpenOptions, Silent, Store, VerifyOptions};
use walkdir::WalkDir;

use crate::deed::{self, Deed, Manner};
use crate::ledger::Ledger;
use crate::sample::Sample;

/// The bundle that every judged store must still be able to install.
pub const PROBE: Sample = Sample::new(11, 1);

/// A promise that was broken.
#[derive(Debug, Clone)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<linkstead_store::Error> for Violation {
    fn from(error: linkstead_store::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(source) = cause {
            text = format!("{text}: {source}");
            cause = source.source();
        }
        Violation(text)
    }
}

type Judged = Result<(), Violation>;

fn broken(what: impl Into<String>) -> Judged {
    Err(Violation(what.into()))
}

/// How much of the judgement is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    Full,
    /// What it takes to see that something is lost: up to the verify after recovery.
    UntilVerified,
}

/// Judges the store at `root`. It is recovered, installed into and collected on the way.
///
/// # Errors
/// The first promise that is broken.
pub fn judge(root: &Path, ledger: &Ledger, depth: Depth) -> Judged {
    during("as it lies there", || as_it_lies(root, ledger))?;
    during("after recovery", || recovered(root, ledger))?;
    if depth == Depth::Full {
        during("after another install", || reinstalled(root, ledger))?;
        let visible = visible(root)?;
        during("after gc", || collected(root, &visible, ledger))?;
        during("after a second heal", || healed_again(root))?;
    }
    Ok(())
}

fn during(when: &str, check: impl FnOnce() -> Judged) -> Judged {
    // A database that panics over its own file is a broken promise too, and must not end the run.
    let checked = panic::catch_unwind(AssertUnwindSafe(check));
    checked
        .unwrap_or_else(|_| broken("a panic"))
        .map_err(|Violation(what)| Violation(format!("{when}: {what}")))
}

/// Before anything is recovered: what a reader sees at this moment.
///
/// # Errors
/// The first promise that is broken.
pub fn as_it_lies(root: &Path, ledger: &Ledger) -> Judged {
    let store = match Store::open(root, &OpenOptions::new(OpenMode::ReadOnly)) {
        Ok(store) => store,
        Err(_) if ledger.installed().next().is_none() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    names(&store, ledger)?;
    directories_with_receipts(root, ledger)
}

/// A deed ended undisturbed: nothing of it lies around, whether or not a recovery would clear it.
///
/// # Errors
/// What does.
pub fn tidy(root: &Path, deed: Deed) -> Judged {
    let shelves: &[&str] = match deed {
        Deed::Gc => &["staging", "trash", "parked"],
        Deed::Install(..) | Deed::Remove(_) => &["staging"],
        _ => return Ok(()),
    };
    for shelf in shelves {
        let left = names_in(&root.join(shelf));
        if !left.is_empty() {
            return broken(format!("{deed:?} left in {shelf}: {left:?}"));
        }
    }
    let visible = visible(root)?;
    let directories: BTreeSet<PathBuf> = published(root).into_iter().collect();
    same("bundles", &visible.keys().cloned().collect(), &directories)
}

/// The promises about one name, which nobody touches at this moment; others may be busy with all else.
///
/// # Errors
/// The first promise that is broken.
pub fn own_name(root: &Path, name: &str, ledger: &Ledger) -> Judged {
    let store = match Store::open(root, &OpenOptions::new(OpenMode::ReadOnly)) {
        Ok(store) => store,
        Err(_) if ledger.installed().next().is_none() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for sample in ledger.installed() {
        let found = store.resolve(&sample.reference())?;
        if let Some(flaw) = sample.flaw_of(&found.path) {
            return broken(format!("{sample} is not whole: {flaw}"));
        }
    }
    for sample in ledger.unsure() {
        if let Ok(found) = store.resolve(&sample.reference())
            && let Some(flaw) = sample.flaw_of(&found.path)
        {
            return broken(format!("{sample} is visible and not whole: {flaw}"));
        }
    }
    let meant = resolve(&store, name)?;
    match ledger.current().first() {
        Some(current) if meant != Some(*current) => {
            broken(format!("{name} means {meant:?}, not {current}"))
        }
        _ => Ok(()),
    }
}

/// Every visible bundle is whole, while others install and remove: each is looked at under a lease.
///
/// # Errors
/// One that is not.
pub fn visible_are_whole(store: &Store) -> Judged {
    for listed in store.list()? {
        let label = format!("{}@{}", listed.name, listed.version);
        let Ok(sample) = label.parse::<Sample>() else {
            return broken(format!("{label} is visible and was never installed"));
        };
        let Ok(Some(_lease)) = lock::try_lock_dir(&listed.directory, LockMode::Shared) else {
            continue;
        };
        // Only a directory that the name still means is promised; one that was removed meanwhile is not ours to judge.
        let means = store.resolve(&sample.reference());
        if means.is_ok_and(|found| found.path == listed.directory)
            && let Some(flaw) = sample.flaw_of(&listed.directory)
        {
            return broken(format!("{sample} is visible and not whole: {flaw}"));
        }
    }
    Ok(())
}

fn recovered(root: &Path, ledger: &Ledger) -> Judged {
    let store = deed::open(root)?;
    names(&store, ledger)?;
    let report = store.verify(&VerifyOptions::default(), &Silent)?;
    // What was damaged by hand is found until an install, or a gc, mends it.
    match report.findings.first() {
        Some(finding) if !ledger.is_damaged() => broken(format!(
            "verify finds {} ({})",
            finding.defect,
            finding.path.display()
        )),
        _ => Ok(()),
    }
}

/// Every acknowledged bundle is there, every visible one is whole, and names mean what they must.
fn names(store: &Store, ledger: &Ledger) -> Judged {
    let mut seen = BTreeSet::new();
    for listed in store.list()? {
        let label = format!("{}@{}", listed.name, listed.version);
        let Ok(sample) = label.parse::<Sample>() else {
            return broken(format!("{label} is visible and was never installed"));
        };
        if !ledger.allows(sample) && sample != PROBE {
            return broken(format!("{sample} is visible after its removal"));
        }
        if let Some(problem) = listed.problem {
            return broken(format!("{sample}: {problem}"));
        }
        if ledger.vouches_for(sample)
            && let Some(flaw) = sample.flaw_of(&listed.directory)
        {
            return broken(format!("{sample} is visible and not whole: {flaw}"));
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

fn resolve(store: &Store, name: &str) -> Result<Option<Sample>, Violation> {
    let wanted = BundleRef::parse(name).expect("a plain name");
    match store.resolve(&wanted) {
        Ok(found) => Ok(format!("{}@{}", found.name, found.version).parse().ok()),
        Err(
            linkstead_store::Error::NotInstalled { .. } | linkstead_store::Error::NoCurrent { .. },
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// I2: whatever has a receipt and a name in `bundles/` is complete.
fn directories_with_receipts(root: &Path, ledger: &Ledger) -> Judged {
    for directory in published(root) {
        let Ok(bytes) = std::fs::read(directory.with_extension("json")) else {
            continue;
        };
        let receipt = match Receipt::decode(&bytes) {
            Ok(receipt) => receipt,
            Err(error) => return broken(format!("{}: receipt: {error}", directory.display())),
        };
        let sample = format!("{}@{}", receipt.name, receipt.version).parse::<Sample>();
        if let Ok(sample) = sample
            && ledger.vouches_for(sample)
            && let Some(flaw) = sample.flaw_of(&directory)
        {
            return broken(format!("{sample} has a receipt and is not whole: {flaw}"));
        }
    }
    Ok(())
}

/// What is under way can be done again, and something new can be installed.
fn reinstalled(root: &Path, ledger: &Ledger) -> Judged {
    let store = deed::open(root)?;
    let unvouched = ledger
        .installed()
        .filter(|sample| !ledger.vouches_for(*sample));
    for sample in ledger.unsure().chain(unvouched).chain([PROBE]) {
        let directory = deed::install(&store, sample, Manner::Linked)?;
        if let Some(flaw) = sample.flaw_of(&directory) {
            return broken(format!(
                "{sample} was just installed and is not whole: {flaw}"
            ));
        }
    }
    Ok(())
}

fn visible(root: &Path) -> Result<BTreeMap<PathBuf, Sample>, Violation> {
    let store = Store::open(root, &OpenOptions::new(OpenMode::ReadOnly))?;
    let of = |listed: linkstead_store::Listed| {
        let label = format!("{}@{}", listed.name, listed.version);
        Some((listed.directory, label.parse().ok()?))
    };
    Ok(store.list()?.into_iter().filter_map(of).collect())
}

/// Nothing is left that no bundle needs, and nothing is gone that one needs.
fn collected(root: &Path, visible: &BTreeMap<PathBuf, Sample>, ledger: &Ledger) -> Judged {
    gc(root)?;
    let store = deed::open(root)?;
    let report = store.verify(&VerifyOptions::default(), &Silent)?;
    if let Some(finding) = report.findings.first() {
        return broken(format!(
            "verify finds {} ({})",
            finding.defect,
            finding.path.display()
        ));
    }
    let needed: BTreeSet<PathBuf> = visible
        .values()
        .flat_map(|sample| sample.objects())
        .collect();
    same("objects", &needed, &files(root, "objects"))?;
    let trees = files(root, "trees").len();
    let wanted: BTreeSet<&Sample> = visible.values().collect();
    if trees != wanted.len() {
        return broken(format!("{trees} trees for {} bundles", wanted.len()));
    }
    let directories: BTreeSet<PathBuf> = published(root).into_iter().collect();
    same("bundles", &visible.keys().cloned().collect(), &directories)?;
    let receipts = visible.keys().map(|path| path.with_extension("json"));
    let found = files(root, "bundles")
        .into_iter()
        .map(|path| root.join(path));
    same(
        "receipts",
        &receipts.collect(),
        &found.filter(|path| is_receipt(root, path)).collect(),
    )?;
    for shelf in ["staging", "trash", "parked", "quarantine"] {
        let left = names_in(&root.join(shelf));
        let may_be = shelf == "quarantine" && ledger.keeps_damaged();
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

fn healed_again(root: &Path) -> Judged {
    let before = snapshot(root);
    gc(root)?;
    let after = snapshot(root);
    match before == after {
        true => Ok(()),
        false => {
            let changed: Vec<_> = after
                .iter()
                .filter(|(path, file)| before.get(*path) != Some(file))
                .map(|(path, _)| path)
                .chain(before.keys().filter(|path| !after.contains_key(*path)))
                .collect();
            broken(format!("it changes {changed:?}"))
        }
    }
}

fn gc(root: &Path) -> Judged {
    let store = deed::open(root)?;
    let options = GcOptions::default();
    store.gc(&options, &Silent)?.sweep()?;
    Ok(())
}

/// Every file with what tells it from another: inode, length and time. The manifest's own pages and locks aside.
fn snapshot(root: &Path) -> BTreeMap<PathBuf, (u64, u64, i64)> {
    WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_type().is_dir() && entry.file_name() != "manifest.redb")
        .filter_map(|entry| {
            let found = entry.metadata().ok()?;
            let path = entry.path().strip_prefix(root).ok()?.to_path_buf();
            Some((path, (found.ino(), found.len(), found.mtime())))
        })
        .filter(|(path, _)| !path.starts_with("locks"))
        .collect()
}

/// The directories of `bundles/`.
fn published(root: &Path) -> Vec<PathBuf> {
    WalkDir::new(root.join("bundles"))
        .min_depth(3)
        .max_depth(3)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

/// The files below a directory of the store, by their paths in the store.
fn files(root: &Path, below: &str) -> BTreeSet<PathBuf> {
    WalkDir::new(root.join(below))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| Some(entry.path().strip_prefix(root).ok()?.to_path_buf()))
        .collect()
}

fn names_in(directory: &Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name())
        .collect()
}
