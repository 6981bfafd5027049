//! What each bundle takes, and all of them together.

use std::collections::HashMap;

use linkstead_format::{BundleName, ObjectKey, Version};
use serde::Serialize;

use super::contents::{self, Contents};
use crate::error::Result;
use crate::refs::Resolvable;
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

/// How often one bundle has an object.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    size: u64,
    links: u64,
}

/// An object, and how many bundles link it.
#[derive(Debug, Clone, Copy, Default)]
struct Linked {
    size: u64,
    bundles: u32,
}

impl Store {
    /// Sizes of all installed bundles.
    ///
    /// # Errors
    /// A ref, receipt or tree is missing or cannot be read.
    pub fn usage(&self) -> Result<Usage> {
        let mut counted = Counted::default();
        for contents in contents::all(self)? {
            counted.add(contents?);
        }
        Ok(counted.usage())
    }
}

/// What was counted so far.
#[derive(Default)]
struct Counted {
    linked: HashMap<ObjectKey, Linked>,
    bundles: Vec<(Resolvable, u64, HashMap<ObjectKey, Held>)>,
    logical: u64,
    not_linked: u64,
}

impl Counted {
    fn add(&mut self, contents: Contents) {
        let mut objects: HashMap<ObjectKey, Held> = HashMap::new();
        for (file, is_linked) in contents.files() {
            let held = objects.entry(file.key).or_default();
            held.size = file.size;
            held.links += u64::from(is_linked);
            self.logical += file.size;
            if !is_linked {
                self.not_linked += file.size;
            }
        }
        for (key, held) in &objects {
            let linked = self.linked.entry(*key).or_default();
            linked.size = held.size;
            linked.bundles += u32::from(held.links > 0);
        }
        let total = contents.tree.total_bytes();
        self.bundles.push((contents.at, total, objects));
    }

    fn usage(self) -> Usage {
        // An object is there also where its only file is a copy.
        let objects: u64 = self.linked.values().map(|linked| linked.size).sum();
        let physical = self.not_linked + objects;
        let is_shared = |key: &ObjectKey| self.linked[key].bundles > 1;
        let bundles = self.bundles.iter().map(|(at, total, objects)| {
            let shared = objects
                .iter()
                .filter(|(key, held)| held.links > 0 && is_shared(key))
                .map(|(_, held)| held.size * held.links)
                .sum();
            BundleUsage {
                name: at.name.clone(),
                version: at.version.clone(),
                total: *total,
                shared,
                unique: total - shared,
            }
        });
        Usage {
            bundles: bundles.collect(),
            store: StoreUsage {
                logical: self.logical,
                physical,
                saved: self.logical.saturating_sub(physical),
            },
        }
    }
}
