//! A name whose directory is gone: if its receipt, its tree and all its objects are there, the directory is made anew in staging
//! and published as an install would (I2). What the host or a server had put into it does not come back.

use std::collections::BTreeSet;
use std::path::PathBuf;

use linkstead_format::BundleRow;
use linkstead_fs::rename::{self, RenameOutcome};
use linkstead_fs::stat;
use linkstead_fs::sync::Synced;

use super::Repair;
use super::directories::Described;
use crate::error::Result;
use crate::heal::{self, Patient, Traces};
use crate::manifest::{LookUps, Reader, Writer};
use crate::objects::{self, Need};
use crate::refs;
use crate::verify::is_still_named;
use crate::walk::{Damage, Finding};

impl Repair<'_> {
    pub(super) fn republish(&mut self, described: &Described) -> Result<()> {
        let _window = self.locks.window(&described.at.name)?;
        let is_wanted = is_still_named(self.store, &described.at)?
            && stat::stat(&described.path)?.is_none()
            && self.has_objects(described)?;
        if !is_wanted {
            return Ok(());
        }
        self.staging.restart()?;
        // All that it rests on was durable before a name meant it (I3), or was synced by this repair.
        let Some(directories) = self.build(described)? else {
            return Ok(());
        };
        let synced = self.sync(Vec::new(), directories)?;
        match rename::publish(&self.staging.tree(), &described.path, synced)? {
            RenameOutcome::Renamed => {}
            RenameOutcome::TargetExists => return Ok(()),
        }
        let of_version = described.path.parent().map(PathBuf::from);
        let parents = of_version
            .into_iter()
            .chain([self.staging.path().to_path_buf()]);
        let _: Synced = self.sync(Vec::new(), parents.collect())?;
        self.record(described)?;
        refs::sync_name(self.store.root(), &described.at.name)
    }

    fn has_objects(&self, described: &Described) -> Result<bool> {
        for (key, size) in described.tree.objects() {
            if objects::need(self.store.root(), &key, size)? != Need::Nothing {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes the tree in staging; the directories of it. `None` if an object vanished.
    fn build(&self, described: &Described) -> Result<Option<BTreeSet<PathBuf>>> {
        let tree = self.staging.tree();
        let patient = Patient {
            root: self.store.root(),
            directory: &tree,
            tree: &described.tree,
            roles: &described.roles,
            link_mode: described.link_mode(),
        };
        let everything = (0..described.tree.entries().len()).map(|entry| Finding {
            entry,
            damage: Damage::Missing,
        });
        let everything: Vec<Finding> = everything.collect();
        let mut traces = Traces::default();
        traces.changed.insert(tree.clone());
        let missing = heal::heal(&patient, &self.staging, &everything, &mut traces)?;
        Ok(missing.is_empty().then_some(traces.changed))
    }

    fn record(&self, described: &Described) -> Result<()> {
        let key = described.at.clone();
        if let Some(manifest) = Reader::open(self.store.root(), &self.locks)?
            && manifest.record_of(&key)?.is_some()
        {
            return Ok(());
        }
        let row = BundleRow {
            sequence: 0,
            tree: described.receipt.tree,
            directory: described.receipt.directory,
        };
        Writer::open_or_begin(self.store, &self.locks)?
            .record(Some((&key, row)), &LookUps::default())
    }
}
