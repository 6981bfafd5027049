//! The manifest: the database of completed bundles and look-ups (store-format.md, section 11).
//!
//! Keeps I3: a bundle is recorded only by [`Manifest::record`], in one durable transaction, after it was published. It is
//! opened under its lock and closed promptly, because redb locks its file for one process.

mod backend;
mod tables;

use std::path::{Path, PathBuf};

use linkstead_format::{
    ArchiveKey, ArchiveRow, BundleKey, BundleRow, ObjectId, StreamKey, StreamRow, TreeId, paths,
};
use linkstead_fs::random_access::RandomAccessFile;
use linkstead_fs::{dir, rename, stat};
use redb::{Database, ReadableDatabase, ReadableTable};

use crate::error::{Error, Result};
use crate::locks::{Held, Locks};
use crate::staging;
use backend::FsBackend;

/// redb's page cache, in bytes. Its default of 1 GiB would break our bound on memory.
const CACHE: usize = 8 << 20;

/// The open manifest. Closed, then unlocked, when dropped.
#[derive(Debug)]
pub(crate) struct Manifest {
    // Dropped in this order: the database is closed before its lock is released.
    database: Database,
    path: PathBuf,
    _lock: Held,
}

/// One record: a completed bundle.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) key: BundleKey,
    pub(crate) row: BundleRow,
}

/// What one install adds, apart from its record.
#[derive(Debug, Default)]
pub(crate) struct LookUps {
    pub(crate) archive: Option<(ArchiveKey, ArchiveRow)>,
    pub(crate) streams: Vec<(StreamKey, StreamRow)>,
}

impl Manifest {
    /// Opens the manifest; `None` where there is none.
    pub(crate) fn open(root: &Path, locks: &Locks<'_>) -> Result<Option<Self>> {
        let lock = locks.manifest()?;
        let path = root.join(paths::MANIFEST);
        if stat::stat(&path)?.is_none() {
            return Ok(None);
        }
        let database = open_database(&path)?;
        Ok(Some(Manifest {
            database,
            path,
            _lock: lock,
        }))
    }

    /// Opens the manifest, and makes one with these records where there is none.
    ///
    /// It is made under a temporary name, closed, synced and renamed: a crash while redb creates a file in place leaves one
    /// that nothing accepts again.
    pub(crate) fn open_or_create(root: &Path, locks: &Locks<'_>, seed: &[Record]) -> Result<Self> {
        let lock = locks.manifest()?;
        let path = root.join(paths::MANIFEST);
        if stat::stat(&path)?.is_none() {
            let temporary = staging::temporary(root);
            create_database(&temporary, seed).inspect_err(|_| {
                let _ = dir::remove_file(&temporary);
            })?;
            rename::rename_over(&temporary, &path)?;
            dir::sync_dir(root)?;
        }
        let database = open_database(&path)?;
        Ok(Manifest {
            database,
            path,
            _lock: lock,
        })
    }

    /// All records, and the sequence of the newest.
    pub(crate) fn records(&self) -> Result<(Vec<Record>, u64)> {
        let transaction = self.told(self.database.begin_read())?;
        let state = self.told(transaction.open_table(tables::STATE))?;
        let sequence = self
            .told(state.get(tables::SEQUENCE))?
            .map_or(0, |value| value.value());
        let table = self.told(transaction.open_table(tables::BUNDLES))?;
        let mut records = Vec::new();
        for row in self.told(table.iter())? {
            let (key, value) = self.told(row)?;
            records.push(Record {
                key: self.told(BundleKey::decode(key.value()))?,
                row: self.told(BundleRow::decode(value.value()))?,
            });
        }
        Ok((records, sequence))
    }

    /// The record of one directory.
    pub(crate) fn record_of(&self, key: &BundleKey) -> Result<Option<BundleRow>> {
        let transaction = self.told(self.database.begin_read())?;
        let table = self.told(transaction.open_table(tables::BUNDLES))?;
        match self.told(table.get(key.encode().as_slice()))? {
            Some(value) => Ok(Some(self.told(BundleRow::decode(value.value()))?)),
            None => Ok(None),
        }
    }

    /// What an archive was when it was last planned.
    pub(crate) fn archive(&self, key: &ArchiveKey) -> Result<Option<ArchiveRow>> {
        let transaction = self.told(self.database.begin_read())?;
        let table = self.told(transaction.open_table(tables::ARCHIVES))?;
        match self.told(table.get(key.encode().as_slice()))? {
            Some(value) => Ok(Some(self.told(ArchiveRow::decode(value.value()))?)),
            None => Ok(None),
        }
    }

    /// The contents that these streams inflate to, as far as known, in the order of the keys.
    pub(crate) fn streams(&self, keys: &[StreamKey]) -> Result<Vec<Option<StreamRow>>> {
        let transaction = self.told(self.database.begin_read())?;
        let table = self.told(transaction.open_table(tables::STREAMS))?;
        keys.iter()
            .map(|key| match self.told(table.get(key.encode().as_slice()))? {
                Some(value) => Ok(Some(self.told(StreamRow::decode(value.value()))?)),
                None => Ok(None),
            })
            .collect()
    }

