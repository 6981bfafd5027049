//! What each bundle takes, and all of them together.

use linkstead_format::{BundleKey, BundleName, ObjectKey, Version};
use rayon::prelude::*;
use serde::Serialize;

use super::contents::{self, Contents};
use crate::digest_map::DigestMap;
use crate::error::Result;
use crate::objects::ByShelf;
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
    /// Sizes of all installed bundles.
    ///
    /// # Errors
    /// A ref, receipt or tree is missing or cannot be read.
    pub fn usage(&self) -> Result<Usage> {
        let bundles = contents::told_of_all(self, Counted::of)?;
        self.pool()?.run(|| Ok(together(&bundles)))
    }
}

/// What was counted of one bundle.
struct Counted {
    at: BundleKey,
    total: u64,
    /// Bytes of files that are no links.
    not_linked: u64,
    /// Its objects, ascending, each once.
    objects: Vec<Held>,
}

/// How often one bundle has an object.
#[derive(Debug, Clone, Copy)]
struct Held {
    key: ObjectKey,
    size: u64,
    links: u64,
}

/// An object, and how many bundles link it.
#[derive(Debug, Clone, Copy, Default)]
struct Linked {
    size: u64,
    bundles: u32,
}

impl AsRef<[Held]> for Counted {
    fn as_ref(&self) -> &[Held] {
        &self.objects
    }
}

impl Counted {
    fn of(contents: Contents) -> Self {
        let mut not_linked = 0;
        let mut objects = Vec::new();
        for (file, is_linked) in contents.files() {
            objects.push(Held {
                key: file.key,
                size: file.size,
                links: u64::from(is_linked),
            });
            if !is_linked {
                not_linked += file.size;
            }
        }
        objects.sort_unstable_by_key(|held| held.key);
        objects.dedup_by(|again, held| {
            let is_same = again.key == held.key;
            held.links += if is_same { again.links } else { 0 };
            is_same
        });
        Counted {
            total: contents.tree.total_bytes(),
            at: contents.at,
            not_linked,
            objects,
        }
    }

    fn usage(&self, is_shared: impl Fn(&ObjectKey) -> bool) -> BundleUsage {
        let objects = self.objects.iter();
        let shared = objects.filter(|held| held.links > 0 && is_shared(&held.key));
        let shared = shared.map(|held| held.size * held.links).sum();
        BundleUsage {
            name: self.at.name.clone(),
            version: self.at.version.clone(),
            total: self.total,
            shared,
            unique: self.total - shared,
        }
    }
}

/// By all threads of the pool that this is called in.
fn together(bundles: &[Counted]) -> Usage {
    let mut linked = ByShelf::<DigestMap<ObjectKey, Linked>>::default();
    linked.add(
        bundles,
        |held: &Held| &held.key,
        |linked, held| {
            let linked = linked.entry(held.key).or_default();
            linked.size = held.size;
            linked.bundles += u32::from(held.links > 0);
        },
    );
    // An object is there also where its only file is a copy.
    let objects = linked.iter().flat_map(DigestMap::values);
    let objects: u64 = objects.map(|linked| linked.size).sum();
    let not_linked: u64 = bundles.iter().map(|bundle| bundle.not_linked).sum();
    let logical = bundles.iter().map(|bundle| bundle.total).sum::<u64>();
    let physical = not_linked + objects;
    let is_shared = |key: &ObjectKey| linked.of(key.shelf())[key].bundles > 1;
    let bundles = bundles.par_iter().map(|bundle| bundle.usage(is_shared));
    Usage {
        bundles: bundles.collect(),
        store: StoreUsage {
            logical,
            physical,
            saved: logical.saturating_sub(physical),
        },
    }
}
