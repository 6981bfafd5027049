//! Checking every checkout that is where it was made, as a published directory is checked. One that was deleted or is away is no
//! damage.

use std::path::PathBuf;

use linkstead_format::{Checkout, ExecClass, Tree, TreeFile, paths};
use linkstead_fs::stat;

use super::finding::{Defect, Finding, Remedy};
use super::hurt::{Harm, Hurt};
use super::objects::Hashed;
use super::trees::MISSING_OR_ALTERED;
use super::{Extra, VerifyReport};
use crate::checkout::{self, Standing};
use crate::error::Result;
use crate::extra;
use crate::observe::{Meter, Observer, Phase, Unit};
use crate::options::VerifyOptions;
use crate::store::Store;
use crate::stored::read_tree;
use crate::unreadable;
use crate::walk::{self, Damage, Depth, PrivateFiles};

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    hashed: &Hashed,
    report: &mut VerifyReport,
) -> Result<()> {
    for recorded in checkout::readable(store.root())? {
        let checkout = recorded.checkout;
        if checkout::standing(&checkout) != Standing::Here {
            continue;
        }
        let hurt = Hurt::checkout(&checkout);
        let tree = match read_tree(store, &checkout.tree) {
            Ok(Some(tree)) => Ok(tree),
            Ok(None) => Err(MISSING_OR_ALTERED.to_owned()),
            Err(error) => Err(unreadable::problem_of(error)?),
        };
        let findings = match &tree {
            Ok(tree) => {
                missing_objects(store, hashed, &hurt, tree, report);
                files(store, options, observer, hashed, &checkout, tree)?
            }
            Err(problem) => {
                let problem = problem.clone();
                let path = store.path(paths::tree_file(&checkout.tree));
                vec![(Defect::UnreadableTree { problem }, path, String::new())]
            }
        };
        // Another checkout may have taken its place while we looked.
        if checkout::standing(&checkout) != Standing::Here {
            continue;
        }
        report.checkouts += 1;
        report.findings.extend(
            findings
                .into_iter()
                .map(|(defect, path, within)| finding(defect, path, hurt.clone(), &within)),
        );
        if let Ok(tree) = &tree {
            let paths = extra::extra_files(checkout.path.as_ref(), tree, &checkout.host);
            if !paths.is_empty() {
                report.extra.push(Extra { of: hurt, paths });
            }
        }
    }
    Ok(())
}

/// What is damaged in the directory itself is outside the store, where a repair changes nothing.
fn finding(defect: Defect, path: PathBuf, hurt: Hurt, within: &str) -> Finding {
    let is_outside =
        matches!(&defect, Defect::DamagedFile { damage } if *damage != Damage::Suspect);
    let mut finding = Finding::new(defect, path).harming(hurt, within);
    if is_outside {
        finding.remedy = Remedy::CheckOut;
    }
    finding
}

/// Objects of a checkout that are missing or damaged hurt it too, also when no bundle needs them any more.
fn missing_objects(
    store: &Store,
    hashed: &Hashed,
    hurt: &Hurt,
    tree: &Tree,
    report: &mut VerifyReport,
) {
    for TreeFile {
        path: at,
        key,
        size,
    } in tree.files()
    {
        let path = store.path(key.relative_path());
        let is_sound = size == 0 || hashed.sound.has(&key);
        if is_sound || !(hashed.damaged.contains_key(&key) || matches!(stat::stat(&path), Ok(None)))
        {
            continue;
        }
        let harm = Harm {
            hurt: hurt.clone(),
            path: at.to_string(),
        };
        let mut findings = report.findings.iter_mut();
        match findings.find(|finding| finding.defect.object() == Some(key)) {
            Some(finding) => finding.harms.push(harm),
            None => {
                let defect = Defect::MissingObject {
                    object: key.id,
                    executable: key.exec == ExecClass::Executable,
                };
                let mut finding = Finding::new(defect, path);
                finding.harms.push(harm);
                report.findings.push(finding);
            }
        }
    }
}

/// What is wrong with the files of a checkout: how, where, and the path within it.
fn files(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    hashed: &Hashed,
    checkout: &Checkout,
    tree: &Tree,
) -> Result<Vec<(Defect, PathBuf, String)>> {
    let entries = tree.entries().len() as u64;
    let meter = Meter::start(observer, Phase::Walk, entries, Unit::Files);
    let directory = PathBuf::from(&checkout.path);
    let walked = walk::walk(
        store.pool()?,
        &walk::Directory {
            path: &directory,
            tree,
            layout: &checkout.layout,
            copied: &[],
        },
        Depth::of_verify(options.depth, &hashed.sound),
        PrivateFiles::Ignored,
        &options.control,
        &meter,
    )?;
    let findings = walked.findings.into_iter().map(|finding| {
        let within = tree.entries()[finding.entry].path.to_string();
        let damage = finding.damage;
        (
            Defect::DamagedFile { damage },
            directory.join(&within),
            within,
        )
    });
    Ok(findings.collect())
}
