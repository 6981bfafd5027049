//! Step 5 where the bundle was removed a while ago: its parked directory becomes the staged tree, and only what the server changed
//! in it is made anew.
//!
//! A hint, like a look-up: whatever is odd about a parked directory leaves it where it is, and the tree is made as ever. It is
//! renamed into staging under its own lock, and nothing waits for `parked/`: a directory has one name, and that of its
//! publishing is made durable.

mod look;

use std::path::{Path, PathBuf};

use linkstead_format::{LayoutKind, paths};
use linkstead_fs::rename::{self, MoveOutcome};
use linkstead_fs::stat::FileKind;
use linkstead_fs::{DirHandle, dir, link};
use rayon::prelude::*;

use super::bundle::Bundle;
use super::materialize::Farm;
use super::{Install, Staging};
use crate::error::Result;
use crate::farm::{Counts, Fresh, Placer, Seals, Spot};
use crate::locks;
use crate::objects::{self, Need};
use crate::observe::{Event, Phase};
use crate::options::LinkMode;
use crate::roles::Roles;

use look::Changes;

impl Install<'_> {
    /// Fills the staging with the parked directory of a bundle; `None` if there is none that is fit, or if an object is gone that
    /// it needs. Then the staging is as empty as it was.
    pub(super) fn claim_parked(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        fresh: &Fresh,
        counts: Counts,
    ) -> Result<Option<Farm>> {
        let may_link = matches!(self.options.link_mode, LinkMode::Auto | LinkMode::Hardlink);
        if bundle.layout.kind != LayoutKind::Linked || !may_link {
            return Ok(None);
        }
        let parked = self.parked_directories_of(bundle)?;
        if parked.is_empty() {
            return Ok(None);
        }
        self.observer.event(&Event::Phase {
            phase: Phase::Materialize,
        });
        let roles = bundle.roles();
        for parked in parked {
            // Whoever removes it may not be done.
            let Ok(Some(lock)) = locks::try_directory(&parked) else {
                continue;
            };
            let Some(changes) = self.look_at_parked(&parked, bundle, &roles)? else {
                continue;
            };
            if !self.can_make_anew(&changes)? {
                continue;
            }
            if !move_in(&parked, &staging.tree())? {
                continue;
            }
            drop(lock);
            return match self.undo(staging, &roles, fresh, changes, counts)? {
                Some(farm) => Ok(Some(farm)),
                None => staging.restart().map(|()| None),
            };
        }
        Ok(None)
    }

    /// Whether the store has what was changed, with whole seals: a server that wrote through a link altered the object too.
    fn can_make_anew(&self, changes: &Changes<'_>) -> Result<bool> {
        for file in changes.files.iter().filter(|file| file.size > 0) {
            if objects::need(self.store.root(), &file.key, file.size)? != Need::Nothing {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn parked_directories_of(&self, bundle: &Bundle) -> Result<Vec<PathBuf>> {
        let base = self.store.path(paths::PARKED);
        let entries = dir::list_if_present(&base)?.into_iter();
        Ok(entries
            .filter(|entry| {
                let of = entry.name.to_str().and_then(paths::parse_parked);
                entry.kind == FileKind::Directory && of == Some(bundle.directory)
            })
            .map(|entry| base.join(entry.name))
            .collect())
    }

    /// Makes the tree what it was when it was published; `None` if an object is gone that this takes.
    fn undo(
        &self,
        staging: &Staging,
        roles: &Roles,
        fresh: &Fresh,
        changes: Changes<'_>,
        counts: Counts,
    ) -> Result<Option<Farm>> {
        let base = staging.tree();
        let placer = Placer::new(
            self.store.root(),
            roles,
            fresh,
            Seals::Seen,
            self.options.link_mode,
            &counts,
        );
        for extra in &changes.extra {
            dir::remove_tree(&base.join(extra))?;
        }
        self.store.pool()?.run(|| {
            changes.files.par_iter().try_for_each(|file| {
                let path = base.join(file.path.as_str());
                dir::remove_file(&path)?;
                let directory = DirHandle::by_path(path.parent().unwrap_or(&base));
                let spot = Spot {
                    directory: &directory,
                    name: file.path.file_name(),
                };
                placer.place(*file, spot)
            })
        })?;
        for (path, target) in &changes.symlinks {
            let path = base.join(path.as_str());
            dir::remove_file(&path)?;
            link::symlink(Path::new(target), &path)?;
        }
        let mut placed = placer.finish();
        // A fresh inode for an object that takes no more links is for a tree that is made from the start.
        if !placed.missing.is_empty() || !fresh.is_empty() {
            return Ok(None);
        }
        // Links that were left alone count as links that were made; of the other files the receipt and the sync must know.
        counts.linked.add_all(changes.linked);
        for (file, role) in &changes.own {
            placed.add(*file, *role);
        }
        let directories = changes.directories(&base);
        let mut farm = self.farm(&base, placed, counts, directories)?;
        farm.claimed = Some(changes.inodes);
        Ok(Some(farm))
    }
}

/// Renames a parked directory into a staging; whether it was still there, and can be renamed.
fn move_in(parked: &Path, tree: &Path) -> Result<bool> {
    dir::remove_empty_dir(tree)?;
    let moved = rename::move_aside(parked, tree)? == MoveOutcome::Moved;
    if !moved {
        dir::create_dir(tree, 0o755)?;
    }
    Ok(moved)
}
