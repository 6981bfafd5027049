//! Steps 5 and 6: the new directory under a name beside the path, whole and durable before it has the path.

use std::path::{Path, PathBuf};

use linkstead_format::{DirectoryIdentity, Layout, LayoutKind, ObjectKey, Receipt, TreePath};
use linkstead_fs::file::Attributes;
use linkstead_fs::stat::{self, FileKind};
use linkstead_fs::sync::{Filesystem, Synced};
use linkstead_fs::{dir, link, probe, space};
use rayon::prelude::*;

use super::Work;
use super::alike;
use super::standing::identity_at;
use crate::error::{Error, Result};
use crate::farm::{
    Clones, Counts, Fresh, Making, Placer, Seals, Shape, directories_above, sync_paths,
};
use crate::install::InstallReport;
use crate::objects::{self, Need};
use crate::observe::{Event, Phase};
use crate::options::{LinkMode, SyncPolicy};
use crate::roles::Roles;
use crate::staging::Staging;

/// A directory that waits for its path.
pub(super) struct Built {
    pub(super) path: PathBuf,
    pub(super) identity: DirectoryIdentity,
    /// The file system that it lies on, open since before the first write.
    pub(super) filesystem: Filesystem,
    pub(super) synced: Synced,
    pub(super) report: InstallReport,
}

impl Work<'_> {
    /// Makes the directory and everything in it durable, its name too.
    pub(super) fn build(&self, staging: &Staging, path: PathBuf) -> Result<Built> {
        let roles = Roles::new(&self.layout, self.own_inodes()?);
        let filesystem = Filesystem::open(&self.target.parent)?;
        self.check_room(staging, &roles)?;
        dir::create_dir(&path, 0o755)?;
        let making = Making {
            store: self.store,
            base: &path,
            tree: &self.tree,
            control: &self.options.control,
            observer: self.observer,
        };
        // Where an object has as many names as the file system allows, a fresh inode is made in staging.
        staging.fill()?;
        let fresh = Fresh::none(staging);
        let counts = Counts::default();
        let (root, mode) = (
            self.store.root(),
            link_mode(&self.layout, self.options.link_mode),
        );
        let placed = making.fill(Placer::new(
            root,
            &roles,
            &fresh,
            Seals::Seen,
            mode,
            &counts,
        ))?;
        if let Some(missing) = placed.missing.iter().next() {
            return Err(self.lacks(missing));
        }
        let own = placed.own.iter().map(|file| path.join(file.as_str()));
        let mut files: Vec<PathBuf> = own.collect();
        files.extend(fresh.files());
        let host_files = self.copy_host_files(&path)?;
        let mut directories = making.directories();
        directories.extend(directories_above(&path, &host_files));
        files.extend(host_files);
        making.symlinks()?;
        directories.push(self.target.parent.clone());
        self.observer.event(&Event::Phase { phase: Phase::Sync });
        let synced = sync_paths(SyncPolicy::Auto, files, directories, &filesystem)?;
        let report = InstallReport {
            no_links_because: placed.no_links_because,
            ..InstallReport::default()
        };
        Ok(Built {
            identity: self.identity(&path)?,
            path,
            filesystem,
            synced,
            report: report.with(&counts),
        })
    }

    fn identity(&self, path: &Path) -> Result<DirectoryIdentity> {
        identity_at(path)?.ok_or_else(|| Error::Damaged {
            path: path.to_path_buf(),
            problem: "it went away while it was filled".into(),
        })
    }

    /// The files that are not to be links: as in the bundle's own directory, and those whose object's mode drifted. An object
    /// that is missing or altered is an error: nothing altered is linked.
    fn own_inodes(&self) -> Result<Vec<TreePath>> {
        let mut own = self.receipt.exceptions.copied.clone();
        let files: Vec<_> = self.tree.files().filter(|file| file.size > 0).collect();
        let drifted: Vec<TreePath> = self.store.pool()?.run(|| {
            let looks = files.par_iter().map(|file| {
                self.options.control.check()?;
                match objects::need(self.store.root(), &file.key, file.size)? {
                    Need::Nothing => Ok(None),
                    Need::Renew => Ok(Some(file.path.clone())),
                    Need::New | Need::Replace => Err(self.lacks(&file.key)),
                }
            });
            looks.filter_map(Result::transpose).collect::<Result<_>>()
        })?;
        own.extend(drifted);
        Ok(own)
    }

    fn lacks(&self, object: &ObjectKey) -> Error {
        Error::Damaged {
            path: self.store.path(object.relative_path()),
            problem: format!(
                "{}@{} needs this object, and it is missing or altered",
                self.bundle.name, self.bundle.version
            ),
        }
    }

    /// What the directory takes must fit, before the first write. On another file system all of it is new.
    fn check_room(&self, staging: &Staging, roles: &Roles) -> Result<()> {
        let parent = &self.target.parent;
        let free = space::free(parent)?;
        let is_same = stat::mount(parent)? == stat::mount(self.store.root())?;
        let copies = Roles::new(
            &Layout {
                kind: LayoutKind::Isolated,
                private: self.layout.private.clone(),
            },
            [],
        );
        let roles = if is_same { roles } else { &copies };
        let shape = self
            .store
            .pool()?
            .run(|| Ok(Shape::of_tree(&self.tree, roles)))?;
        let room = shape.room(&free, Clones::NotMade);
        let _ = self.room.set(room);
        if room.check(parent, &free).is_ok() {
            return Ok(());
        }
        let clones = match is_same
            && self.options.link_mode != LinkMode::Copy
            && staging.fill().is_ok()
            && probe::clones(&staging.scratch(), &staging.scratch())
        {
            true => Clones::Made,
            false => Clones::NotMade,
        };
        shape.room(&free, clones).check(parent, &free)
    }

    /// The host's own files, as they are in the bundle's directory now, modes included; what is not there is the host's choice.
    fn copy_host_files(&self, to: &Path) -> Result<Vec<PathBuf>> {
        let mut copied = Vec::new();
        for file in &self.receipt.exceptions.host {
            let from = self.bundle.path.join(file.as_str());
            let Some(found) = stat::stat(&from)?.filter(|found| found.kind == FileKind::File)
            else {
                continue;
            };
            if let Some(parent) = file.parent() {
                alike::create_dirs(&self.bundle.path, to, Path::new(parent.as_str()))?;
            }
            let path = to.join(file.as_str());
            let attributes = Attributes {
                mode: alike::mode_of(&found),
                mtime: None,
            };
            link::copy(&from, &path, &attributes)?;
            copied.push(path);
        }
        Ok(copied)
    }
}

/// The layout of the new directory: the bundle's own, unless another was asked for.
pub(super) fn layout_of(receipt: &Receipt, wanted: LinkMode) -> Layout {
    Layout {
        kind: match wanted {
            LinkMode::Auto => receipt.layout.kind,
            LinkMode::Hardlink => LayoutKind::Linked,
            LinkMode::Reflink | LinkMode::Copy => LayoutKind::Isolated,
        },
        private: receipt.layout.private.clone(),
    }
}

fn link_mode(layout: &Layout, wanted: LinkMode) -> LinkMode {
    match (layout.kind, wanted) {
        (LayoutKind::Isolated, LinkMode::Auto) => LinkMode::Reflink,
        (_, wanted) => wanted,
    }
}
