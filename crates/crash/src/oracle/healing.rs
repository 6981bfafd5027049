//! Recovery, another install and a second heal.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_store::{
    Event, Notice, Observer, OpenMode, OpenOptions, Silent, Store, VerifyOptions,
};
use walkdir::WalkDir;

use super::{Judged, PROBE, Violation, broken, checkouts, lying};
use crate::deed::{self, Manner};
use crate::ledger::{Ledger, Vouched};

pub(super) fn recovered(root: &Path, ledger: &Ledger) -> Judged {
    let store = open_watched(root, ledger)?;
    lying::names(&store, ledger)?;
    checkouts::settled(root, ledger)?;
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

/// Opens the store as a writer does, which recovers it. I3: no crash makes a rebuild of the manifest necessary.
fn open_watched(root: &Path, ledger: &Ledger) -> Result<Store, Violation> {
    let rebuilds = Rebuilds::default();
    let mut options = OpenOptions::new(OpenMode::ReadWriteOrCreate);
    options.threads = 1;
    let store = Store::open_observed(root, &options, &rebuilds)?;
    if rebuilds.0.into_inner() && !ledger.loses_manifest() {
        return Err(Violation("the manifest had to be rebuilt".into()));
    }
    Ok(store)
}

/// Whether a manifest was rebuilt.
#[derive(Default)]
struct Rebuilds(AtomicBool);

impl Observer for Rebuilds {
    fn event(&self, event: &Event) {
        if let Event::Notice {
            notice: Notice::ManifestRebuilt { .. },
        } = event
        {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// What is under way can be done again, and something new can be installed.
pub(super) fn reinstalled(root: &Path, ledger: &Ledger) -> Judged {
    let store = deed::open(root)?;
    let unvouched = ledger
        .installed()
        .filter(|sample| ledger.vouches_for(*sample) != Vouched::Whole);
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

pub(super) fn healed_again(root: &Path) -> Judged {
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

pub(super) fn gc(root: &Path) -> Judged {
    let store = deed::open(root)?;
    let options = deed::collection();
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
