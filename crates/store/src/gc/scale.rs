//! What goes is put on a scale, thing by thing: it tells how many bytes are really free by then. An object counts when the last
//! bundle that needs it has gone, and when no other link to its inode stays.

use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, ObjectKey, TreeId, paths};
use linkstead_fs::dir::{self, DirEntry};
use linkstead_fs::stat;
use linkstead_fs::stat::FileKind;
use rayon::prelude::*;

use super::needed::{Needed, Released};
use super::tally::{Tally, bytes_on_disk};
use crate::error::Result;
use crate::store::Store;
use crate::stored::read_tree;

/// A store that gets lighter.
pub(crate) struct Scale<'a> {
    store: &'a Store,
    needed: Needed,
    tally: Tally,
    /// What goes on other disks: no inode there has a link on the store's.
    elsewhere: Tally,
    /// What the objects take that are needed; only if that was weighed.
    object_bytes: u64,
    counts: Counts,
}

/// How much went.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    /// Removed directories, parked or doomed.
    pub(super) parked: usize,
    /// Trees.
    pub(super) trees: usize,
    /// Objects.
    pub(super) objects: usize,
}

impl<'a> Scale<'a> {
    /// A store of which so much is needed.
    pub(crate) fn new(store: &'a Store, needed: Needed) -> Self {
        Scale {
            store,
            needed,
            tally: Tally::default(),
            elsewhere: Tally::default(),
            object_bytes: 0,
            counts: Counts::default(),
        }
    }

    /// Takes away directories outside the store, which hold links of its objects if they lie on its disk.
    pub(super) fn take_outside(&mut self, displaced: &[PathBuf]) -> Result<()> {
        let home = device(self.store.root())?;
        for path in displaced {
            let tally = match device(path)? == home {
                true => &mut self.tally,
                false => &mut self.elsewhere,
            };
            tally.add_tree(path);
        }
        Ok(())
    }

    /// Takes away what recovery will doom.
    pub(super) fn take_dead(&mut self, dead: &[PathBuf]) {
        self.counts.parked += dead.len();
        for path in dead {
            self.tally.add_tree(path);
        }
    }

    /// Takes away what nothing needs as it is: removed directories but `spared`, then trees and objects.
    pub(crate) fn take_leftovers(&mut self, spared: Option<&Path>) -> Result<()> {
        for shelf in [paths::PARKED, paths::TRASH] {
            let shelf = self.store.path(shelf);
            for entry in dir::list_if_present(&shelf)? {
                let path = shelf.join(entry.name);
                if spared != Some(&*path) {
                    self.tally.add_tree(&path);
                    self.counts.parked += 1;
                }
            }
        }
        for (_, path) in unneeded_trees(self.store, &self.needed)? {
            self.tally.add_file(&path)?;
            self.counts.trees += 1;
        }
        for (_, path) in unneeded_objects(self.store, &self.needed)? {
            self.tally.add_file(&path)?;
            self.counts.objects += 1;
        }
        Ok(())
    }

    /// Weighs the objects that are needed; each one costs a look.
    pub(super) fn weigh_objects(&mut self) -> Result<()> {
        let needed = |key: &ObjectKey| self.needed.has_object(key);
        for (_, path) in shelved(self.store, paths::OBJECTS, ObjectKey::parse, needed)? {
            self.object_bytes += stat::stat(&path)?.as_ref().map_or(0, bytes_on_disk);
        }
        Ok(())
    }

    /// Takes away a published or removed directory with the small files that go with it, and all that only it needed. Says how
    /// many bytes that frees by now. Of an unreadable tree nothing was needed.
    pub(crate) fn take(
        &mut self,
        directory: &Path,
        small_files: &[PathBuf],
        tree: &TreeId,
    ) -> Result<u64> {
        let before = self.tally.freed();
        self.tally.add_tree(directory);
        for file in small_files {
            self.tally.add_file(file)?;
        }
        if self.needed.has_tree(tree)
            && let Some(content) = read_tree(self.store, tree)?
            && let Some(released) = self.needed.release(tree, &content)
        {
            self.take_released(&released)?;
        }
        Ok(self.tally.freed() - before)
    }