    /// Records a published bundle with the next sequence, and what was learned about its archive: one durable transaction.
    pub(crate) fn record(
        &self,
        bundle: Option<(&BundleKey, BundleRow)>,
        look_ups: &LookUps,
    ) -> Result<()> {
        self.write(|transaction| {
            if let Some((key, row)) = bundle {
                append(transaction, key, row)?;
            }
            if let Some((key, row)) = &look_ups.archive {
                transaction
                    .open_table(tables::ARCHIVES)?
                    .insert(key.encode().as_slice(), row.encode().as_slice())?;
            }
            let mut streams = transaction.open_table(tables::STREAMS)?;
            for (key, row) in &look_ups.streams {
                streams.insert(key.encode().as_slice(), row.encode().as_slice())?;
            }
            Ok(())
        })
    }

    /// Deletes the record of one directory, durably.
    pub(crate) fn forget(&self, key: &BundleKey) -> Result<()> {
        self.write(|transaction| {
            transaction
                .open_table(tables::BUNDLES)?
                .remove(key.encode().as_slice())?;
            Ok(())
        })
    }

    /// Counts the look-ups that lead to nothing that is kept.
    pub(crate) fn count_stale(
        &self,
        tree_kept: impl Fn(&TreeId) -> bool,
        object_kept: impl Fn(&ObjectId) -> bool,
    ) -> Result<usize> {
        let transaction = self.told(self.database.begin_read())?;
        let mut count = 0;
        let archives = self.told(transaction.open_table(tables::ARCHIVES))?;
        for row in self.told(archives.iter())? {
            let (_, value) = self.told(row)?;
            let row = self.told(ArchiveRow::decode(value.value()))?;
            count += usize::from(!tree_kept(&row.tree));
        }
        let streams = self.told(transaction.open_table(tables::STREAMS))?;
        for row in self.told(streams.iter())? {
            let (_, value) = self.told(row)?;
            let row = self.told(StreamRow::decode(value.value()))?;
            count += usize::from(!object_kept(&row.object));
        }
        Ok(count)
    }

    /// Deletes the look-ups that lead to nothing that is kept, durably; says how many.
    pub(crate) fn forget_stale(
        &self,
        tree_kept: impl Fn(&TreeId) -> bool,
        object_kept: impl Fn(&ObjectId) -> bool,
    ) -> Result<usize> {
        let mut count = 0;
        self.write(|transaction| {
            let mut archives = transaction.open_table(tables::ARCHIVES)?;
            archives.retain(|_, value| {
                let keep = ArchiveRow::decode(value).is_ok_and(|row| tree_kept(&row.tree));
                count += usize::from(!keep);
                keep
            })?;
            let mut streams = transaction.open_table(tables::STREAMS)?;
            streams.retain(|_, value| {
                let keep = StreamRow::decode(value).is_ok_and(|row| object_kept(&row.object));
                count += usize::from(!keep);
                keep
            })?;
            Ok(())
        })?;
        Ok(count)
    }

    fn write(
        &self,
        change: impl FnOnce(&redb::WriteTransaction) -> std::result::Result<(), redb::Error>,
    ) -> Result<()> {
        let mut transaction = self.told(self.database.begin_write())?;
        transaction.set_quick_repair(true);
        self.told(change(&transaction))?;
        self.told(transaction.commit())
    }

    fn told<T, E: std::error::Error + Send + Sync + 'static>(
        &self,
        result: std::result::Result<T, E>,
    ) -> Result<T> {
        result.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        failed(&self.path, source)
    }
}

/// Adds a bundle row with the next sequence.
fn append(
    transaction: &redb::WriteTransaction,
    key: &BundleKey,
    row: BundleRow,
) -> std::result::Result<(), redb::Error> {
    let mut state = transaction.open_table(tables::STATE)?;
    let sequence = state.get(tables::SEQUENCE)?.map_or(0, |v| v.value()) + 1;
    state.insert(tables::SEQUENCE, sequence)?;
    let row = BundleRow { sequence, ..row };
    transaction
        .open_table(tables::BUNDLES)?
        .insert(key.encode().as_slice(), row.encode().as_slice())?;
    Ok(())
}

fn open_database(path: &Path) -> Result<Database> {
    let file = RandomAccessFile::open(path).map_err(|source| failed(path, source))?;
    Database::builder()
        .set_cache_size(CACHE)
        .create_with_backend(FsBackend::new(file))
        .map_err(|source| failed(path, source))
}

/// Makes a database with all its tables at a temporary path, and syncs it.
fn create_database(path: &Path, seed: &[Record]) -> Result<()> {
    let file = RandomAccessFile::create_new(path).map_err(|source| failed(path, source))?;
    let database = Database::builder()
        .set_cache_size(CACHE)
        .create_with_backend(FsBackend::new(file))
        .map_err(|source| failed(path, source))?;
    let fill = || -> std::result::Result<(), redb::Error> {
        let mut transaction = database.begin_write()?;
        transaction.set_quick_repair(true);
        transaction.open_table(tables::ARCHIVES)?;
        transaction.open_table(tables::STREAMS)?;
        transaction.open_table(tables::BUNDLES)?;
        transaction.open_table(tables::STATE)?;
        for record in seed {
            append(&transaction, &record.key, record.row)?;
        }
        Ok(transaction.commit()?)
    };
    fill().map_err(|source| failed(path, source))?;
    drop(database);
    let file = RandomAccessFile::open(path).map_err(|source| failed(path, source))?;
    file.sync().map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Manifest {
        path: path.to_path_buf(),
        source: Box::new(source),
    }
}
