//! Steps 6 to 17: the bytes of new objects become durable, then the commit window opens, in which the bundle becomes visible by one
//! rename.

use std::path::PathBuf;

use linkstead_format::{BundleKey, BundleRow, DirectoryName, Ref, Target, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::rename::{self, RenameOutcome};
use linkstead_fs::sync::Synced;
use linkstead_fs::{dir, file, stat};

use super::report::{InstallReport, Installed, Outcome};
use super::{Bundle, Install, Staged};
use crate::error::{Error, Result};
use crate::locks::{Epoch, Window};
use crate::manifest::{LookUps, Reader, Writer};
use crate::observe::{Event, Phase};
use crate::options::Activation;
use crate::published::{self, Slot};
use crate::refs;
use crate::set_aside;
use crate::staging::{self, Staging};
use crate::store::ensure_directory;

impl Install<'_> {
    /// Makes the staged bundle durable and visible.
    pub(super) fn commit(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        mut staged: Staged,
    ) -> Result<Installed> {
        self.observer.event(&Event::Phase { phase: Phase::Sync });
        let bytes = self.sync_staged(&mut staged)?;
        self.options.control.check()?;
        let window = self.locks.window(&bundle.name)?;
        self.observer.event(&Event::Phase {
            phase: Phase::Commit,
        });
        let names = self.names_since(staged.epoch, &window)?;
        let mut relied_on = self.name_objects(&bytes, names, staging, bundle, &staged)?;
        relied_on.extend(self.write_tree(bundle, names, &staged)?);
        match published::find(
            self.store.root(),
            &bundle.name,
            &bundle.version,
            &bundle.directory,
        )? {
            Slot::Ours(ours) if self.is_recorded(&ours.key())? => {
                let _: Synced = self.sync(Vec::new(), relied_on)?;
                self.remember(&staged.look_ups)?;
                let walked = self.walk(bundle, &ours)?;
                self.settle(staging, bundle, &ours, &walked.findings)?
                    .ok_or_else(|| Error::Damaged {
                        path: ours.path,
                        problem: "its objects vanish while it is mended".into(),
                    })
            }
            Slot::Ours(orphan) => {
                let name = orphan.directory.clone();
                self.doom(&orphan.key())?;
                self.publish(staging, bundle, staged, relied_on, name)
            }
            Slot::InTheWay(name) => {
                self.doom(&BundleKey {
                    name: bundle.name.clone(),
                    version: bundle.version.clone(),
                    directory: name.clone(),
                })?;
                self.publish(staging, bundle, staged, relied_on, name)
            }
            Slot::Free(name) => self.publish(staging, bundle, staged, relied_on, name),
        }
    }

    /// Steps 11 to 17, for a directory that is not there yet.
    fn publish(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        staged: Staged,
        mut relied_on: Vec<PathBuf>,
        directory: DirectoryName,
    ) -> Result<Installed> {
        let root = self.store.root();
        let target = root.join(paths::published(&bundle.name, &bundle.version, &directory));
        let of_version = root.join(paths::bundles_dir(&bundle.name, &bundle.version));
        // What is gone from here may not be durably gone, and must not come back beside the new receipt.
        set_aside::settle(root)?;
        dir::sync_dir_if_present(&of_version)?;
        relied_on.extend(self.write_receipt(bundle, &staged, &directory)?);
        relied_on.extend(staged.farm.directories.iter().cloned());
        let synced = self.sync(staged.farm.own_files, relied_on)?;
        match rename::publish(&staging.tree(), &target, synced)? {
            RenameOutcome::Renamed => {}
            RenameOutcome::TargetExists => {
                return Err(Error::Damaged {
                    path: target,
                    problem: "it appeared while the name's lock was held".into(),
                });
            }
        }
        dir::sync_dir(staging.path())?;
        dir::sync_dir(&of_version)?;
        let key = BundleKey {
            name: bundle.name.clone(),
            version: bundle.version.clone(),
            directory: directory.clone(),
        };
        let row = BundleRow {
            sequence: 0,
            tree: bundle.tree_id,
            directory: bundle.directory,
        };
        Writer::open_or_begin(self.store, &self.locks)?
            .record(Some((&key, row)), &staged.look_ups)?;
        self.write_refs(bundle, &directory)?;
        let report = InstallReport {
            no_links_because: staged.farm.placed.no_links_because,
            ..counted(bundle)
        };
        let report = report.with(&staged.farm.counts);
        Ok(self.installed(bundle, target, Outcome::Published, report))
    }

    /// What became of the names that were there when this epoch was read.
    fn names_since(&self, epoch: Epoch, window: &Window) -> Result<Names> {
        look_again(
            &self.store.path(paths::LOCK_STORE),
            || Names::AsTheyWere,
            || match epoch.lasts_until(window.epoch()?) {
                true => Ok(Names::AsTheyWere),
                false => Ok(Names::PerhapsGone),
            },
        )
    }

    /// Step 9: the tree, named by its digest.
    fn write_tree(&self, bundle: &Bundle, names: Names, staged: &Staged) -> Result<Vec<PathBuf>> {
        let relative = paths::tree_file(&bundle.tree_id);
        // One that is there was synced before it got its name, whoever wrote it.
        if staged.tree_was_there && names == Names::AsTheyWere {
            return Ok(parents(self.store.root(), &relative));
        }
        let path = self.store.path(&relative);
        if let Some(shelf) = relative.parent() {
            ensure_directory(self.store.root(), shelf)?;
        }
        let encoded = bundle.tree.encode();
        let there = file::read(&path, encoded.len() as u64);
        if !matches!(there, Ok(Some(found)) if found == encoded) {
            let temporary = staging::temporary(self.store.root());
            file::put_file(&temporary, &path, &encoded, 0o444)?;
        }
        Ok(parents(self.store.root(), &relative))
    }

    /// Steps 16 and 17: the refs make the bundle resolve, and perhaps current. They are durable when this returns.
    pub(super) fn write_refs(&self, bundle: &Bundle, directory: &DirectoryName) -> Result<()> {
        let content = Ref::new(
            bundle.name.clone(),
            bundle.version.clone(),
            Target::Directory(directory.clone()),
        );
        let root = self.store.root();
        refs::write(
            root,
            &paths::version_ref(&bundle.name, &bundle.version),
            &content,
        )?;
        match self.options.activation {
            Activation::MakeCurrent => {
                refs::write(root, &paths::current_ref(&bundle.name), &content)?;
            }
            Activation::Leave => {}
        }
        self.store.touch_use(&refs::Resolved {
            name: bundle.name.clone(),
            version: bundle.version.clone(),
            directory: directory.clone(),
            path: root.join(paths::published(&bundle.name, &bundle.version, directory)),
        });
        Ok(())
    }

    /// Whether the manifest has a record of this directory.
    pub(super) fn is_recorded(&self, key: &BundleKey) -> Result<bool> {
        Ok(self.record_of(key)?.is_some())
    }

    pub(super) fn record_of(&self, key: &BundleKey) -> Result<Option<BundleRow>> {
        match Reader::open(self.store.root(), &self.locks)? {
            Some(manifest) => manifest.record_of(key),
            None => Ok(None),
        }
    }

    /// Keeps look-ups of an archive whose bundle was there already.
    fn remember(&self, look_ups: &LookUps) -> Result<()> {
        Writer::open_or_begin(self.store, &self.locks)?.record(None, look_ups)
    }

    pub(super) fn installed(
        &self,
        bundle: &Bundle,
        directory: PathBuf,
        outcome: Outcome,
        report: InstallReport,
    ) -> Installed {
        Installed {
            name: bundle.name.clone(),
            version: bundle.version.clone(),
            directory,
            tree: bundle.tree_id,
            archive: bundle.archive,
            outcome,
            signature: bundle.signature,
            sanitized: bundle.sanitized,
            report,
        }
    }
}

/// The names of trees and objects that an install saw, when its window has opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// None was taken away, and none will be as long as the window is open.
    AsTheyWere,
    PerhapsGone,
}

/// What can be counted on the tree alone.
pub(super) fn counted(bundle: &Bundle) -> InstallReport {
    use linkstead_format::TreeKind;
    let count = |wanted: fn(&TreeKind) -> bool| {
        let entries = bundle.tree.entries().iter();
        entries.filter(|entry| wanted(&entry.kind)).count() as u64
    };
    InstallReport {
        files: bundle.tree.files().count() as u64,
        directories: count(|kind| matches!(kind, TreeKind::Directory)),
        symlinks: count(|kind| matches!(kind, TreeKind::Symlink { .. })),
        bytes: bundle.tree.total_bytes(),
        ..InstallReport::default()
    }
}

/// The directories above a path of the store, the root included.
pub(super) fn parents(root: &std::path::Path, relative: &std::path::Path) -> Vec<PathBuf> {
    relative
        .ancestors()
        .skip(1)
        .map(|parent| root.join(parent))
        .filter(|parent| stat::stat(parent).is_ok_and(|found| found.is_some()))
        .collect()
}
