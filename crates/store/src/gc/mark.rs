//! The mark: which records a root names, and from their trees which objects are needed. Takes no store lock.

use std::collections::HashSet;

use linkstead_format::{ObjectId, ObjectKey, TreeId, paths};

use crate::error::{Error, Result};
use crate::install::read_tree;
use crate::locks::Locks;
use crate::manifest::{Manifest, Record};
use crate::observe::{Event, Observer, Phase};
use crate::roots::Roots;
use crate::store::Store;

/// What is needed, as of a sequence of the manifest.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// The newest record that was seen.
    pub(super) sequence: u64,
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

/// Marks everything that is needed now.
pub(super) fn mark(store: &Store, locks: &Locks<'_>, observer: &dyn Observer) -> Result<Mark> {
    observer.event(&Event::Phase { phase: Phase::Mark });
    let (records, sequence) = match Manifest::open(store.root(), locks)? {
        Some(manifest) => manifest.records()?,
        None => (Vec::new(), 0),
    };
    let roots = Roots::read(store)?;
    let mut mark = Mark {
        sequence,
        ..Mark::default()
    };
    for tree in &roots.trees {
        mark.needed.add(store, tree)?;
    }
    for record in records {
        locks.control().check()?;
        if roots.named.contains(&record.key) {
            mark.needed.add(store, &record.row.tree)?;
        } else {
            mark.unnamed.push(record);
        }
    }
    Ok(mark)
}
