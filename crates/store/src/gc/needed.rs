//! Which trees and objects are needed, and by how many: what the last one lets go of is needed no more.

use std::collections::HashMap;

use linkstead_format::{ExecClass, ObjectId, ObjectKey, Tree, TreeId, paths};

use rayon::prelude::*;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::install::read_tree;
use crate::store::Store;

/// Trees that are held in memory at once.
const AT_ONCE: usize = 64;

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
            false => Err(missing(store, id)),
        }
    }

    /// The same of many. All threads read the trees, some trees at a time: they may be large.
    pub(crate) fn add_all(
        &mut self,
        store: &Store,
        ids: &[TreeId],
        control: &Control,
    ) -> Result<()> {
        for ids in ids.chunks(AT_ONCE) {
            control.check()?;
            let known = &self.trees;
            let held: Vec<Option<Vec<ObjectKey>>> = store.pool()?.run(|| {
                let read = |id: &TreeId| match known.contains_key(id) {
                    true => Ok(None),
                    false => match read_tree(store, id)? {
                        Some(tree) => Ok(Some(keys(&tree))),
                        None => Err(missing(store, id)),
                    },
                };
                ids.par_iter().with_max_len(1).map(read).collect()
            })?;
            for (id, held) in ids.iter().zip(held) {
                self.count(id, held.unwrap_or_default());
            }
        }
        Ok(())
    }

    /// The same; says whether the tree could be read.
    pub(crate) fn add_if_readable(&mut self, store: &Store, id: &TreeId) -> Result<bool> {
        let held = match self.has_tree(id) {
            true => Vec::new(),
            false => match read_tree(store, id)? {
                Some(tree) => keys(&tree),
                None => return Ok(false),
            },
        };
        self.count(id, held);
        Ok(true)
    }

    /// One more has this tree; what it holds counts with the first.
    fn count(&mut self, id: &TreeId, held: Vec<ObjectKey>) {
        let count = self.trees.entry(*id).or_default();
        *count += 1;
        if *count == 1 {
            for key in held {
                *self.objects.entry(key).or_default() += 1;
            }
        }
    }

    /// Somebody who added this tree needs it no more. Says what nobody needs now, if that is anything.
    pub(crate) fn release(&mut self, id: &TreeId, tree: &Tree) -> Option<Released> {
        if !let_go(&mut self.trees, id) {
            return None;
        }
        let held = keys(tree).into_iter();
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

fn keys(tree: &Tree) -> Vec<ObjectKey> {
    tree.objects().map(|(key, _)| key).collect()
}

fn missing(store: &Store, id: &TreeId) -> Error {
    Error::Damaged {
        path: store.path(paths::tree_file(id)),
        problem: "a recorded bundle needs this tree, and it is missing or altered".into(),
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
