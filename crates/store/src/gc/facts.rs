//! What a plan must know of one recorded bundle: its receipt, its last use, who holds it, and what else lies in its directory.

use std::path::PathBuf;

use jiff::Timestamp;
use linkstead_format::Receipt;
use linkstead_fs::stat::Mtime;

use super::plan::{Keep, Kept, Reclaim};
use super::policy::Why;
use crate::error::Result;
use crate::extra::Missed;
use crate::leases;
use crate::manifest::Record;
use crate::options::ExtraFiles;
use crate::published;
use crate::store::Store;
use crate::uses::{self, Used};

/// One bundle.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) record: Record,
    pub(super) directory: PathBuf,
    pub(super) receipt: std::result::Result<Receipt, String>,
    pub(super) stamp: Option<Mtime>,
    pub(super) used: Option<Used>,
}

impl Facts {
    pub(super) fn read(store: &Store, record: Record, now: Timestamp) -> Result<Self> {
        let key = &record.key;
        let receipt = published::receipt_or_problem(store.root(), key)?;
        let stamp = uses::stamp(store, key)?;
        Ok(Facts {
            directory: store.path(key.published()),
            stamp,
            used: uses::last(stamp, receipt.as_ref().ok(), now),
            receipt,
            record,
        })
    }

    /// What keeps it, although its name does not: who holds it, or files that somebody would miss, or might.
    pub(super) fn obstacle(&self, store: &Store, extra_files: ExtraFiles) -> Result<Option<Keep>> {
        if let Some(holders) = leases::held_by(&self.directory)? {
            return Ok(Some(Keep::Lease { holders }));
        }
        match extra_files {
            ExtraFiles::Discard => Ok(None),
            ExtraFiles::Keep => Ok(match self.missed(store)? {
                Missed::Unknown { problem } => Some(Keep::Damage { problem }),
                Missed::Files(files) if files.is_empty() => None,
                Missed::Files(files) => Some(Keep::ExtraFiles { files }),
            }),
        }
    }

    fn missed(&self, store: &Store) -> Result<Missed> {
        let receipt = self.receipt.as_ref().map_err(String::as_str);
        let recorded = Some(&self.record.row.tree);
        Missed::of(store, &self.directory, receipt, recorded)
    }

    pub(super) fn goes(
        &self,
        store: &Store,
        why: Why,
        bytes: u64,
        extra_files: ExtraFiles,
    ) -> Result<Reclaim> {
        let (extra_files, damage) = match extra_files {
            ExtraFiles::Keep => (Vec::new(), None),
            ExtraFiles::Discard => self.missed(store)?.told(),
        };
        let key = &self.record.key;
        Ok(Reclaim {
            name: key.name.clone(),
            version: key.version.clone(),
            directory: self.directory.clone(),
            why,
            last_use: self.used.map(|used| used.told()),
            bytes,
            extra_files,
            damage,
        })
    }

    pub(super) fn stays(&self, wanted_by: Why, keep: Keep) -> Kept {
        let key = &self.record.key;
        Kept {
            name: key.name.clone(),
            version: key.version.clone(),
            directory: self.directory.clone(),
            wanted_by,
            keep,
            last_use: self.used.map(|used| used.told()),
        }
    }
}
