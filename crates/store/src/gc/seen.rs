//! What a gc sees of a store at one moment: records, roots, and what its sweep will clear away before anything else. Looking
//! changes nothing, be the manifest lost or in need of a repair.

use std::collections::HashSet;
use std::path::PathBuf;

use linkstead_format::{BundleKey, TreeId};

use crate::checkout::WouldGo;
use crate::error::{Error, Result};
use crate::leases;
use crate::locks::{Exclusive, Locks};
use crate::manifest::{Reader, Record};
use crate::roots::Roots;
use crate::store::Store;

/// Records and roots as they were at one moment.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) records: Vec<Record>,
    /// Without the checkouts that are gone.
    pub(super) roots: Roots,
    /// Trees of the directories without a record that somebody holds.
    pub(super) orphans: Vec<TreeId>,
    pub(super) leftovers: Leftovers,
}

/// What goes though no record was of it.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    /// Paths of checkouts that are gone.
    pub(super) forgotten: Vec<PathBuf>,
    /// What checkouts displaced, outside the store.
    pub(super) displaced: Vec<PathBuf>,
    /// What the dead left in `staging/`, and orphans.
    pub(super) dead: Vec<PathBuf>,
}

impl Seen {
    /// Reads all of it under the exclusive lock: one after the other, an install or a remove could come between. A name whose
    /// directory has no record ends the gc: what it needs is not known.
    pub(super) fn read(
        exclusive: &Exclusive,
        store: &Store,
        locks: &Locks<'_>,
        gone: WouldGo,
    ) -> Result<Self> {
        let roots = Roots::read_without(store, &gone.records)?;
        let records = records(exclusive, store, locks, &roots)?;
        require_records(store, &records, &roots)?;
        let mut kept: HashSet<BundleKey> = roots.named.clone();
        kept.extend(records.iter().map(|record| record.key.clone()));
        let leftovers = Leftovers {
            forgotten: gone.paths(),
            dead: store.left_by_the_dead(exclusive, &kept)?,
            displaced: gone.displaced,
        };
        let mut orphans = Vec::new();
        for (path, tree) in store.orphans_with_trees(exclusive, &kept)? {
            // The sweep's recovery takes the others away, to one place or another.
            if leases::held_by(&path)?.is_some() {
                orphans.push(tree);
            }
        }
        Ok(Seen {
            records,
            roots,
            orphans,
            leftovers,
        })
    }
}

/// Those of the manifest, or, where it is lost or cannot be used, those that the sweep's recovery will write if all files are whole.
fn records(
    exclusive: &Exclusive,
    store: &Store,
    locks: &Locks<'_>,
    roots: &Roots,
) -> Result<Vec<Record>> {
    let looked = Reader::look(store.root(), locks)
        .and_then(|manifest| manifest.map(|manifest| manifest.records()).transpose());
    match looked {
        Ok(Some(records)) => Ok(records),
        Ok(None) | Err(Error::Manifest { .. }) => store.told_by_receipts(exclusive, &roots.named),
        Err(error) => Err(error),
    }
}

/// A name whose directory has no record is damage, and what it needs is not known.
pub(super) fn require_records(store: &Store, records: &[Record], roots: &Roots) -> Result<()> {
    let recorded: HashSet<&BundleKey> = records.iter().map(|record| &record.key).collect();
    match roots.named.iter().find(|key| !recorded.contains(key)) {
        None => Ok(()),
        Some(key) => Err(Error::Damaged {
            path: store.path(key.published()),
            problem: format!(
                "{}@{} is installed, but not recorded as whole: install it again, or remove it",
                key.name, key.version
            ),
        }),
    }
}
