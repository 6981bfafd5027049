//! Checking the manifest against what is there: records without a directory, and refs without a record (I3).

use std::collections::HashMap;

use linkstead_format::{BundleKey, BundleRow, paths};
use linkstead_fs::stat;

use super::VerifyReport;
use super::bundles::is_still_named;
use super::finding::{Defect, Finding};
use crate::error::{Error, Result};
use crate::manifest::Reader;
use crate::observe::Observer;
use crate::options::VerifyOptions;
use crate::refs::Resolvable;
use crate::store::Store;

type Records = HashMap<BundleKey, BundleRow>;

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    named: &[Resolvable],
    report: &mut VerifyReport,
) -> Result<()> {
    if !store.is_writable() {
        // Opening the database may write; a reader does without.
        return Ok(());
    }
    match compare(store, options, observer, named) {
        Ok(findings) => report.findings.extend(findings),
        Err(Error::Manifest { path, source }) => {
            let problem = source.to_string();
            report
                .findings
                .push(Finding::new(Defect::UnreadableManifest { problem }, path));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn compare(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    named: &[Resolvable],
) -> Result<Vec<Finding>> {
    let Some(before) = read(store, options, observer)? else {
        return Ok(Vec::new());
    };
    let mut without_directory = Vec::new();
    for (key, row) in &before {
        if matches!(stat::stat(&path_of(store, key)), Ok(None)) {
            without_directory.push((key, row));
        }
    }
    let mut without_record = Vec::new();
    for at in named {
        if !before.contains_key(&at.key()) && is_still_named(store, at)? {
            without_record.push(at);
        }
    }
    if without_directory.is_empty() && without_record.is_empty() {
        return Ok(Vec::new());
    }
    // A remove takes the record away before the directory, an install records before it writes the ref (I4): so the same
    // record that is still there lost its directory, and a ref that was seen before the record was missed had none.
    let after = read(store, options, observer)?.unwrap_or_default();
    let lost = without_directory
        .into_iter()
        .filter(|(key, row)| after.get(key) == Some(row))
        .map(|(key, _)| finding(store, key, Defect::RecordWithoutDirectory));
    let mut findings: Vec<Finding> = lost.collect();
    for at in without_record {
        if !after.contains_key(&at.key()) && is_still_named(store, at)? {
            findings.push(finding(store, &at.key(), Defect::RefWithoutRecord));
        }
    }
    Ok(findings)
}

/// All records; the manifest is closed again.
fn read(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
) -> Result<Option<Records>> {
    let locks = store.locks(&options.control, observer);
    let Some(manifest) = Reader::open(store.root(), &locks)? else {
        return Ok(None);
    };
    let records = manifest.records()?;
    let by_key = records.into_iter().map(|record| (record.key, record.row));
    Ok(Some(by_key.collect()))
}

fn finding(store: &Store, key: &BundleKey, defect: Defect) -> Finding {
    let bundle = format!("{}@{}", key.name, key.version);
    Finding::new(defect, path_of(store, key)).harming(&bundle, "")
}

fn path_of(store: &Store, key: &BundleKey) -> std::path::PathBuf {
    store.path(paths::published(&key.name, &key.version, &key.directory))
}
