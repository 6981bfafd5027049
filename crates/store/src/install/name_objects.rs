//! Step 8: gives the new objects their names, inside the commit window, and sees that every needed name is there.
//!
//! I1: only synced files come here. A name that a sweep took since it was linked comes back from the staged tree; a name that
//! another install made meanwhile wins, and the staged paths are linked to its inode, so that the content is on disk once.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use linkstead_format::{ObjectKey, Tree, TreeFile, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::dir;
use linkstead_fs::link::{self, LinkOutcome};
use linkstead_fs::rename::{self, RenameOutcome};
use linkstead_fs::stat;
use linkstead_fs::sync::{self, Synced};
use rayon::prelude::*;

use super::commit::Names;
use super::materialize::Farm;
use super::{Bundle, Install, Staged};
use crate::error::{Error, Result};
use crate::farm::{Fresh, Shelves, copy_hashed};
use crate::objects::{self, NameNow, Need};
use crate::observe::{Event, Notice};
use crate::roles::{Role, Roles};
use crate::staging::{self, Staging};

impl Install<'_> {
    /// Sees to the names of all objects of the bundle; returns the directories that hold them. The token says that the
    /// bytes of fresh objects are durable.
    pub(super) fn name_objects(
        &self,
        _bytes: &Synced,
        names: Names,
        staging: &Staging,
        bundle: &Bundle,
        staged: &Staged,
    ) -> Result<Vec<PathBuf>> {
        let root = self.store.root();
        let shelves = make_shelves(root, &bundle.tree, staged.fresh.shelves())?;
        let namer = Namer {
            install: self,
            root,
            staging,
            fresh: &staged.fresh,
            named: &shelves.named,
            tree: &bundle.tree,
            linked: OnceLock::new(),
            roles: bundle.roles(),
            farm: &staged.farm,
        };
        self.store.pool()?.run(|| {
            // A mutant that skips the look believes that nothing changed.
            let changed = look_again(&root.join(paths::OBJECTS), Vec::new, || match names {
                // How long a claimed tree has had its objects, nobody knows.
                Names::AsTheyWere if staged.farm.claimed.is_none() => Ok(Vec::new()),
                _ => namer.changed(),
            });
            changed?
                .par_iter()
                .try_for_each(|changed| namer.restore(changed))?;
            namer
                .fresh_ones()
                .par_iter()
                .try_for_each(|(key, size)| namer.name(key, *size))
        })?;
        // The move of a directory is durable when both sides are. One that another install moved a moment ago is relied on too.
        let nothing_moved = staged.fresh.is_empty();
        for objects in staging::objects_of_all(self.store.root())? {
            if !(nothing_moved && objects == staging.objects()) {
                dir::sync_dir_if_present(&objects)?;
            }
        }
        Ok(shelves.all)
    }
}

/// The two-digit directories of some objects.
struct StoreShelves {
    /// All, and the directory that holds them.
    all: Vec<PathBuf>,
    /// The numbers of those that were staged: what is in them has its name.
    named: BTreeSet<u8>,
}

/// Makes the shelves that are missing; a staged one takes the place with all its objects.
fn make_shelves(root: &Path, tree: &Tree, staged: &Shelves) -> Result<StoreShelves> {
    let files = tree.files().filter(|file| file.size > 0);
    let numbers: BTreeSet<u8> = files.map(|file| file.key.shelf()).collect();
    let mut shelves = StoreShelves {
        all: vec![root.join(paths::OBJECTS)],
        named: BTreeSet::new(),
    };
    for number in numbers {
        let path = root.join(paths::shelf(number));
        if stat::stat(&path)?.is_none() {
            match staged.staged(number) {
                Some(staged) => match rename::rename_no_replace(&staged, &path)? {
                    RenameOutcome::Renamed => {
                        shelves.named.insert(number);
                    }
                    // Another install was first: each object gets its own name.
                    RenameOutcome::TargetExists => {}
                },
                None => {
                    dir::create_dir(&path, 0o755)?;
                }
            }
        }
        shelves.all.push(path);
    }
    Ok(shelves)
}

/// An object of the store whose name is not what it was when the tree was linked.
struct Changed {
    key: ObjectKey,
    size: u64,
    is_gone: bool,
}

struct Namer<'a> {
    install: &'a Install<'a>,
    root: &'a Path,
    staging: &'a Staging,
    fresh: &'a Fresh,
    named: &'a BTreeSet<u8>,
    tree: &'a Tree,
    // Made when a name was met or gone: most installs need it never.
    linked: OnceLock<HashMap<ObjectKey, Vec<TreeFile<'a>>>>,
    roles: Roles,
    farm: &'a Farm,
}

impl<'a> Namer<'a> {
    /// The objects that have no name yet.
    fn fresh_ones(&self) -> Vec<(ObjectKey, u64)> {
        match self.fresh.is_empty() {
            true => Vec::new(),
            false => self.objects(|need| need != Need::Nothing),
        }
    }

    /// The objects of the tree whose names need such a thing, ascending.
    fn objects(&self, such: impl Fn(Need) -> bool) -> Vec<(ObjectKey, u64)> {
        let objects = self.tree.objects();
        objects
            .filter(|(key, _)| such(self.fresh.need(key)))
            .collect()
    }

