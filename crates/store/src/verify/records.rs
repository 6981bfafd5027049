//! Checking the manifest against what is there: records without a directory, refs without a record, and what has neither (I3).

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use linkstead_format::{BundleKey, BundleRow};
use linkstead_fs::stat;

use super::VerifyReport;
use super::finding::{Defect, Finding};
use super::hurt::Hurt;
use super::named::{self, is_still_named};
use super::orphans::{self, Listed};
use crate::error::{Error, Result};
use crate::manifest::Reader;
use crate::observe::Observer;
use crate::options::VerifyOptions;
use crate::store::Store;

type Records = HashMap<BundleKey, BundleRow>;

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    named: &[BundleKey],
    report: &mut VerifyReport,
) -> Result<()> {
    let listed = orphans::list(store, &mut report.findings)?;
    if !store.is_writable() {
        // Opening the database may write; a reader does without.
        return Ok(());
    }
    match compare(store, options, observer, named, listed) {
        Ok(compared) => {
            report.findings.extend(compared.findings);
            report.leftovers.extend(compared.leftovers);
        }
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

/// What the records and the directories say of each other.
#[derive(Default)]
struct Compared {
    findings: Vec<Finding>,
    leftovers: Vec<Finding>,
}

fn compare(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    named: &[BundleKey],
    listed: Listed,
) -> Result<Compared> {
    let before = read(store, options, observer)?;
    let strangers = listed.without(&known(store, before.as_ref())?);
    let strangers = Some(strangers)
        .filter(|strangers| !strangers.is_empty())
        .filter(|_| matches!(orphans::is_somebody_at_work(store), Ok(false)));
    let suspects = match &before {
        Some(before) => Suspects::among(store, before, named)?,
        None => Suspects::default(),
    };
    if suspects.are_none() && strangers.is_none() {
        return Ok(Compared::default());
    }
    let after = read(store, options, observer)?;
    let mut compared = Compared::default();
    if let Some(strangers) = strangers {
        let strangers = strangers.without(&known(store, after.as_ref())?);
        if !orphans::is_somebody_at_work(store)? {
            compared.take_in(strangers.findings()?);
        }
    }
    compared.take_in(suspects.that_stay(store, &after.unwrap_or_default())?);
    Ok(compared)
}

impl Compared {
    fn take_in(&mut self, found: Vec<Finding>) {
        for finding in found {
            match finding.defect.is_leftover() {
                true => self.leftovers.push(finding),
                false => self.findings.push(finding),
            }
        }
    }
}

impl Store {
    /// What lies in `bundles/` and belongs to nothing by now, whoever holds it or is at work.
    pub(crate) fn strangers(
        &self,
        options: &VerifyOptions,
        observer: &dyn Observer,
    ) -> Result<HashSet<PathBuf>> {
        let listed = orphans::list(self, &mut Vec::new())?;
        let records = match read(self, options, observer) {
            // Without it nothing is known to be recorded.
            Err(Error::Manifest { .. }) => None,
            records => records?,
        };
        Ok(listed.without(&known(self, records.as_ref())?).into_paths())
    }
}

/// The directories that are recorded, or that a ref or a pin names.
fn known(store: &Store, records: Option<&Records>) -> Result<HashSet<PathBuf>> {
    let recorded = records.into_iter().flat_map(HashMap::keys);
    let mut known: HashSet<PathBuf> = recorded.map(|key| path_of(store, key)).collect();
    let named = named::all(store)?;
    known.extend(named.iter().map(|at| store.path(at.published())));
    Ok(known)
}

/// What looked wrong once. A remove or an install may have been under way.
#[derive(Default)]
struct Suspects<'a> {
    without_directory: Vec<(&'a BundleKey, &'a BundleRow)>,
    without_record: Vec<&'a BundleKey>,
}

impl<'a> Suspects<'a> {
    fn among(store: &Store, records: &'a Records, named: &'a [BundleKey]) -> Result<Self> {
        // A name whose directory is gone is told as that.
        let is_named: HashSet<BundleKey> = named.iter().cloned().collect();
        let without_directory = records
            .iter()
            .filter(|(key, _)| !is_named.contains(key))
            .filter(|(key, _)| matches!(stat::stat(&path_of(store, key)), Ok(None)))
            .collect();
        let mut without_record = Vec::new();
        for at in named {
            if !records.contains_key(at) && is_still_named(store, at)? {
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
            if !records.contains_key(at) && is_still_named(store, at)? {
                findings.push(finding(store, at, Defect::RefWithoutRecord));
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
    Finding::new(defect, path_of(store, key)).harming(Hurt::bundle(&bundle), "")
}

fn path_of(store: &Store, key: &BundleKey) -> PathBuf {
    store.path(key.published())
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
