//! Step 2 and step 10: a bundle that is published and recorded. It is acknowledged only after a walk that stats every file, and
//! after the refs have been written anew: a fresh durable write on that file system (I7). What is damaged is healed in place.

use linkstead_format::{ObjectKey, TreeKind};
use linkstead_fs::sync::Synced;

use super::bundle::Bundle;
use super::commit::counted;
use super::fresh::Fresh;
use super::host_files::EntryKind;
use super::known::Known;
use super::place::{Placer, Roles};
use super::report::{Counts, InstallReport, Installed, Outcome};
use super::{Install, Staging};
use crate::error::Result;
use crate::heal;
use crate::objects::{self, Need};
use crate::observe::{Meter, Phase, Unit};
use crate::published::{self, Published, Slot};
use crate::walk::{self, Depth, PrivateFiles};

impl Install<'_> {
    /// Acknowledges a known archive whose bundle is published, recorded and sound, or can be healed from the store alone.
    pub(super) fn acknowledge(&self, known: &Known) -> Result<Option<Installed>> {
        let bundle = &known.bundle;
        self.check_host_files(bundle.tree.entries().iter().map(|entry| {
            let kind = match entry.kind {
                TreeKind::Directory => EntryKind::Directory,
                _ => EntryKind::NoDirectory,
            };
            (&entry.path, kind)
        }))?;
        let _window = self.locks.window(&bundle.name)?;
        let found = published::find(
            self.store.root(),
            &bundle.name,
            &bundle.version,
            &bundle.directory,
        )?;
        match found {
            Slot::Ours(ours) if self.is_recorded(&ours.key())? => {
                let staging = Staging::mark(self.store.root())?;
                self.settle(&staging, bundle, &ours)
            }
            _ => Ok(None),
        }
    }

    /// Walks a published directory, heals it, and writes its refs; `None` if the store has not all that a heal needs.
    pub(super) fn settle(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        published: &Published,
    ) -> Result<Option<Installed>> {
        let entries = bundle.tree.entries().len() as u64;
        let meter = Meter::start(self.observer, Phase::Walk, entries, Unit::Files);
        let findings = walk::walk(
            self.store.pool(),
            &walk::Directory {
                path: &published.path,
                tree: &bundle.tree,
                receipt: &published.receipt,
            },
            Depth::Stat,
            PrivateFiles::Present,
            &self.options.control,
            &meter,
        )?;
        let (outcome, healed) = if findings.is_empty() {
            (Outcome::AlreadyInstalled, 0)
        } else if self.heal(staging, bundle, published, &findings)? {
            (Outcome::Healed, findings.len() as u64)
        } else {
            return Ok(None);
        };
        self.restore_host_files(&published.path)?;
        self.write_refs(bundle, &published.directory)?;
        let report = InstallReport {
            healed,
            saved_bytes: bundle.tree.total_bytes(),
            not_inflated_bytes: bundle.tree.total_bytes(),
            ..counted(bundle)
        };
        Ok(Some(self.installed(
            bundle,
            published.path.clone(),
            outcome,
            report,
        )))
    }

    /// Mends what a walk found, from the store's objects; false if some of these are not there or not sound.
    fn heal(
        &self,
        staging: &Staging,
        bundle: &Bundle,
        published: &Published,
        findings: &[walk::Finding],
    ) -> Result<bool> {
        for finding in findings {
            if let TreeKind::File { exec, object, size } =
                &bundle.tree.entries()[finding.entry].kind
                && *size > 0
            {
                let key = ObjectKey {
                    id: *object,
                    exec: *exec,
                };
                let need = objects::need(self.store.root(), &key, *size)?;
                if need != Need::Nothing {
                    return Ok(false);
                }
            }
        }
        staging.fill()?;
        let roles = Roles::new(&bundle.layout, bundle.entry_points.iter().cloned());
        let fresh = Fresh::new(staging.objects(), Default::default());
        let counts = Counts::default();
        let placer = Placer::new(
            self.store.root(),
            &roles,
            &fresh,
            self.options.link_mode,
            &counts,
        );
        let changed = heal::heal(
            self.store.root(),
            staging,
            &published.path,
            &bundle.tree,
            findings,
            &placer,
        )?;
        if !placer.finish().missing.is_empty() {
            return Ok(false);
        }
        let _: Synced = self.sync(Vec::new(), changed)?;
        Ok(true)
    }
}
