//! Checking every installed bundle: ref, receipt, tree, and each file of its directory.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use linkstead_format::{ExecClass, ObjectKey, Receipt, Tree, TreeId, TreeKind, paths};
use linkstead_fs::stat::{self, FileKind};

use super::finding::{Defect, Finding, Harm};
use super::objects::Hashed;
use super::trees::MISSING_OR_ALTERED;
use super::{Extra, VerifyReport};
use crate::error::Result;
use crate::extra;
use crate::install::read_tree;
use crate::observe::{Meter, Observer, Phase, Unit};
use crate::options::VerifyOptions;
use crate::published;
use crate::refs::{self, Resolvable};
use crate::store::Store;
use crate::unreadable;
use crate::walk::{self, Damage, Depth, PrivateFiles};

/// What need not be checked again.
pub(super) struct Checked {
    /// Every bundle that a ref names.
    pub(super) bundles: Vec<Resolvable>,
    /// Their trees.
    pub(super) trees: HashSet<TreeId>,
}

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    hashed: &Hashed,
    report: &mut VerifyReport,
) -> Result<Checked> {
    let all = refs::all(store.root())?;
    let bundles = all.directories();
    for unreadable in all.unreadable {
        let problem = unreadable.problem;
        report.findings.push(Finding::new(
            Defect::UnreadableRef { problem },
            unreadable.path,
        ));
    }
    let mut trees = HashSet::new();
    let mut harms: BTreeMap<ObjectKey, Vec<Harm>> = BTreeMap::new();
    for at in &bundles {
        let mut check = Check::new(store, options, observer, hashed, at);
        check.bundle()?;
        report.bundles += 1;
        let is_sound = check.findings.is_empty() && check.harms.is_empty();
        if !is_sound && !is_still_named(store, at)? {
            // It was removed while we looked.
            continue;
        }
        trees.extend(check.tree);
        report.findings.append(&mut check.findings);
        report.extra.extend(check.extra);
        for (key, harm) in check.harms {
            harms.entry(key).or_default().push(harm);
        }
    }
    say_whom_objects_hurt(store, harms, report);
    Ok(Checked { bundles, trees })
}

/// Whether a ref names this directory now.
pub(super) fn is_still_named(store: &Store, at: &Resolvable) -> Result<bool> {
    let named = refs::all(store.root())?.directories();
    Ok(named.contains(at))
}

/// Gives the harms to the findings of damaged objects. What is left over are objects that are missing.
fn say_whom_objects_hurt(
    store: &Store,
    mut harms: BTreeMap<ObjectKey, Vec<Harm>>,
    report: &mut VerifyReport,
) {
    for finding in &mut report.findings {
        if let Some(key) = finding.defect.object()
            && let Some(harmed) = harms.remove(&key)
        {
            finding.harms = harmed;
        }
    }
    for (key, harmed) in harms {
        let defect = Defect::MissingObject {
            object: key.id,
            executable: key.exec == ExecClass::Executable,
        };
        let mut finding = Finding::new(defect, store.path(key.relative_path()));
        finding.harms = harmed;
        report.findings.push(finding);
    }
}

/// The check of one bundle, and what it found.
struct Check<'a> {
    store: &'a Store,
    options: &'a VerifyOptions,
    observer: &'a dyn Observer,
    hashed: &'a Hashed,
    at: &'a Resolvable,
    label: String,
    directory: PathBuf,
    tree: Option<TreeId>,
    findings: Vec<Finding>,
    harms: Vec<(ObjectKey, Harm)>,
    extra: Option<Extra>,
}

impl<'a> Check<'a> {
    fn new(
        store: &'a Store,
        options: &'a VerifyOptions,
        observer: &'a dyn Observer,
        hashed: &'a Hashed,
        at: &'a Resolvable,
    ) -> Self {
        Check {
            store,
            options,
            observer,
            hashed,
            at,
            label: format!("{}@{}", at.name, at.version),
            directory: at.path(store.root()),
            tree: None,
            findings: Vec::new(),
            harms: Vec::new(),
            extra: None,
        }
    }

