//! What a plan must know of one recorded bundle: its receipt, its last use, who holds it, and what else lies in its directory.

use std::path::PathBuf;

use jiff::Timestamp;
use linkstead_format::{Receipt, paths};
use linkstead_fs::stat::Mtime;

use super::plan::{Keep, Kept, Reclaim};
use super::policy::Why;
use crate::error::{Error, Result};
use crate::extra;
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
        let receipt =
            match published::read_receipt(store.root(), &key.name, &key.version, &key.directory) {
                Ok(Some(receipt)) => Ok(receipt),
                Ok(None) => Err("its receipt is missing".to_owned()),
                Err(error @ Error::Unreadable { .. }) => Err(error.to_string()),
                Err(error) => return Err(error),
            };
        let stamp = uses::stamp(store, key)?;
        Ok(Facts {
            directory: store.path(paths::published(&key.name, &key.version, &key.directory)),
            stamp,
            used: uses::last(stamp, receipt.as_ref().ok(), now),
            receipt,
            record,
        })
    }

    /// What keeps it, although its name does not: who holds it, or files that somebody would miss.
    pub(super) fn obstacle(&self, store: &Store, extra_files: ExtraFiles) -> Result<Option<Keep>> {
        if let Some(holders) = leases::held_by(&self.directory)? {
            return Ok(Some(Keep::Lease { holders }));
        }
        let files = match extra_files {
            ExtraFiles::Keep => self.extra_files(store)?,
            ExtraFiles::Discard => Vec::new(),
        };
        let keeps = !files.is_empty();
        Ok(keeps.then_some(Keep::ExtraFiles { files }))
    }

    pub(super) fn extra_files(&self, store: &Store) -> Result<Vec<String>> {
        extra::missed(store, &self.directory, self.receipt.as_ref().ok())
    }

    pub(super) fn goes(&self, why: Why, bytes: u64, extra_files: Vec<String>) -> Reclaim {
        let key = &self.record.key;
        Reclaim {
            name: key.name.clone(),
            version: key.version.clone(),
            directory: self.directory.clone(),
            why,
            last_use: self.used.map(|used| used.told()),
            bytes,
            extra_files,
        }
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
