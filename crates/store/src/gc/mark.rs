//! The mark: which records a root names, and from their trees which objects are needed. The trees are read without a lock.

use std::collections::HashSet;

use linkstead_format::{BundleKey, ObjectId, ObjectKey, TreeId, paths};

use crate::control::Control;
use crate::error::{Error, Result};
use crate::install::read_tree;
use crate::locks::{Exclusive, Locks};
use crate::manifest::{Reader, Record};
use crate::observe::{Event, Observer, Phase};
use crate::roots::Roots;
use crate::store::Store;

/// What is needed.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Records that no root names.
    pub(super) unnamed: Vec<Record>,
    pub(super) needed: Needed,
}

/// Trees and objects that must stay.
#[derive(Debug, Default)]
pub(super) struct Needed {
    pub(super) trees: HashSet<TreeId>,
    pub(super) objects: HashSet<ObjectKey>,
    /// The contents of the objects: a look-up may lead to either class.
    pub(super) contents: HashSet<ObjectId>,
}

impl Needed {
    /// Adds a tree and all it holds. A tree that is recorded and cannot be read ends the gc.
    pub(super) fn add(&mut self, store: &Store, id: &TreeId) -> Result<()> {
        if !self.trees.insert(*id) {
            return Ok(());
        }
        let tree = read_tree(store, id)?.ok_or_else(|| Error::Damaged {
            path: store.path(paths::tree_file(id)),
            problem: "a recorded bundle needs this tree, and it is missing or altered".into(),
        })?;
        for (key, _) in tree.objects() {
            self.objects.insert(key);
            self.contents.insert(key.id);
        }
        Ok(())
    }
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
    let mut mark = Mark::default();
    for tree in &seen.roots.trees {
        mark.needed.add(store, tree)?;
    }
    for record in seen.records {
        control.check()?;
        if seen.roots.named.contains(&record.key) {
            mark.needed.add(store, &record.row.tree)?;
        } else {
            mark.unnamed.push(record);
        }
    }
    Ok(mark)
}