    fn bundle(&mut self) -> Result<()> {
        let Some(receipt) = self.receipt()? else {
            return Ok(());
        };
        let Some(tree) = self.tree(&receipt)? else {
            return Ok(());
        };
        self.objects(&tree)?;
        if self.has_directory()? {
            self.files(&tree, &receipt)?;
        }
        Ok(())
    }

    fn receipt(&mut self) -> Result<Option<Receipt>> {
        let (root, at) = (self.store.root(), self.at);
        let problem = match published::read_receipt(root, &at.name, &at.version, &at.directory) {
            Ok(Some(receipt)) => return Ok(Some(receipt)),
            Ok(None) => "it is missing".to_owned(),
            Err(error) => unreadable::problem_of(error)?,
        };
        let path = root.join(paths::receipt(&at.name, &at.version, &at.directory));
        self.find(Defect::UnreadableReceipt { problem }, path, "");
        Ok(None)
    }

    fn tree(&mut self, receipt: &Receipt) -> Result<Option<Tree>> {
        self.tree = Some(receipt.tree);
        let problem = match read_tree(self.store, &receipt.tree) {
            Ok(Some(tree)) => return Ok(Some(tree)),
            Ok(None) => MISSING_OR_ALTERED.to_owned(),
            Err(error) => unreadable::problem_of(error)?,
        };
        let path = self.store.path(paths::tree_file(&receipt.tree));
        self.find(Defect::UnreadableTree { problem }, path, "");
        Ok(None)
    }

    /// Objects that are missing or damaged, and the files of this bundle that they hurt.
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
            // An install may have named it since the objects were listed; where it cannot be looked for, its directory could
            // not be listed, which is a finding already.
            let path = self.store.path(key.relative_path());
            if self.hashed.damaged.contains(&key) || matches!(stat::stat(&path), Ok(None)) {
                let harm = Harm {
                    bundle: self.label.clone(),
                    path: entry.path.to_string(),
                };
                self.harms.push((key, harm));
            }
        }
        Ok(())
    }

    /// Whether the published directory is one. A symbolic link to another is not.
    fn has_directory(&mut self) -> Result<bool> {
        let damage = match stat::stat(&self.directory) {
            Ok(Some(found)) if found.kind == FileKind::Directory => return Ok(true),
            Ok(Some(_)) => Some(Damage::WrongKind),
            Ok(None) => None,
            Err(error) => Some(Damage::Unreadable {
                problem: unreadable::problem_of(error.into())?,
            }),
        };
        let defect = match damage {
            Some(damage) => Defect::DamagedFile { damage },
            None => Defect::MissingDirectory,
        };
        self.find(defect, self.directory.clone(), "");
        Ok(false)
    }

    fn files(&mut self, tree: &Tree, receipt: &Receipt) -> Result<()> {
        let entries = tree.entries().len() as u64;
        let meter = Meter::start(self.observer, Phase::Walk, entries, Unit::Files);
        let findings = walk::walk(
            self.store.pool()?,
            &walk::Directory {
                path: &self.directory,
                tree,
                receipt,
            },
            Depth::Hash(&self.hashed.sound),
            PrivateFiles::Ignored,
            &self.options.control,
            &meter,
        )?
        .findings;
        for walk::Finding { entry, damage } in findings {
            let path = tree.entries()[entry].path.as_str();
            self.find(
                Defect::DamagedFile { damage },
                self.directory.join(path),
                path,
            );
        }
        let paths = extra::extra_files(&self.directory, tree, receipt);
        self.extra = (!paths.is_empty()).then(|| Extra {
            bundle: self.label.clone(),
            paths,
        });
        Ok(())
    }

    fn find(&mut self, defect: Defect, path: PathBuf, within: &str) {
        let finding = Finding::new(defect, path).harming(&self.label, within);
        self.findings.push(finding);
    }
}
