//! Checking every installed bundle: ref, receipt, tree, and each file of its directory.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use linkstead_format::{
    BundleKey, ObjectKey, Receipt, Tree, TreeEntry, TreeFile, TreeId, TreeKind, paths,
};
use linkstead_fs::stat::{self, FileKind};

use super::finding::{Defect, Finding, Remedy};
use super::harms::Harms;
use super::hurt::{Harm, Hurt};
use super::named::{self, is_still_named};
use super::objects::Hashed;
use super::trees::MISSING_OR_ALTERED;
use super::{Extra, Unshared, VerifyReport};
use crate::error::Result;
use crate::extra;
use crate::observe::{Meter, Observer, Phase, Silent, Unit};
use crate::options::{VerifyDepth, VerifyOptions};
use crate::published;
use crate::refs;
use crate::repair;
use crate::roles::Role;
use crate::store::Store;
use crate::stored::read_tree;
use crate::unreadable;
use crate::walk::{self, Damage, Depth, PrivateFiles};

/// What need not be checked again.
pub(super) struct Checked {
    /// Every bundle that a ref or a pin names.
    pub(super) bundles: Vec<BundleKey>,
    /// Their trees.
    pub(super) trees: HashSet<TreeId>,
    pub(super) touched: Touched,
}

/// Bundles with something to mend or to share.
pub(crate) type Touched = BTreeSet<BundleKey>;

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    hashed: &Hashed,
    report: &mut VerifyReport,
) -> Result<Checked> {
    let all = refs::all(store.root())?;
    let bundles = named::with_pins(store, &all)?;
    for unreadable in all.unreadable {
        let problem = unreadable.problem;
        report.findings.push(Finding::new(
            Defect::UnreadableRef { problem },
            unreadable.path,
        ));
    }
    let mut trees = HashSet::new();
    let mut touched = Touched::new();
    let mut harms = Harms::default();
    for mut check in check_all(store, options, observer, hashed, &bundles)? {
        let at = check.at;
        report.bundles += 1;
        if !check.is_sound() && !is_still_named(store, at)? {
            // It was removed while we looked.
            continue;
        }
        trees.extend(check.tree);
        report.unread_bytes += check.unread_bytes;
        if !check.is_sound() || check.unshared.is_some() {
            touched.insert(at.clone());
        }
        report.findings.append(&mut check.findings);
        report.unshared.extend(check.unshared);
        report.extra.extend(check.extra);
        for (key, path) in check.harms {
            let hurt = Hurt::bundle(&check.label);
            harms.add(key, Harm { hurt, path });
        }
        for (key, expected) in check.lengths {
            harms.add_length(key, expected);
        }
    }
    harms.tell(store, hashed, report);
    Ok(Checked {
        bundles,
        trees,
        touched,
    })
}

/// Checks them, several at once: most of it is small work on one file after the other.
fn check_all<'a>(
    store: &'a Store,
    options: &'a VerifyOptions,
    observer: &dyn Observer,
    hashed: &'a Hashed,
    bundles: &'a [BundleKey],
) -> Result<Vec<Check<'a>>> {
    let total = bundles.len() as u64;
    let meter = Meter::start(observer, Phase::Walk, total, Unit::Bundles);
    let numbers: Vec<usize> = (0..bundles.len()).collect();
    let mut checks = store.pool()?.in_order(&numbers, |(), number| {
        options.control.check()?;
        let mut check = Check::new(store, options, hashed, &bundles[*number]);
        check.bundle()?;
        meter.add(1);
        Ok((*number, check))
    })?;
    checks.sort_unstable_by_key(|(number, _)| *number);
    Ok(checks.into_iter().map(|(_, check)| check).collect())
}

/// The check of one bundle, and what it found.
struct Check<'a> {
    store: &'a Store,
    options: &'a VerifyOptions,
    hashed: &'a Hashed,
    at: &'a BundleKey,
    label: String,
    directory: PathBuf,
    tree: Option<TreeId>,
    findings: Vec<Finding>,
    /// Objects that are not as they should be, and the files that they hurt.
    harms: Vec<(ObjectKey, String)>,
    /// Objects of another length than this bundle says.
    lengths: Vec<(ObjectKey, u64)>,
    unshared: Option<Unshared>,
    extra: Option<Extra>,
    unread_bytes: u64,
}

impl<'a> Check<'a> {
    fn new(
        store: &'a Store,
        options: &'a VerifyOptions,
        hashed: &'a Hashed,
        at: &'a BundleKey,
    ) -> Self {
        Check {
            store,
            options,
            hashed,
            at,
            label: format!("{}@{}", at.name, at.version),
            directory: store.path(at.published()),
            tree: None,
            findings: Vec::new(),
            harms: Vec::new(),
            lengths: Vec::new(),
            unshared: None,
            extra: None,
            unread_bytes: 0,
        }
    }

    fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.harms.is_empty()
    }

    fn bundle(&mut self) -> Result<()> {
        let has_directory = self.has_directory()?;
        let Some(receipt) = self.receipt()? else {
            return Ok(());
        };
        let Some(tree) = self.tree(&receipt)? else {
            return Ok(());
        };
        let are_whole = self.objects(&tree)?;
        if has_directory {
            self.files(&tree, &receipt)?;
        } else if are_whole {
            // Everything that it takes to make the directory anew is there.
            for finding in &mut self.findings {
                finding.remedy = Remedy::Repair;
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
        let mut finding =
            Finding::new(defect, self.directory.clone()).harming(Hurt::bundle(&self.label), "");
        finding.remedy = Remedy::Reinstall;
        self.findings.push(finding);
        Ok(false)
    }

    fn receipt(&mut self) -> Result<Option<Receipt>> {
        let (root, at) = (self.store.root(), self.at);
        let problem = match published::read_receipt(root, &at.name, &at.version, &at.directory) {
            Ok(Some(receipt)) => return Ok(Some(receipt)),
            // Gone together with its directory.
            Ok(None) if !self.findings.is_empty() => return Ok(None),
            Ok(None) => "it is missing".to_owned(),
            Err(error) => unreadable::problem_of(error)?,
        };
        let path = root.join(at.receipt());
        self.find(Defect::UnreadableReceipt { problem }, path);
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
        let defect = Defect::UnreadableTree { problem };
        let mut finding = Finding::new(defect, path).harming(Hurt::bundle(&self.label), "");
        if self.options.depth == VerifyDepth::Full
            && repair::tree_of(&self.directory, receipt)?.is_some()
        {
            finding.remedy = Remedy::Repair;
        }
        self.findings.push(finding);
        Ok(None)
    }

    /// Objects that are missing or damaged, and the files of this bundle that they hurt. Whether there are none.
    fn objects(&mut self, tree: &Tree) -> Result<bool> {
        let mut are_whole = true;
        for file in tree.files().filter(|file| file.size > 0) {
            let length = self.hashed.inode(&file.key).map(|inode| inode.size);
            let has_length = length.is_none_or(|length| length == file.size);
            if self.hashed.sound.has(&file.key) && has_length {
                continue;
            }
            if !has_length {
                self.lengths.push((file.key, file.size));
            }
            // An install may have named it since the objects were listed; where it cannot be looked for, its directory could
            // not be listed, which is a finding already.
            let path = self.store.path(file.key.relative_path());
            if length.is_some()
                || self.hashed.damaged.contains_key(&file.key)
                || matches!(stat::stat(&path), Ok(None))
            {
                self.harms.push((file.key, file.path.to_string()));
                are_whole = false;
            }
        }
        Ok(are_whole)
    }

    fn files(&mut self, tree: &Tree, receipt: &Receipt) -> Result<()> {
        let entries = tree.entries().len() as u64;
        // Bundles are counted, not their files.
        let meter = Meter::start(&Silent, Phase::Walk, entries, Unit::Files);
        let walked = walk::walk(
            self.store.pool()?,
            &walk::Directory::of_receipt(&self.directory, tree, receipt),
            Depth::of_verify(self.options.depth, &self.hashed.sound),
            PrivateFiles::Ignored,
            &self.options.control,
            &meter,
        )?;
        for walk::Finding { entry, damage } in walked.findings {
            self.damaged(&tree.entries()[entry], damage)?;
        }
        self.unshared = unshared(&self.label, tree, &walked.twins);
        if self.options.depth == VerifyDepth::Quick {
            self.unread_bytes = self.own_bytes(tree, receipt);
        }
        let paths = extra::extra_files(&self.directory, tree, &receipt.exceptions.host);
        self.extra = (!paths.is_empty()).then(|| Extra {
            of: Hurt::bundle(&self.label),
            paths,
        });
        Ok(())
    }

    /// A damaged path. One that is the very inode of an object is told with that.
    fn damaged(&mut self, entry: &TreeEntry, damage: Damage) -> Result<()> {
        let path = self.directory.join(entry.path.as_str());
        let is_there = !matches!(damage, Damage::Missing | Damage::WrongKind);
        let mut finding = Finding::new(Defect::DamagedFile { damage }, path.clone())
            .harming(Hurt::bundle(&self.label), entry.path.as_str());
        if let Some(TreeFile { key, size, .. }) = entry.file()
            && size > 0
        {
            if is_there
                && let Some(inode) = self.hashed.inode(&key)
                && matches!(stat::stat(&path), Ok(Some(found)) if inode.is_inode_of(&found))
            {
                if self.hashed.sound.has(&key) && inode.size == size {
                    self.harms.push((key, entry.path.to_string()));
                }
                return Ok(());
            }
            if !self.hashed.sound.has(&key) {
                finding = finding.lacking(key.id);
            }
        }
        self.findings.push(finding);
        Ok(())
    }

    /// Bytes of the files that are no links of objects.
    fn own_bytes(&self, tree: &Tree, receipt: &Receipt) -> u64 {
        let roles = walk::roles_of(receipt);
        let own = tree
            .files()
            .filter(|file| roles.of(file.path, file.size) != Role::Linked);
        own.map(|file| file.size).sum()
    }

    fn find(&mut self, defect: Defect, path: PathBuf) {
        let finding = Finding::new(defect, path).harming(Hurt::bundle(&self.label), "");
        self.findings.push(finding);
    }
}

fn unshared(bundle: &str, tree: &Tree, twins: &[usize]) -> Option<Unshared> {
    let mut unshared = Unshared {
        bundle: bundle.to_owned(),
        files: 0,
        bytes: 0,
        paths: Vec::with_capacity(twins.len()),
    };
    for entry in twins.iter().map(|twin| &tree.entries()[*twin]) {
        if let TreeKind::File { size, .. } = &entry.kind {
            unshared.files += 1;
            unshared.bytes += size;
            unshared.paths.push(entry.path.to_string());
        }
    }
    (unshared.files > 0).then_some(unshared)
}
