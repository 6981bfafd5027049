//! The roots that are kept outside the manifest: refs, pins and checkouts. One that cannot be read ends whoever asks, before
//! anything is deleted (I5).

use std::collections::{HashMap, HashSet};

use linkstead_format::{BundleKey, BundleName, Ref, TreeId, Version};

use crate::checkout::{self, Recorded};
use crate::error::Result;
use crate::pins;
use crate::refs;
use crate::store::Store;

/// Everything outside the manifest that keeps something alive.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Roots {
    /// Directories that refs or pins name.
    pub(crate) named: HashSet<BundleKey>,
    /// The version that each name alone means.
    current: HashMap<BundleName, Version>,
    /// Those that pins name, with a label.
    pub(crate) pinned: HashMap<BundleKey, String>,
    /// Trees of checkouts.
    pub(crate) trees: HashSet<TreeId>,
}

impl Roots {
    /// Reads refs, pins and checkouts. One that cannot be read ends the gc before it deletes.
    pub(crate) fn read(store: &Store) -> Result<Self> {
        Self::read_without(store, &[])
    }

    /// The same without these checkouts, as far as they still are what was read.
    pub(crate) fn read_without(store: &Store, gone: &[Recorded]) -> Result<Self> {
        let all = refs::all(store.root())?.all_readable()?;
        let mut roots = Roots::default();
        roots.named.extend(all.directories().iter().cloned());
        let current = all.names.values().filter_map(|refs| refs.current.as_ref());
        for at in current.filter_map(Ref::bundle) {
            roots.current.insert(at.name, at.version);
        }
        for pin in pins::all(store.root())? {
            let key = pins::key(&pin);
            roots.named.insert(key.clone());
            roots.pinned.insert(key, pin.label.to_string());
        }
        for recorded in checkout::all(store.root())? {
            if !gone.contains(&recorded) {
                roots.trees.insert(recorded.checkout.tree);
            }
        }
        Ok(roots)
    }

    /// Whether the name alone means this version, be it another directory of it.
    pub(crate) fn is_current(&self, key: &BundleKey) -> bool {
        self.current.get(&key.name) == Some(&key.version)
    }
}
