//! Which trees and objects are needed, and by how many: what the last one lets go of is needed no more.

use std::collections::HashMap;

use linkstead_format::{ExecClass, ObjectId, ObjectKey, Tree, TreeId, paths};

use crate::error::{Error, Result};
use crate::install::read_tree;
use crate::store::Store;

/// Trees and objects that must stay.
#[derive(Debug, Default)]
pub(crate) struct Needed {
    /// How many bundles and checkouts have it.
    trees: HashMap<TreeId, usize>,
    /// How many of these trees hold it.
    objects: HashMap<ObjectKey, usize>,
}

/// A tree and objects that nothing needs since the last bundle let go of them.
#[derive(Debug)]
pub(crate) struct Released {
    pub(crate) tree: TreeId,
    pub(crate) objects: Vec<ObjectKey>,
}

impl Needed {
    /// Somebody needs a tree and all it holds. One that is recorded and cannot be read ends whoever asks.
    pub(crate) fn add(&mut self, store: &Store, id: &TreeId) -> Result<()> {
        match self.add_if_readable(store, id)? {
            true => Ok(()),
            false => Err(Error::Damaged {
                path: store.path(paths::tree_file(id)),
                problem: "a recorded bundle needs this tree, and it is missing or altered".into(),
            }),
        }
    }

    /// The same; says whether the tree could be read.
    pub(crate) fn add_if_readable(&mut self, store: &Store, id: &TreeId) -> Result<bool> {
        if let Some(count) = self.trees.get_mut(id) {
            *count += 1;
            return Ok(true);
        }
        let Some(tree) = read_tree(store, id)? else {
            return Ok(false);
        };
        self.trees.insert(*id, 1);
        for (key, _) in tree.objects() {
            *self.objects.entry(key).or_default() += 1;
        }
        Ok(true)
    }

    /// Somebody who added this tree needs it no more. Says what nobody needs now, if that is anything.
    pub(crate) fn release(&mut self, id: &TreeId, tree: &Tree) -> Option<Released> {
        if !let_go(&mut self.trees, id) {
            return None;
        }
        let held = tree.objects().map(|(key, _)| key);
        Some(Released {
            tree: *id,
            objects: held.filter(|key| let_go(&mut self.objects, key)).collect(),
        })
    }

    pub(crate) fn has_tree(&self, id: &TreeId) -> bool {
        self.trees.contains_key(id)
    }

    pub(crate) fn has_object(&self, key: &ObjectKey) -> bool {
        self.objects.contains_key(key)
    }

    /// Whether an object with this content is needed: a look-up may lead to either class.
    pub(crate) fn has_content(&self, id: &ObjectId) -> bool {
        [ExecClass::Plain, ExecClass::Executable]
            .into_iter()
            .any(|exec| self.has_object(&ObjectKey { id: *id, exec }))
    }
}

/// One less; whether that was the last.
fn let_go<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) -> bool {
    match counts.get_mut(key) {
        Some(count) if *count > 1 => {
            *count -= 1;
            false
        }
        Some(_) => counts.remove(key).is_some(),
        None => false,
    }
}
