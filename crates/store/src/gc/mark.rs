//! The mark: which records a root names, and from their trees which objects are needed. The trees are read without a lock.

use linkstead_format::TreeId;

use super::needed::Needed;
use super::seen::{Leftovers, Seen};
use crate::control::Control;
use crate::error::Result;
use crate::manifest::Record;
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
    pub(super) leftovers: Leftovers,
}

/// Marks everything that was needed at that moment.
pub(super) fn mark(
    store: &Store,
    seen: Seen,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Mark> {
    observer.event(&Event::Phase { phase: Phase::Mark });
    let Seen {
        mut records,
        roots,
        leftovers,
        orphans,
    } = seen;
    let mut needed = Needed::default();
    for tree in &roots.trees {
        needed.add(store, tree)?;
    }
    for tree in &orphans {
        needed.add_if_readable(store, tree)?;
    }
    records.sort_by_key(|record| record.row.sequence);
    let (named, unnamed): (Vec<Record>, Vec<Record>) = records
        .into_iter()
        .partition(|record| roots.named.contains(&record.key));
    let trees: Vec<TreeId> = named.iter().map(|record| record.row.tree).collect();
    needed.add_all(store, &trees, control)?;
    Ok(Mark {
        named,
        unnamed,
        roots,
        needed,
        leftovers,
    })
}