    fn take_released(&mut self, released: &Released) -> Result<()> {
        let tree = self.store.path(paths::tree_file(&released.tree));
        if self.tally.add_file(&tree)?.is_some() {
            self.counts.trees += 1;
        }
        for key in &released.objects {
            let object = self.store.path(key.relative_path());
            if let Some(found) = self.tally.add_file(&object)? {
                self.counts.objects += 1;
                let weight = bytes_on_disk(&found);
                self.object_bytes = self.object_bytes.saturating_sub(weight);
            }
        }
        Ok(())
    }

    /// Bytes that are free when all that was taken away has gone, on whichever disk.
    pub(super) fn freed(&self) -> u64 {
        self.tally.freed() + self.elsewhere.freed()
    }

    /// The same of the store's disk alone.
    pub(super) fn freed_here(&self) -> u64 {
        self.tally.freed()
    }

    /// What the objects take that are still needed, if that was weighed.
    pub(super) fn object_bytes(&self) -> u64 {
        self.object_bytes
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn needed(&self) -> &Needed {
        &self.needed
    }

    /// What is still needed.
    pub(super) fn into_needed(self) -> Needed {
        self.needed
    }
}

/// Where something lies; `None` if it is gone.
fn device(path: &Path) -> Result<Option<u64>> {
    Ok(stat::stat(path)?.map(|found| found.device))
}

/// The small files of a published directory that go with it; the ref of its version too, if that still names it.
pub(crate) fn small_files(store: &Store, key: &BundleKey) -> Vec<PathBuf> {
    vec![store.path(key.receipt()), store.path(key.use_stamp())]
}

/// The trees that nothing needs, with their files.
pub(super) fn unneeded_trees(store: &Store, needed: &Needed) -> Result<Vec<(TreeId, PathBuf)>> {
    let unneeded = |id: &TreeId| !needed.has_tree(id);
    shelved(store, paths::TREES, paths::parse_tree_file, unneeded)
}

/// The objects that nothing needs, with their files.
pub(super) fn unneeded_objects(
    store: &Store,
    needed: &Needed,
) -> Result<Vec<(ObjectKey, PathBuf)>> {
    let unneeded = |key: &ObjectKey| !needed.has_object(key);
    shelved(store, paths::OBJECTS, ObjectKey::parse, unneeded)
}

/// What is wanted of what lies in the two-digit directories, which all threads list; a name that is none of ours is left alone.
fn shelved<T: Send>(
    store: &Store,
    base: &str,
    parse: impl Fn(&str, &str) -> Option<T> + Sync,
    is_wanted: impl Fn(&T) -> bool + Sync,
) -> Result<Vec<(T, PathBuf)>> {
    let base = store.path(base);
    let list = |shelf: &DirEntry| -> Result<Vec<(T, PathBuf)>> {
        let Some(number) = shelf.name.to_str() else {
            return Ok(Vec::new());
        };
        let path = base.join(number);
        let files = dir::list_if_present(&path)?;
        let wanted = files.iter().filter_map(|file| {
            let name = file.name.to_str()?;
            let parsed = parse(number, name).filter(&is_wanted)?;
            Some((parsed, path.join(name)))
        });
        Ok(wanted.collect())
    };
    let mut shelves = dir::list_if_present(&base)?;
    shelves.retain(|shelf| shelf.kind == FileKind::Directory);
    let found: Vec<Vec<(T, PathBuf)>> = store.pool()?.run(|| {
        let shelves = shelves.par_iter().with_max_len(4);
        shelves.map(list).collect::<Result<_>>()
    })?;
    Ok(found.into_iter().flatten().collect())
}
