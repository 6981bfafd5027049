//! `du`: what each bundle takes and what sharing saves. Sizes are bytes of content, of the files of the trees.

use std::collections::HashMap;

use linkstead_format::{BundleName, ObjectKey, Version};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::install::{Role, Roles, read_tree};
use crate::published;
use crate::refs;
use crate::store::Store;

/// What the store takes.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Each installed bundle, by name and version.
    pub bundles: Vec<BundleUsage>,
    /// All of them together.
    pub store: StoreUsage,
}

/// What one bundle takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BundleUsage {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Bytes of all its files.
    pub total: u64,
    /// Bytes of files whose object another bundle links too.
    pub shared: u64,
    /// `total - shared`: what only this bundle has.
    pub unique: u64,
}

/// What all bundles take together.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreUsage {
    /// Bytes of all files of all bundles, each counted where it stands: what unpacking them side by side would take.
    pub logical: u64,
    /// Bytes of their distinct objects, and of the files that are no links.
    pub physical: u64,
    /// `logical - physical`; 0 where private copies outweigh what is shared.
    pub saved: u64,
}

impl Store {
    /// Sizes of all installed bundles, from receipts and trees; no file of a bundle is looked at.
    ///
    /// # Errors
    /// A ref, receipt or tree is missing or cannot be read.
    pub fn usage(&self) -> Result<Usage> {
        let mut linked: HashMap<ObjectKey, (u64, u32)> = HashMap::new();
        let mut usage = Usage::default();
        let mut per_bundle = Vec::new();
        for at in refs::all(self.root())?.directories() {
            let receipt =
                published::read_receipt(self.root(), &at.name, &at.version, &at.directory)?
                    .ok_or_else(|| Error::Damaged {
                        path: at.path(self.root()),
                        problem: "its receipt is missing".into(),
                    })?;
            let tree = read_tree(self, &receipt.tree)?.ok_or_else(|| Error::Damaged {
                path: at.path(self.root()),
                problem: "its tree is missing or altered".into(),
            })?;
            let roles = Roles::new(&receipt.layout, receipt.exceptions.copied.iter().cloned());
            let mut bundle = HashMap::new();
            for file in tree.files() {
                let is_linked = roles.of(file.path, file.size) == Role::Linked;
                let (size, links) = bundle.entry(file.key).or_insert((file.size, 0));
                *links += u64::from(is_linked);
                usage.store.logical += *size;
                if !is_linked {
                    usage.store.physical += *size;
                }
            }
            for (key, (size, links)) in &bundle {
                let entry = linked.entry(*key).or_insert((*size, 0));
                entry.1 += u32::from(*links > 0);
            }
            per_bundle.push((at, tree.total_bytes(), bundle));
        }
        usage.store.physical += linked.values().map(|(size, _)| size).sum::<u64>();
        usage.store.saved = usage.store.logical.saturating_sub(usage.store.physical);
        for (at, total, bundle) in per_bundle {
            let shared = bundle
                .iter()
                .filter(|(key, (_, links))| *links > 0 && linked[key].1 > 1)
                .map(|(_, (size, links))| size * links)
                .sum();
            usage.bundles.push(BundleUsage {
                name: at.name,
                version: at.version,
                total,
                shared,
                unique: total - shared,
            });
        }
        Ok(usage)
    }
}
