//! Reading the manifest: records for marks and checks, look-ups for installs.

use std::path::{Path, PathBuf};

use linkstead_format::{
    ArchiveKey, ArchiveRow, BundleKey, BundleRow, FormatError, StreamKey, StreamRow, paths,
};
use linkstead_fs::stat;
use rayon::prelude::*;
use redb::{ReadableDatabase, ReadableTable};

use super::unwritten::Unwritten;
use super::{Record, builder, failed, guarded, open_database, open_file, tables, unreadable};
use crate::error::{Error, ErrorKind, Result};
use crate::locks::{Held, Locks};
use crate::roots::Roots;
use crate::store::Store;

/// A database, however it was opened.
type AnyDatabase = Box<dyn ReadableDatabase + Send + Sync>;

/// The manifest, open for reading. Closed, then unlocked, when dropped.
pub(crate) struct Reader {
    // Dropped in this order: the database is closed before its lock is released.
    pub(super) database: AnyDatabase,
    pub(super) path: PathBuf,
    _lock: Held,
}

impl Reader {
    /// Opens the manifest; `None` where there is none.
    pub(crate) fn open(root: &Path, locks: &Locks<'_>) -> Result<Option<Self>> {
        // After a crash it must be repaired, which is to write. A full disk may have no room for that, and a gc must read.
        Self::open_by(root, locks, |path| match open_database(path) {
            Ok(database) => Ok(Box::new(database)),
            Err(error) if error.kind() == ErrorKind::NoSpace => repaired_in_memory(path),
            Err(error) => Err(error),
        })
    }

    fn open_by(
        root: &Path,
        locks: &Locks<'_>,
        repair: impl FnOnce(&Path) -> Result<AnyDatabase>,
    ) -> Result<Option<Self>> {
        let lock = locks.manifest()?;
        let path = root.join(paths::MANIFEST);
        if stat::stat(&path)?.is_none() {
            return Ok(None);
        }
        let database = guarded(&path, || {
            match builder().open_read_only_with_backend(open_file(&path)?) {
                Ok(database) => Ok(Box::new(database) as AnyDatabase),
                Err(_) => repair(&path),
            }
        })?;
        Ok(Some(Reader {
            database,
            path,
            _lock: lock,
        }))
    }

    /// The same for who must change nothing: what a crash left is repaired in memory alone.
    pub(crate) fn look(root: &Path, locks: &Locks<'_>) -> Result<Option<Self>> {
        Self::open_by(root, locks, repaired_in_memory)
    }

    /// All records. A manifest that is gone although something is installed is an error, not an empty one: whoever takes stock
    /// of what is needed must not take everything for unneeded.
    pub(crate) fn all_records(store: &Store, locks: &Locks<'_>) -> Result<Vec<Record>> {
        if let Some(manifest) = Self::open(store.root(), locks)? {
            return manifest.records();
        }
        if Roots::read(store)?.named.is_empty() {
            return Ok(Vec::new());
        }
        Err(Error::ManifestLost {
            path: store.path(paths::MANIFEST),
        })
    }

    /// All records.
    pub(crate) fn records(&self) -> Result<Vec<Record>> {
        guarded(&self.path, || {
            let transaction = self.told(self.database.begin_read())?;
            let table = self.told(transaction.open_table(tables::BUNDLES))?;
            let mut records = Vec::new();
            for row in self.told(table.iter())? {
                let (key, value) = self.told(row)?;
                records.push(Record {
                    key: self.row(BundleKey::decode(key.value()))?,
                    row: self.row(BundleRow::decode(value.value()))?,
                });
            }
            Ok(records)
        })
    }

    /// The record of one directory.
    pub(crate) fn record_of(&self, key: &BundleKey) -> Result<Option<BundleRow>> {
        guarded(&self.path, || {
            let transaction = self.told(self.database.begin_read())?;
            let table = self.told(transaction.open_table(tables::BUNDLES))?;
            match self.told(table.get(key.encode().as_slice()))? {
                Some(value) => Ok(Some(self.row(BundleRow::decode(value.value()))?)),
                None => Ok(None),
            }
        })
    }

    /// What an archive was when it was last planned.
    pub(crate) fn archive(&self, key: &ArchiveKey) -> Result<Option<ArchiveRow>> {
        guarded(&self.path, || {
            let transaction = self.told(self.database.begin_read())?;
            let table = self.told(transaction.open_table(tables::ARCHIVES))?;
            match self.told(table.get(key.encode().as_slice()))? {
                Some(value) => Ok(Some(self.row(ArchiveRow::decode(value.value()))?)),
                None => Ok(None),
            }
        })
    }

    /// The contents that these streams inflate to, as far as known, in the order of the keys; by all threads of the pool that it is
    /// called in.
    pub(crate) fn streams(&self, keys: &[StreamKey]) -> Result<Vec<Option<StreamRow>>> {
        guarded(&self.path, || {
            let transaction = self.told(self.database.begin_read())?;
            let table = self.told(transaction.open_table(tables::STREAMS))?;
            keys.par_iter()
                .with_min_len(64)
                .map(|key| match self.told(table.get(key.encode().as_slice()))? {
                    Some(value) => Ok(Some(self.row(StreamRow::decode(value.value()))?)),
                    None => Ok(None),
                })
                .collect()
        })
    }

    pub(super) fn told<T, E: Into<redb::Error>>(
        &self,
        result: std::result::Result<T, E>,
    ) -> Result<T> {
        result.map_err(|error| failed(&self.path, error))
    }

    pub(super) fn row<T>(&self, row: std::result::Result<T, FormatError>) -> Result<T> {
        row.map_err(|source| unreadable(&self.path, source))
    }
}

/// The database as it is after a repair that the file does not see.
fn repaired_in_memory(path: &Path) -> Result<AnyDatabase> {
    match builder().create_with_backend(Unwritten::open(path)?) {
        Ok(database) => Ok(Box::new(database)),
        Err(source) => Err(failed(path, source)),
    }
}
