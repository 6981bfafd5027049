//! The directories that refs or pins name: those that must be whole.

use linkstead_format::BundleKey;

use crate::error::Result;
use crate::pins;
use crate::refs::{self, AllRefs};
use crate::store::Store;

/// All of them, each once.
pub(crate) fn all(store: &Store) -> Result<Vec<BundleKey>> {
    with_pins(store, &refs::all(store.root())?)
}

/// Those of these refs, and those of all pins that can be read.
pub(super) fn with_pins(store: &Store, refs: &AllRefs) -> Result<Vec<BundleKey>> {
    let mut named = refs.directories();
    named.extend(pins::readable(store.root())?.iter().map(pins::key));
    named.sort();
    named.dedup();
    Ok(named)
}

/// Whether a ref or a pin names this directory now.
pub(crate) fn is_still_named(store: &Store, at: &BundleKey) -> Result<bool> {
    Ok(all(store)?.contains(at))
}