    /// Those of the store whose name is gone, or is another inode's than a claimed tree holds.
    fn changed(&self) -> Result<Vec<Changed>> {
        let objects = self.objects(|need| need == Need::Nothing);
        let keys: Vec<ObjectKey> = objects.iter().map(|(key, _)| *key).collect();
        let claimed = |key: &ObjectKey| self.farm.claimed.as_ref()?.get(key).copied();
        let names = objects::names_now(self.root, &keys, claimed)?;
        let looked = objects.into_iter().zip(names);
        let changed = looked.filter(|(_, name)| *name != NameNow::AsExpected);
        Ok(changed
            .map(|((key, size), name)| Changed {
                key,
                size,
                is_gone: name == NameNow::Gone,
            })
            .collect())
    }

    fn restore(&self, changed: &Changed) -> Result<()> {
        let key = &changed.key;
        let path = self.root.join(key.relative_path());
        if changed.is_gone {
            return self.bring_back(key, &path);
        }
        // A tree that was parked may hold an older inode than the name has by now.
        if objects::need(self.root, key, changed.size)? == Need::Nothing {
            let _: LinkOutcome = self.relink(key, &path)?;
        }
        Ok(())
    }

    /// Gives a fresh object its name.
    fn name(&self, key: &ObjectKey, size: u64) -> Result<()> {
        if self.named.contains(&key.shelf()) {
            return Ok(());
        }
        let (staged, path) = (self.fresh.path(key), self.root.join(key.relative_path()));
        match rename::rename_no_replace(&staged, &path)? {
            RenameOutcome::Renamed => Ok(()),
            RenameOutcome::TargetExists => self.meet(key, size, &staged, &path),
        }
    }

    /// The name is taken, perhaps by another install since: link the staged paths to its inode if that is sound, else replace it.
    fn meet(&self, key: &ObjectKey, size: u64, staged: &Path, path: &Path) -> Result<()> {
        match objects::need(self.root, key, size)? {
            Need::Nothing => self.relink_or_replace(key, staged, path),
            need => self.replace(key, need, staged, path),
        }
    }

    /// A fresh inode takes over the name; altered content is kept for people to look at.
    fn replace(&self, key: &ObjectKey, need: Need, staged: &Path, path: &Path) -> Result<()> {
        if need == Need::Replace {
            let kept = objects::keep_in_quarantine(self.root, key)?;
            self.install.observer.event(&Event::Notice {
                notice: Notice::Quarantined { path: kept },
            });
        }
        rename::rename_over(staged, path)?;
        Ok(())
    }

    /// The same where the staged inode may take the name if the one that has it takes no more: the next install links the fresh one.
    fn relink_or_replace(&self, key: &ObjectKey, staged: &Path, path: &Path) -> Result<()> {
        match self.relink(key, path)? {
            LinkOutcome::TooManyLinks => Ok(rename::rename_over(staged, path)?),
            _ => Ok(()),
        }
    }

    /// Links the staged paths of an object to the inode that has its name.
    fn relink(&self, key: &ObjectKey, path: &Path) -> Result<LinkOutcome> {
        for file in self.linked_files(key) {
            let scratch = self.staging.scratch();
            match link::hard_link(path, &scratch)? {
                LinkOutcome::Linked => {
                    let file = self.staging.tree().join(file.path.as_str());
                    rename::rename_over(&scratch, &file)?;
                }
                LinkOutcome::TooManyLinks => return Ok(LinkOutcome::TooManyLinks),
                _ => {}
            }
        }
        Ok(LinkOutcome::Linked)
    }

    /// A sweep took the name after the tree was linked: the staged tree still holds the inode, or a copy of the content.
    fn bring_back(&self, key: &ObjectKey, path: &Path) -> Result<()> {
        if let Some(file) = self.linked_files(key).next() {
            let held = self.staging.tree().join(file.path.as_str());
            match link::hard_link(&held, path)? {
                LinkOutcome::Linked | LinkOutcome::TargetExists => return Ok(()),
                _ => {}
            }
        }
        self.bring_back_a_copy(key, path)
    }

    /// The files of a claimed tree were looked at a while ago, and a server that is still there may have written to one since.
    fn bring_back_a_copy(&self, key: &ObjectKey, path: &Path) -> Result<()> {
        let scratch = self.staging.scratch();
        for file in self.tree.files().filter(|file| file.key == *key) {
            let held = self.staging.tree().join(file.path.as_str());
            if copy_hashed(&held, key, &scratch, &objects::sealed(key))? {
                sync::sync_file(&scratch)?;
                let _: RenameOutcome = rename::rename_no_replace(&scratch, path)?;
                return Ok(());
            }
        }
        Err(Error::Damaged {
            path: path.to_path_buf(),
            problem: "it is gone and nothing staged has its content".into(),
        })
    }

    /// The staged paths that are hard links of this object.
    fn linked_files(&self, key: &ObjectKey) -> impl Iterator<Item = &TreeFile<'_>> {
        self.linked
            .get_or_init(|| self.index_linked())
            .get(key)
            .into_iter()
            .flatten()
    }

    fn index_linked(&self) -> HashMap<ObjectKey, Vec<TreeFile<'a>>> {
        let mut linked: HashMap<ObjectKey, Vec<TreeFile<'a>>> = HashMap::new();
        for file in self.tree.files() {
            let is_linked = self.roles.of(file.path, file.size) == Role::Linked
                && !self.farm.placed.copied.contains(file.path);
            if is_linked {
                linked.entry(file.key).or_default().push(file);
            }
        }
        linked
    }
}
