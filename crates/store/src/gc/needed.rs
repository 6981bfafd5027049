//! Which trees and objects are needed, and by how many: what the last one lets go of is needed no more.

use std::collections::HashMap;

use linkstead_format::{ExecClass, ObjectId, ObjectKey, Tree, TreeId, paths};

use rayon::prelude::*;

use crate::control::Control;
use crate::digest_map::DigestMap;
use crate::error::{Error, Result};
use crate::objects::ByShelf;
use crate::store::Store;
use crate::stored::read_tree;

/// Trees that are held in memory at once.
const AT_ONCE: usize = 64;

/// Trees and objects that must stay.
#[derive(Debug, Default)]
pub(crate) struct Needed {
    /// How many bundles and checkouts have it.
    trees: HashMap<TreeId, usize>,
    /// How many of these trees hold which content.
    objects: ByShelf<DigestMap<ObjectId, Uses>>,
}

/// How many trees hold a content in each class.
#[derive(Debug, Default, Clone, Copy)]
struct Uses {
    plain: usize,
    executable: usize,
}

impl Uses {
    fn of(self, exec: ExecClass) -> usize {
        match exec {
            ExecClass::Plain => self.plain,
            ExecClass::Executable => self.executable,
        }
    }

    fn of_mut(&mut self, exec: ExecClass) -> &mut usize {
        match exec {
            ExecClass::Plain => &mut self.plain,
            ExecClass::Executable => &mut self.executable,
        }
    }
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
            let mut first: Vec<Vec<ObjectKey>> = Vec::new();
            for (id, held) in ids.iter().zip(held) {
                if self.count(id) {
                    first.extend(held);
                }
            }
            store.pool()?.run(|| {
                self.objects.add(&first, |key| key, use_once);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The same; says whether the tree could be read.
    pub(crate) fn add_if_readable(&mut self, store: &Store, id: &TreeId) -> Result<bool> {
        if !self.has_tree(id) {
            let Some(tree) = read_tree(store, id)? else {
                return Ok(false);
            };
            for key in keys(&tree) {
                use_once(self.objects.of_mut(key.shelf()), &key);
            }
        }
        self.count(id);
        Ok(true)
    }

    /// One more has this tree; whether that is the first, with which its objects count.
    fn count(&mut self, id: &TreeId) -> bool {
        let count = self.trees.entry(*id).or_default();
        *count += 1;
        *count == 1
    }

    /// Somebody who added this tree needs it no more. Says what nobody needs now, if that is anything.
    pub(crate) fn release(&mut self, id: &TreeId, tree: &Tree) -> Option<Released> {
        let count = self.trees.get_mut(id)?;
        *count -= 1;
        if *count > 0 {
            return None;
        }
        self.trees.remove(id);
        let held = keys(tree).into_iter();
        Some(Released {
            tree: *id,
            objects: held.filter(|key| self.let_go(key)).collect(),
        })
    }

    /// A tree holds this object no more; whether it was the last.
    fn let_go(&mut self, key: &ObjectKey) -> bool {
        let contents = self.objects.of_mut(key.shelf());
        let Some(uses) = contents.get_mut(&key.id) else {
            return false;
        };
        let count = uses.of_mut(key.exec);
        let is_last = *count == 1;
        *count = count.saturating_sub(1);
        if uses.plain == 0 && uses.executable == 0 {
            contents.remove(&key.id);
        }
        is_last
    }

    pub(crate) fn has_tree(&self, id: &TreeId) -> bool {
        self.trees.contains_key(id)
    }

    pub(crate) fn has_object(&self, key: &ObjectKey) -> bool {
        let uses = self.objects.of(key.shelf()).get(&key.id);
        uses.is_some_and(|uses| uses.of(key.exec) > 0)
    }

    /// Whether an object with this content is needed: a look-up may lead to either class.
    pub(crate) fn has_content(&self, id: &ObjectId) -> bool {
        self.objects.of(id.shelf()).contains_key(id)
    }
}

fn use_once(contents: &mut DigestMap<ObjectId, Uses>, key: &ObjectKey) {
    *contents.entry(key.id).or_default().of_mut(key.exec) += 1;
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

#[cfg(test)]
mod tests {
    use linkstead_format::{TreeEntry, TreeKind, TreePath};
    use linkstead_fs::{dir, file};

    use super::*;
    use crate::{OpenMode, OpenOptions};

    // Seen to fail when many are added and one that is known already does not count again.
    #[test]
    fn what_two_have_is_needed_until_both_let_go() {
        let scratch = tempfile::tempdir().unwrap();
        let mode = OpenOptions::new(OpenMode::ReadWriteOrCreate);
        let store = Store::open(scratch.path().join("store"), &mode).unwrap();
        let key = ObjectKey {
            id: ObjectId::of(b"a"),
            exec: ExecClass::Plain,
        };
        let entry = TreeEntry {
            path: TreePath::parse("a").unwrap(),
            kind: TreeKind::File {
                exec: key.exec,
                object: key.id,
                size: 1,
            },
        };
        let tree = Tree::new(vec![entry]).unwrap();
        let path = store.path(paths::tree_file(&tree.id()));
        dir::create_dir(path.parent().unwrap(), 0o755).unwrap();
        let temporary = scratch.path().join("new");
        file::put_file(&temporary, &path, &tree.encode(), 0o444).unwrap();

        let mut needed = Needed::default();
        needed.add(&store, &tree.id()).unwrap();
        let again = [tree.id(), tree.id()];
        let control = Control::default();
        needed.add_all(&store, &again, &control).unwrap();
        for _ in again {
            assert!(needed.release(&tree.id(), &tree).is_none());
            assert!(needed.has_tree(&tree.id()) && needed.has_object(&key));
        }
        let released = needed.release(&tree.id(), &tree).unwrap();
        assert_eq!((released.tree, released.objects), (tree.id(), vec![key]));
        assert!(!needed.has_tree(&tree.id()) && !needed.has_object(&key));
        assert!(!needed.has_content(&key.id));
    }
}
