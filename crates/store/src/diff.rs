//! What changed from one bundle to another, from their trees alone.

use std::collections::BTreeMap;

use linkstead_format::{BundleName, BundleRef, ExecClass, ObjectId, Tree, TreeKind, Version};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::refs::Resolved;
use crate::store::Store;
use crate::stored::read_tree;

/// What changed from one bundle to another. Directories are not listed; sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// The one bundle.
    pub from: DiffSide,
    /// The other.
    pub to: DiffSide,
    /// What only the other has, by path.
    pub added: Vec<DiffEntry>,
    /// What only the one has, by path.
    pub removed: Vec<DiffEntry>,
    /// What both have and is not the same, by path.
    pub changed: Vec<DiffChange>,
    /// Files and links that are the same in both.
    pub same: usize,
    /// Their bytes.
    pub same_bytes: u64,
}

/// One of two bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DiffSide {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
}

/// A file or link that one bundle has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DiffEntry {
    /// Its path.
    pub path: String,
    /// Its bytes; none for a link.
    pub bytes: u64,
}

/// A file or link that is another one in the other bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DiffChange {
    /// Its path.
    pub path: String,
    /// What of it changed.
    pub what: Changed,
    /// Its bytes in the one.
    pub before: u64,
    /// Its bytes in the other.
    pub after: u64,
}

/// What of a file or link changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Changed {
    /// What it holds.
    Content,
    /// What it holds, and whether it may be executed.
    ContentAndMode,
    /// Whether it may be executed, and nothing else.
    Mode,
    /// Where the link leads.
    Target,
    /// A file became a link, or a link a file.
    Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Held<'a> {
    File(ObjectId, ExecClass, u64),
    Link(&'a str),
}

impl Store {
    /// What changed from one installed bundle to another: two versions of a name, or any two.
    ///
    /// # Errors
    /// One of them is not installed, or its receipt or tree is missing or altered.
    pub fn diff(&self, from: &BundleRef, to: &BundleRef) -> Result<Diff> {
        let (from, before) = self.tree_of(from)?;
        let (to, after) = self.tree_of(to)?;
        Ok(compare(from, &before, to, &after))
    }

    fn tree_of(&self, wanted: &BundleRef) -> Result<(Resolved, Tree)> {
        let (resolved, receipt) = self.receipt(wanted)?;
        match read_tree(self, &receipt.tree)? {
            Some(tree) => Ok((resolved, tree)),
            None => Err(Error::Damaged {
                path: resolved.path,
                problem: "its tree is missing or altered".into(),
            }),
        }
    }
}

fn compare(from: Resolved, before: &Tree, to: Resolved, after: &Tree) -> Diff {
    let before = held(before);
    let after = held(after);
    let mut diff = Diff {
        from: side(from),
        to: side(to),
        added: only_in(&after, &before),
        removed: only_in(&before, &after),
        changed: Vec::new(),
        same: 0,
        same_bytes: 0,
    };
    for (path, was) in &before {
        let Some(is) = after.get(path) else { continue };
        match changed(was, is) {
            None => {
                diff.same += 1;
                diff.same_bytes += bytes(was);
            }
            Some(what) => diff.changed.push(DiffChange {
                path: (*path).to_owned(),
                what,
                before: bytes(was),
                after: bytes(is),
            }),
        }
    }
    diff
}

fn held(tree: &Tree) -> BTreeMap<&str, Held<'_>> {
    let entries = tree.entries().iter();
    entries
        .filter_map(|entry| {
            let held = match &entry.kind {
                TreeKind::Directory => return None,
                TreeKind::File { exec, object, size } => Held::File(*object, *exec, *size),
                TreeKind::Symlink { target } => Held::Link(target.as_ref()),
            };
            Some((entry.path.as_str(), held))
        })
        .collect()
}

fn only_in(one: &BTreeMap<&str, Held<'_>>, other: &BTreeMap<&str, Held<'_>>) -> Vec<DiffEntry> {
    one.iter()
        .filter(|(path, _)| !other.contains_key(*path))
        .map(|(path, held)| DiffEntry {
            path: (*path).to_owned(),
            bytes: bytes(held),
        })
        .collect()
}

fn changed(was: &Held<'_>, is: &Held<'_>) -> Option<Changed> {
    match (was, is) {
        (was, is) if was == is => None,
        (Held::File(was, ..), Held::File(is, ..)) if was == is => Some(Changed::Mode),
        (Held::File(_, was, _), Held::File(_, is, _)) if was == is => Some(Changed::Content),
        (Held::File(..), Held::File(..)) => Some(Changed::ContentAndMode),
        (Held::Link(_), Held::Link(_)) => Some(Changed::Target),
        _ => Some(Changed::Kind),
    }
}

fn bytes(held: &Held<'_>) -> u64 {
    match held {
        Held::File(_, _, size) => *size,
        Held::Link(_) => 0,
    }
}

fn side(bundle: Resolved) -> DiffSide {
    DiffSide {
        name: bundle.name,
        version: bundle.version,
    }
}
