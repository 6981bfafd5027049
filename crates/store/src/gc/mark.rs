//! The mark: which records a root names, and from their trees which objects are needed. The trees are read without a lock.

use std::collections::HashSet;

use linkstead_format::{BundleKey, paths};

use super::needed::Needed;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::locks::{Exclusive, Locks};
use crate::manifest::{Reader, Record};
use crate::observe::{Event, Observer, Phase};
use crate::roots::Roots;
use crate::store::Store;

/// What there is, and what of it is needed.
#[derive(Debug)]
pub(super) struct Mark {
    /// Records that a root names, in the order in which they were made.
    pub(super) named: Vec<Record>,
    /// Records that no root names.
    pub(super) unnamed: Vec<Record>,
    pub(super) roots: Roots,
    /// What the roots need.
    pub(super) needed: Needed,
}

/// Records and roots as they were at one moment.
#[derive(Debug)]
pub(super) struct Seen {
    records: Vec<Record>,
    roots: Roots,
}

impl Seen {
    /// Reads both under the exclusive lock: one after the other, an install or a remove could come between. A name whose
    /// directory has no record ends the gc: what it needs is not known.
    pub(super) fn read(_exclusive: &Exclusive, store: &Store, locks: &Locks<'_>) -> Result<Self> {
        let records = Reader::all_records(store, locks)?;
        let roots = Roots::read(store)?;
        let recorded: HashSet<&BundleKey> = records.iter().map(|record| &record.key).collect();
        if let Some(key) = roots.named.iter().find(|key| !recorded.contains(key)) {
            return Err(Error::Damaged {
                path: store.path(paths::published(&key.name, &key.version, &key.directory)),
                problem: format!(
                    "{}@{} is installed, but not recorded as whole: install it again, or remove it",
                    key.name, key.version
                ),
            });
        }
        Ok(Seen { records, roots })
    }
}

/// Marks everything that was needed at that moment.
pub(super) fn mark(
    store: &Store,
    seen: Seen,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Mark> {
    observer.event(&Event::Phase { phase: Phase::Mark });
    let Seen { mut records, roots } = seen;
    let mut needed = Needed::default();
    for tree in &roots.trees {
        needed.add(store, tree)?;
    }
    records.sort_by_key(|record| record.row.sequence);
    let (named, unnamed): (Vec<Record>, Vec<Record>) = records
        .into_iter()
        .partition(|record| roots.named.contains(&record.key));
    for record in &named {
        control.check()?;
        needed.add(store, &record.row.tree)?;
    }
    Ok(Mark {
        named,
        unnamed,
        roots,
        needed,
    })
}
