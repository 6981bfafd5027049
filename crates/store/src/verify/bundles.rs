//! Checking every installed bundle: ref, receipt, tree, record, and each file of its directory.

use std::collections::{HashMap, HashSet};

use linkstead_format::{BundleKey, ExecClass, ObjectKey, Tree, TreeKind, paths};
use linkstead_fs::stat;

use super::finding::{Defect, Finding, Harm};
use super::objects::Hashed;
use super::{Extra, VerifyReport};
use crate::error::{Error, Result};
use crate::install::read_tree;
use crate::manifest::Reader;
use crate::observe::{Meter, Observer, Phase, Unit};
use crate::options::VerifyOptions;
use crate::published;
use crate::refs::{self, Resolvable};
use crate::store::Store;
use crate::walk::{self, Depth, PrivateFiles};

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    hashed: &Hashed,
    report: &mut VerifyReport,
) -> Result<()> {
    let all = refs::all(store.root())?;
    for unreadable in &all.unreadable {
        report.findings.push(Finding::new(
            Defect::UnreadableRef {
                problem: unreadable.problem.clone(),
            },
            unreadable.path.clone(),
        ));
    }
    let mut harms: HashMap<ObjectKey, Vec<Harm>> = HashMap::new();
    let named = all.directories();
    for at in &named {
        let before = report.findings.len();
        let extra_before = report.extra.len();
        let mut check = Check {
            store,
            options,
            observer,
            hashed,
            label: format!("{}@{}", at.name, at.version),
            report,
            harms: &mut harms,
        };
        check.bundle(at)?;
        report.bundles += 1;
        if report.findings.len() > before && !is_still_named(store, at)? {
            // It was removed while we looked.
            report.findings.truncate(before);
            report.extra.truncate(extra_before);
        }
    }
    records(store, options, observer, &named, report)?;
    for finding in &mut report.findings {
        if let Some(key) = finding.defect.object()
            && let Some(harmed) = harms.remove(&key)
        {
            finding.harms = harmed;
        }
    }
    Ok(())
}

fn is_still_named(store: &Store, at: &Resolvable) -> Result<bool> {
    let named = refs::all(store.root())?.directories();
    Ok(named.contains(at))
}

struct Check<'a> {
    store: &'a Store,
    options: &'a VerifyOptions,
    observer: &'a dyn Observer,
    hashed: &'a Hashed,
    label: String,
    report: &'a mut VerifyReport,
    harms: &'a mut HashMap<ObjectKey, Vec<Harm>>,
}

impl Check<'_> {
    fn bundle(&mut self, at: &Resolvable) -> Result<()> {
        let root = self.store.root();
        let directory = at.path(root);
        let receipt_path = root.join(paths::receipt(&at.name, &at.version, &at.directory));
        let receipt = match published::read_receipt(root, &at.name, &at.version, &at.directory) {
            Ok(Some(receipt)) => receipt,
            Ok(None) => {
                self.unreadable_receipt(receipt_path, "it is missing".into());
                return Ok(());
            }
            Err(Error::Unreadable { source, .. }) => {
                self.unreadable_receipt(receipt_path, source.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let tree_path = self.store.path(paths::tree_file(&receipt.tree));
        let Some(tree) = read_tree(self.store, &receipt.tree)? else {
            self.find(Defect::UnreadableTree, tree_path, "");
            return Ok(());
        };
        self.objects(&tree)?;
        if stat::stat(&directory)?.is_none() {
            self.find(Defect::MissingDirectory, directory, "");
            return Ok(());
        }
        let entries = tree.entries().len() as u64;
        let meter = Meter::start(self.observer, Phase::Walk, entries, Unit::Files);
        let findings = walk::walk(
            self.store.pool(),
            &walk::Directory {
                path: &directory,
                tree: &tree,
                receipt: &receipt,
            },
            Depth::Hash(&self.hashed.sound),
            PrivateFiles::Ignored,
            &self.options.control,
            &meter,
        )?;
        for finding in findings {
            let path = tree.entries()[finding.entry].path.as_str();
            let damage = finding.damage;
            self.find(Defect::DamagedFile { damage }, directory.join(path), path);
        }
        let paths = walk::extra_files(&directory, &tree, &receipt)?;
        if !paths.is_empty() {
            self.report.extra.push(Extra {
                bundle: self.label.clone(),
                paths,
            });
        }
        Ok(())
    }

    /// Objects that are missing or altered, and the files of this bundle that they hurt.
    fn objects(&mut self, tree: &Tree) -> Result<()> {
        for entry in tree.entries() {
            let TreeKind::File { exec, object, size } = &entry.kind else {
                continue;
            };
            let key = ObjectKey {
                id: *object,
                exec: *exec,
            };
            if *size == 0 || self.hashed.sound.contains_key(&key) {
                continue;
            }
            let path = self.store.path(key.relative_path());
            let is_altered = self.hashed.altered.contains(&key);
            // An install may have named it since the objects were listed.
            if !is_altered && stat::stat(&path)?.is_some() {
                continue;
            }
            let harmed = self.harms.entry(key).or_default();
            if !is_altered && harmed.is_empty() {
                self.report.findings.push(Finding::new(
                    Defect::MissingObject {
                        object: key.id,
                        executable: key.exec == ExecClass::Executable,
                    },
                    path,
                ));
            }
            harmed.push(Harm {
                bundle: self.label.clone(),
                path: entry.path.to_string(),
            });
        }
        Ok(())
    }

    fn unreadable_receipt(&mut self, path: std::path::PathBuf, problem: String) {
        self.find(Defect::UnreadableReceipt { problem }, path, "");
    }

    fn find(&mut self, defect: Defect, path: std::path::PathBuf, within: &str) {
        let finding = Finding::new(defect, path).harming(&self.label, within);
        self.report.findings.push(finding);
    }
}

/// Records without a directory, and refs without a record.
fn records(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    named: &[Resolvable],
    report: &mut VerifyReport,
) -> Result<()> {
    let locks = store.locks(&options.control, observer);
    if !store.is_writable() {
        // Opening the database writes; a reader does without.
        return Ok(());
    }
    let manifest = match Reader::open(store.root(), &locks) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Ok(()),
        Err(Error::Manifest { path, source }) => {
            let problem = source.to_string();
            report
                .findings
                .push(Finding::new(Defect::UnreadableManifest { problem }, path));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let records = manifest.records()?;
    drop(manifest);
    let recorded: HashSet<&BundleKey> = records.iter().map(|record| &record.key).collect();
    for key in &recorded {
        let path = store.path(paths::published(&key.name, &key.version, &key.directory));
        if stat::stat(&path)?.is_none() {
            let bundle = format!("{}@{}", key.name, key.version);
            report
                .findings
                .push(Finding::new(Defect::RecordWithoutDirectory, path).harming(&bundle, ""));
        }
    }
    for at in named {
        if !recorded.contains(&at.key()) && is_still_named(store, at)? {
            let bundle = format!("{}@{}", at.name, at.version);
            report.findings.push(
                Finding::new(Defect::RefWithoutRecord, at.path(store.root())).harming(&bundle, ""),
            );
        }
    }
    Ok(())
}
