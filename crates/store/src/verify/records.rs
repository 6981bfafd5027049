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
    let suspects = Suspects::among(store, &before, named)?;
    if suspects.are_none() {
        return Ok(Vec::new());
    }
    let after = read(store, options, observer)?.unwrap_or_default();
    suspects.that_stay(store, &after)
}

/// What looked wrong once. A remove or an install may have been under way.
struct Suspects<'a> {
    without_directory: Vec<(&'a BundleKey, &'a BundleRow)>,
    without_record: Vec<&'a Resolvable>,
}

impl<'a> Suspects<'a> {
    fn among(store: &Store, records: &'a Records, named: &'a [Resolvable]) -> Result<Self> {
        let without_directory = records
            .iter()
            .filter(|(key, _)| matches!(stat::stat(&path_of(store, key)), Ok(None)))
            .collect();
        let mut without_record = Vec::new();
        for at in named {
            if !records.contains_key(&at.key()) && is_still_named(store, at)? {
                without_record.push(at);
            }
        }
        Ok(Suspects {
            without_directory,
            without_record,
        })
    }

    fn are_none(&self) -> bool {
        self.without_directory.is_empty() && self.without_record.is_empty()
    }

    /// A remove takes the record away before the directory, an install records before it writes the ref (I4): so the same record
    /// that is still there lost its directory, and a ref that was seen before its record was missed has none.
    fn that_stay(self, store: &Store, records: &Records) -> Result<Vec<Finding>> {
        let mut findings: Vec<Finding> = self
            .without_directory
            .into_iter()
            .filter(|(key, row)| records.get(key) == Some(row))
            .map(|(key, _)| finding(store, key, Defect::RecordWithoutDirectory))
            .collect();
        for at in self.without_record {
            if !records.contains_key(&at.key()) && is_still_named(store, at)? {
                findings.push(finding(store, &at.key(), Defect::RefWithoutRecord));
            }
        }
        Ok(findings)
    }
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

#[cfg(test)]
mod tests {
    use linkstead_format::{BundleName, DirectoryId, DirectoryName, TreeId, Version};

    use super::*;
    use crate::options::{OpenMode, OpenOptions};

    fn record(sequence: u64) -> Records {
        let key = BundleKey {
            name: BundleName::parse("time").unwrap(),
            version: Version::parse("1.0.0").unwrap(),
            directory: DirectoryName::parse("0123456789abcdef").unwrap(),
        };
        let row = BundleRow {
            sequence,
            tree: TreeId::of(b"t"),
            directory: DirectoryId::of(b"d"),
        };
        Records::from([(key, row)])
    }

    // Seen to fail when `that_stay` believes the records that were read before it looked for the directories.
    #[test]
    fn a_record_counts_as_lost_only_if_it_is_still_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let mode = OpenOptions::new(OpenMode::ReadWriteOrCreate);
        let store = Store::open(directory.path().join("store"), &mode).unwrap();
        let before = record(7);
        for (after, count) in [
            (Records::new(), 0), // removed meanwhile
            (record(8), 0),      // removed and installed again
            (record(7), 1),
        ] {
            let suspects = Suspects::among(&store, &before, &[]).unwrap();
            let findings = suspects.that_stay(&store, &after).unwrap();
            assert_eq!(findings.len(), count, "{after:?}");
        }
    }
}
