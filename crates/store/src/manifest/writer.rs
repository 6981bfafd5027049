//! Writing the manifest: one durable transaction for each change.

use std::path::{Path, PathBuf};

use linkstead_format::{ArchiveRow, BundleKey, BundleRow, ObjectId, StreamRow, TreeId, paths};
use linkstead_fs::random_access::RandomAccessFile;
use linkstead_fs::{dir, rename, stat};
use redb::{Database, ReadableTable};

use super::backend::FsBackend;
use super::{LookUp, LookUps, Record, builder, failed, guarded, open_database, tables};
use crate::error::{Error, Result};
use crate::locks::{Held, Locks};
use crate::roots::Roots;
use crate::staging;
use crate::store::Store;

/// The manifest, open for writing. Closed, then unlocked, when dropped.
pub(crate) struct Writer {
    // Dropped in this order: the database is closed before its lock is released.
    database: Database,
    path: PathBuf,
    _lock: Held,
}

impl Writer {
    /// Opens the manifest; `None` where there is none.
    pub(crate) fn open(root: &Path, locks: &Locks<'_>) -> Result<Option<Self>> {
        let lock = locks.manifest()?;
        let path = root.join(paths::MANIFEST);
        if stat::stat(&path)?.is_none() {
            return Ok(None);
        }
        let database = guarded(&path, || open_database(&path))?;
        Ok(Some(Writer {
            database,
            path,
            _lock: lock,
        }))
    }

    /// Opens the manifest inside a window, and makes an empty one where nothing was ever installed. Beside refs a fresh one would
    /// make every directory look like an orphan: then it was lost, and must be rebuilt.
    pub(crate) fn open_or_begin(store: &Store, locks: &Locks<'_>) -> Result<Self> {
        if let Some(manifest) = Self::open(store.root(), locks)? {
            return Ok(manifest);
        }
        // A killed remove may have deleted a ref that is not durably gone.
        store.sync_everything()?;
        if !Roots::read(store)?.named.is_empty() {
            // Another install may have begun it meanwhile, and recorded what is named.
            if let Some(manifest) = Self::open(store.root(), locks)? {
                return Ok(manifest);
            }
            return Err(Error::ManifestLost {
                path: store.path(paths::MANIFEST),
            });
        }
        Self::open_or_create(store.root(), locks, &[])
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
        let database = guarded(&path, || open_database(&path))?;
        Ok(Writer {
            database,
            path,
            _lock: lock,
        })
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

    /// Writes the record of one directory as it is, durably: where the disk has no room for a change, this is the change that fails.
    pub(crate) fn write_again(&self, key: &BundleKey) -> Result<()> {
        self.write(|transaction| {
            let mut bundles = transaction.open_table(tables::BUNDLES)?;
            let key = key.encode();
            let row = bundles.get(key.as_slice())?.map(|row| row.value().to_vec());
            if let Some(row) = row {
                bundles.insert(key.as_slice(), row.as_slice())?;
            }
            Ok(())
        })
    }

    /// Deletes those of these look-ups that still lead to nothing that is kept, in one durable transaction; says how many. An
    /// install may have learned meanwhile what one of them leads to.
    pub(crate) fn forget_stale(
        &self,
        stale: &[LookUp],
        tree_kept: impl Fn(&TreeId) -> bool,
        object_kept: impl Fn(&ObjectId) -> bool,
    ) -> Result<usize> {
        let mut count = 0;
        self.write(|transaction| {
            let mut archives = transaction.open_table(tables::ARCHIVES)?;
            let mut streams = transaction.open_table(tables::STREAMS)?;
            for look_up in stale {
                let (table, key) = match look_up {
                    LookUp::Archive(key) => (&mut archives, key.as_slice()),
                    LookUp::Stream(key) => (&mut streams, key.as_slice()),
                };
                let is_kept = table.get(key)?.is_some_and(|value| match look_up {
                    LookUp::Archive(_) => {
                        ArchiveRow::decode(value.value()).is_ok_and(|row| tree_kept(&row.tree))
                    }
                    LookUp::Stream(_) => {
                        StreamRow::decode(value.value()).is_ok_and(|row| object_kept(&row.object))
                    }
                });
                if !is_kept {
                    count += usize::from(table.remove(key)?.is_some());
                }
            }
            Ok(())
        })?;
        Ok(count)
    }

    fn write(
        &self,
        change: impl FnOnce(&redb::WriteTransaction) -> std::result::Result<(), redb::Error>,
    ) -> Result<()> {
        guarded(&self.path, || {
            let mut transaction = self
                .database
                .begin_write()
                .map_err(|source| failed(&self.path, source))?;
            transaction.set_quick_repair(true);
            change(&transaction).map_err(|source| failed(&self.path, source))?;
            transaction
                .commit()
                .map_err(|source| failed(&self.path, source))
        })
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

/// Makes a database with all its tables at a temporary path, and closes it. The commit is durable; what closing writes after it
/// is synced by redb, and without that the next open would repair.
fn create_database(path: &Path, seed: &[Record]) -> Result<()> {
    let file = RandomAccessFile::create_new(path)?;
    let database = builder()
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
    fill().map_err(|source| failed(path, source))
}
