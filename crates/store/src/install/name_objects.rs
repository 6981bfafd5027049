//! Step 8: gives the new objects their names, inside the commit window, and sees that every needed name is there.
//!
//! I1: only synced files come here. A name that a sweep took since it was linked comes back from the staged tree; a name that
//! another install made meanwhile wins, and the staged paths are linked to its inode, so that the content is on disk once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use linkstead_format::{ObjectKey, TreeFile, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::dir;
use linkstead_fs::link::{self, LinkOutcome};
use linkstead_fs::rename::{self, RenameOutcome};
use linkstead_fs::stat::{self, FileStat};
use linkstead_fs::sync::{self, Synced};
use rayon::prelude::*;

use super::fresh::Fresh;
use super::materialize::Farm;
use super::place::{Role, Roles};
use super::shelves::Shelves;
use super::{Bundle, Install};
use crate::error::{Error, Result};
use crate::objects::{self, Need, ShelfHandles};
use crate::observe::{Event, Notice};
use crate::staging::{self, Staging};

impl Install<'_> {
    /// Sees to the names of all objects of the bundle; returns the directories that hold them. The token says that the
    /// staged bytes are durable.
    pub(super) fn name_objects(
        &self,
        _bytes: &Synced,
        staging: &Staging,
        bundle: &Bundle,
        fresh: &Fresh,
        farm: &Farm,
    ) -> Result<Vec<PathBuf>> {
        let objects: Vec<(ObjectKey, u64)> = bundle.tree.objects().collect();
        let shelves = make_shelves(self.store.root(), &objects, fresh.shelves())?;
        let namer = Namer {
            install: self,
            root: self.store.root(),
            staging,
            fresh,
            objects: ShelfHandles::new(self.store.root()),
            named: &shelves.named,
            files: bundle.tree.files().collect(),
            linked: OnceLock::new(),
            roles: bundle.roles(),
            farm,
        };
        self.store.pool()?.run(|| {
            objects
                .par_iter()
                .try_for_each(|(key, size)| namer.name(key, *size))
        })?;
        // The move of a directory is durable when both sides are. One that another install moved a moment ago is relied on too.
        for staged in staging::objects_of_all(self.store.root())? {
            dir::sync_dir_if_present(&staged)?;
        }
        Ok(shelves.all)
    }
}

/// The two-digit directories of some objects.
struct StoreShelves {
    /// All, and the directory that holds them.
    all: Vec<PathBuf>,
    /// Those that were staged: what is in them has its name.
    named: HashSet<PathBuf>,
}

/// Makes the shelves that are missing; a staged one takes the place with all its objects.
fn make_shelves(
    root: &Path,
    objects: &[(ObjectKey, u64)],
    staged: &Shelves,
) -> Result<StoreShelves> {
    let relative: HashSet<PathBuf> = objects
        .iter()
        .filter_map(|(key, _)| key.relative_path().parent().map(Path::to_path_buf))
        .collect();
    let mut shelves = StoreShelves {
        all: vec![root.join(paths::OBJECTS)],
        named: HashSet::new(),
    };
    for shelf in relative {
        let path = root.join(&shelf);
        if stat::stat(&path)?.is_none() {
            match staged.staged(&shelf) {
                Some(staged) => match rename::rename_no_replace(&staged, &path)? {
                    RenameOutcome::Renamed => {
                        shelves.named.insert(path.clone());
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

struct Namer<'a> {
    install: &'a Install<'a>,
    root: &'a Path,
    staging: &'a Staging,
    fresh: &'a Fresh,
    objects: ShelfHandles,
    named: &'a HashSet<PathBuf>,
    files: Vec<TreeFile<'a>>,
    // Made when a name was met or gone: most installs need it never.
    linked: OnceLock<HashMap<ObjectKey, Vec<TreeFile<'a>>>>,
    roles: Roles,
    farm: &'a Farm,
}

impl<'a> Namer<'a> {
    fn name(&self, key: &ObjectKey, size: u64) -> Result<()> {
        let path = self.root.join(key.relative_path());
        match self.fresh.need(key) {
            Need::Nothing => {
                let found = look_again(&path, || None, || self.objects.stat(key).map(Some));
                match found? {
                    // Nobody looked: taken for what it was.
                    None => Ok(()),
                    Some(None) => self.bring_back(key, &path),
                    Some(Some(found)) => self.share_again(key, size, &found, &path),
                }
            }
            _ if path
                .parent()
                .is_some_and(|shelf| self.named.contains(shelf)) =>
            {
                Ok(())
            }
            Need::New => {
                let staged = self.fresh.path(key);
                match rename::rename_no_replace(&staged, &path)? {
                    RenameOutcome::Renamed => Ok(()),
                    RenameOutcome::TargetExists => self.meet(key, size, &staged, &path),
                }
            }
            // Another install may have put it right since: judged again.
            Need::Renew | Need::Replace => self.meet(key, size, &self.fresh.path(key), &path),
        }
    }

    /// A tree that was parked may hold an older inode than the name has by now.
    fn share_again(&self, key: &ObjectKey, size: u64, named: &FileStat, path: &Path) -> Result<()> {
        match self.farm.claimed.get(key) {
            Some(held)
                if *held != (named.device, named.inode)
                    && objects::need(self.root, key, size)? == Need::Nothing =>
            {
                self.relink(key, path).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// The name is taken: link the staged paths to its inode if that is sound, else replace it.
    fn meet(&self, key: &ObjectKey, size: u64, staged: &Path, path: &Path) -> Result<()> {
        match objects::need(self.root, key, size)? {
            Need::Nothing => self.relink_or_replace(key, staged, path),
            Need::New => match rename::rename_no_replace(staged, path)? {
                RenameOutcome::Renamed => Ok(()),
                RenameOutcome::TargetExists => self.relink_or_replace(key, staged, path),
            },
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
        let copy = self
            .files
            .iter()
            .find(|file| file.key == *key)
            .ok_or_else(|| Error::Damaged {
                path: path.to_path_buf(),
                problem: "it is gone and nothing staged holds it".into(),
            })?;
        let held = self.staging.tree().join(copy.path.as_str());
        let scratch = self.staging.scratch();
        link::copy(&held, &scratch, &objects::sealed(key))?;
        sync::sync_file(&scratch)?;
        match rename::rename_no_replace(&scratch, path)? {
            RenameOutcome::Renamed | RenameOutcome::TargetExists => Ok(()),
        }
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
        for file in &self.files {
            let is_linked = self.roles.of(file.path, file.size) == Role::Linked
                && !self.farm.placed.copied.contains(file.path);
            if is_linked {
                linked.entry(file.key).or_default().push(*file);
            }
        }
        linked
    }
}
