//! Published directories: damaged paths are made anew from the objects and renamed over, twins are linked to their objects again.
//!
//! A directory is walked without a lock, then each thing that the walk found is judged again in the window of its name. A leased
//! directory is mended too: a running server never misses a file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, LayoutKind, Receipt, Tree, TreeEntry, TreeKind};
use linkstead_fs::stat::{self, FileKind};

use super::Repair;
use crate::error::Result;
use crate::heal::{self, Patient, Traces};
use crate::objects::{self, Need, ObjectInodes};
use crate::observe::{Meter, Phase, Unit};
use crate::options::LinkMode;
use crate::published;
use crate::roles::Roles;
use crate::unreadable;
use crate::verify::{Touched, is_still_named};
use crate::walk::{self, Damage, Depth, Finding, PrivateFiles};
use linkstead_fs::sync::Synced;

/// A directory as its receipt and its tree say it should be.
pub(super) struct Described {
    pub(super) at: BundleKey,
    pub(super) path: PathBuf,
    pub(super) receipt: Receipt,
    pub(super) tree: Tree,
    pub(super) roles: Roles,
}

impl Described {
    pub(super) fn directory(&self) -> walk::Directory<'_> {
        walk::Directory::of_receipt(&self.path, &self.tree, &self.receipt)
    }

    /// How its files are made. An isolated one shares blocks at most.
    pub(super) fn link_mode(&self) -> LinkMode {
        match self.receipt.layout.kind {
            LayoutKind::Linked => LinkMode::Auto,
            LayoutKind::Isolated => LinkMode::Reflink,
        }
    }
}

impl Repair<'_> {
    /// Mends and shares the directories in which something was found. Those that shared an inode which lost its name here are
    /// found apart from their object by the next pass.
    pub(super) fn directories(&mut self, touched: Touched, objects: &ObjectInodes) -> Result<()> {
        for at in touched {
            self.locks.control().check()?;
            let Some(described) = self.describe(at)? else {
                continue;
            };
            match stat::stat(&described.path) {
                Ok(None) => self.republish(&described)?,
                Ok(Some(found)) if found.kind == FileKind::Directory => {
                    self.directory(&described, objects)?;
                }
                Ok(Some(_)) => {}
                Err(error) => drop(unreadable::problem_of(error.into())?),
            }
        }
        Ok(())
    }

    /// What a directory should be; `None` if its receipt or its tree cannot be had.
    pub(super) fn describe(&self, at: BundleKey) -> Result<Option<Described>> {
        let described = published::receipt_and_tree(self.store, &at)?;
        Ok(described.map(|(receipt, tree)| Described {
            path: self.store.path(at.published()),
            roles: walk::roles_of(&receipt),
            at,
            receipt,
            tree,
        }))
    }

    fn directory(&mut self, described: &Described, objects: &ObjectInodes) -> Result<()> {
        let directory = described.directory();
        let entries = described.tree.entries().len() as u64;
        let meter = Meter::start(self.observer, Phase::Walk, entries, Unit::Files);
        let control = self.locks.control();
        let walked = walk::walk(
            self.store.pool()?,
            &directory,
            Depth::Hash(objects),
            PrivateFiles::Ignored,
            control,
            &meter,
        )?;
        if walked.findings.is_empty() && walked.twins.is_empty() {
            return Ok(());
        }
        let _window = self.locks.window(&described.at.name)?;
        if !is_still_named(self.store, &described.at)? {
            return Ok(());
        }
        let suspects: Vec<usize> = walked.findings.iter().map(|found| found.entry).collect();
        let damaged =
            walk::look_again_at(&directory, Depth::Hash(objects), &suspects, control)?.findings;
        let mut traces = Traces::default();
        let mut unsealed = Vec::new();
        let done = self
            .mend_files(described, damaged, &mut traces, &mut unsealed)
            .and_then(|()| self.share(described, &walked.twins, &mut traces.changed));
        self.quarantined.append(&mut traces.kept);
        let _: Synced = self.sync(unsealed, traces.changed)?;
        done
    }

    /// Mends what can be mended from the objects; what cannot loses its seal, so that an install does not take it for whole.
    fn mend_files(
        &self,
        described: &Described,
        damaged: Vec<Finding>,
        traces: &mut Traces,
        unsealed: &mut Vec<PathBuf>,
    ) -> Result<()> {
        let (curable, incurable): (Vec<Finding>, Vec<Finding>) = self.sort(described, damaged)?;
        for finding in incurable {
            let entry = &described.tree.entries()[finding.entry];
            let path = described.path.join(entry.path.as_str());
            if finding.damage == Damage::Altered && looks_whole(described, entry, &path)? {
                objects::take_seal(&path)?;
                unsealed.push(path);
            }
        }
        let patient = Patient {
            root: self.store.root(),
            directory: &described.path,
            tree: &described.tree,
            roles: &described.roles,
            link_mode: described.link_mode(),
        };
        heal::heal(&patient, &self.staging, &curable, traces).map(drop)
    }

    /// Those whose objects are whole, and the others.
    fn sort(
        &self,
        described: &Described,
        damaged: Vec<Finding>,
    ) -> Result<(Vec<Finding>, Vec<Finding>)> {
        let mut needs: HashMap<usize, Need> = HashMap::new();
        for finding in &damaged {
            if let Some(file) = described.tree.entries()[finding.entry].file()
                && file.size > 0
            {
                let need = objects::need(self.store.root(), &file.key, file.size)?;
                needs.insert(finding.entry, need);
            }
        }
        Ok(damaged.into_iter().partition(|finding| {
            needs
                .get(&finding.entry)
                .is_none_or(|need| *need == Need::Nothing)
        }))
    }
}

/// Whether an install, which only looks, would take an altered file for whole.
fn looks_whole(described: &Described, entry: &TreeEntry, path: &Path) -> Result<bool> {
    let TreeKind::File { object, size, .. } = &entry.kind else {
        return Ok(false);
    };
    let Some(found) = stat::stat(path)? else {
        return Ok(false);
    };
    Ok(match described.receipt.layout.kind {
        LayoutKind::Linked => objects::is_sealed(&found, object, *size),
        LayoutKind::Isolated => found.size == *size && !objects::is_unsealed(&found),
    })
}
