//! Rebuilding a lost or unreadable manifest: from receipts and trees, only what a ref names, re-hashed and synced anew (I3).

use std::collections::HashSet;

use linkstead_format::{BundleKey, BundleRow, Receipt, paths};
use linkstead_fs::{rename, stat, unique_name};

use crate::error::{Error, Result};
use crate::locks::{Exclusive, Locks};
use crate::manifest::{LookUps, Reader, Record, Writer};
use crate::objects::ObjectInodes;
use crate::observe::{Event, Meter, Notice, Observer, Phase, Unit};
use crate::published;
use crate::roots::Roots;
use crate::store::Store;
use crate::walk::{self, Depth, PrivateFiles};

impl Store {
    /// Rebuilds the manifest if it is lost or cannot be opened.
    pub(super) fn rebuild_if_lost(
        &self,
        _exclusive: &Exclusive,
        locks: &Locks<'_>,
        observer: &dyn Observer,
    ) -> Result<()> {
        if stat::stat(&self.path(paths::MANIFEST))?.is_some() {
            if self.manifest_works(locks)? {
                return Ok(());
            }
            self.quarantine_manifest()?;
        }
        // A killed remove may have deleted a ref that is not durably gone, and what is recorded below must be durable. Nobody writes
        // until then: the lock is exclusive.
        self.sync_everything()?;
        let named = Roots::read(self)?.named;
        if named.is_empty() {
            return Ok(());
        }
        let mut records = Vec::new();
        let mut left_out = Vec::new();
        for at in named {
            match self.whole_record(&at, locks, observer)? {
                Some(record) => records.push(record),
                None => left_out.push(format!("{}@{}", at.name, at.version)),
            }
        }
        let records = in_order(records);
        Writer::open_or_create(self.root(), locks, &records)?;
        observer.event(&Event::Notice {
            notice: Notice::ManifestRebuilt {
                bundles: records.len(),
                left_out,
            },
        });
        Ok(())
    }

    /// Makes the records say what is there: forgets those whose directory is gone and which no name means, and records what a name
    /// means and nothing recorded, once every file has been re-hashed. The caller has recovered under this lock, and
    /// synced everything.
    pub(crate) fn reconcile(
        &self,
        _exclusive: &Exclusive,
        locks: &Locks<'_>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let named = Roots::read(self)?.named;
        let records = Reader::all_records(self, locks)?;
        let recorded: HashSet<&BundleKey> = records.iter().map(|record| &record.key).collect();
        for key in &recorded {
            let path = self.path(key.published());
            if !named.contains(*key)
                && stat::stat(&path)?.is_none()
                && let Some(manifest) = Writer::open(self.root(), locks)?
            {
                manifest.forget(key)?;
            }
        }
        for at in named.iter().filter(|at| !recorded.contains(at)) {
            if let Some((_, record)) = self.whole_record(at, locks, observer)? {
                Writer::open_or_create(self.root(), locks, &[])?
                    .record(Some((&record.key, record.row)), &LookUps::default())?;
            }
        }
        Ok(())
    }

    /// When it was installed, and the record of a directory whose every file has been re-hashed; `None` if anything is
    /// missing or wrong.
    fn whole_record(
        &self,
        at: &BundleKey,
        locks: &Locks<'_>,
        observer: &dyn Observer,
    ) -> Result<Option<(String, Record)>> {
        let Some((receipt, tree)) = published::receipt_and_tree(self, at)? else {
            return Ok(None);
        };
        let path = self.path(at.published());
        let entries = tree.entries().len() as u64;
        let meter = Meter::start(observer, Phase::Recover, entries, Unit::Files);
        let findings = walk::walk(
            self.pool()?,
            &walk::Directory::of_receipt(&path, &tree, &receipt),
            Depth::Hash(&ObjectInodes::default()),
            PrivateFiles::Ignored,
            locks.control(),
            &meter,
        )?
        .findings;
        if !findings.is_empty() {
            return Ok(None);
        }
        Ok(Some(record_of(at, receipt)))
    }

    /// The records that a rebuild would write if every file were whole, in their order. Changes nothing.
    pub(crate) fn told_by_receipts(
        &self,
        _exclusive: &Exclusive,
        named: &HashSet<BundleKey>,
    ) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for at in named {
            if let Some((receipt, _)) = published::receipt_and_tree(self, at)? {
                records.push(record_of(at, receipt));
            }
        }
        Ok(in_order(records))
    }

    /// Whether the manifest opens and gives its records.
    pub(super) fn manifest_works(&self, locks: &Locks<'_>) -> Result<bool> {
        let opened = Reader::open(self.root(), locks);
        match opened.and_then(|manifest| manifest.map_or(Ok(Vec::new()), |found| found.records())) {
            Ok(_) => Ok(true),
            Err(Error::Manifest { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether every row of the manifest can be read.
    pub(super) fn all_of_manifest_works(&self, locks: &Locks<'_>) -> Result<bool> {
        if !self.manifest_works(locks)? {
            return Ok(false);
        }
        let Some(manifest) = Reader::open(self.root(), locks)? else {
            return Ok(true);
        };
        match manifest.read_look_ups() {
            Ok(()) => Ok(true),
            Err(Error::Manifest { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps an unusable manifest for people to look at. Its new name is made durable by the rebuild that follows.
    pub(super) fn quarantine_manifest(&self) -> Result<()> {
        let kept =
            self.path(paths::QUARANTINE)
                .join(format!("{}.{}", paths::MANIFEST, unique_name()));
        rename::rename_over(&self.path(paths::MANIFEST), &kept)?;
        Ok(())
    }
}

/// When it was installed, and its record.
fn record_of(at: &BundleKey, receipt: Receipt) -> (String, Record) {
    let row = BundleRow {
        sequence: 0,
        tree: receipt.tree,
        directory: receipt.directory,
    };
    let key = at.clone();
    (receipt.installed, Record { key, row })
}

/// The sequence tells which is newest; the time of the install is the best that is left of it.
fn in_order(mut records: Vec<(String, Record)>) -> Vec<Record> {
    records.sort_by(|(a, _), (b, _)| a.cmp(b));
    records.into_iter().map(|(_, record)| record).collect()
}
