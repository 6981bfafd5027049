//! A store that has been opened, and what that takes: reading `store.json`, deciding who may write, making a store where
//! there is none, and noticing that a crash left something to recover.

mod create;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use linkstead_format::{Access, LeaseKind, StoreJson, paths};
use linkstead_fs::sync::{self, Filesystem, FilesystemSync};
use linkstead_fs::{dir, file, stat};

use crate::control::Control;
use crate::error::{Error, ReadOnlyReason, Result};
use crate::locks::Locks;
use crate::observe::{Observer, Silent};
use crate::options::{OpenMode, OpenOptions};
use crate::pool::Pool;

/// The largest `store.json`, receipt or ref that is read.
pub(crate) const SMALL_FILE: u64 = 64 << 20;

/// An open store. Cheap to open, safe to share between threads and with other processes.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    json: StoreJson,
    writing: Writing,
    pool: OnceLock<Pool>,
    threads: usize,
}

/// Whether this process may write to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Writing {
    Allowed,
    Refused(ReadOnlyReason),
}

impl Store {
    /// Opens the store at `root`, and makes one where there is none if the options allow it.
    ///
    /// Reading needs no lock and creates nothing. An open for writing also looks whether a crash left something to recover,
    /// and recovers it if no other process is in the middle of an operation.
    ///
    /// # Errors
    /// No store there, not a store, a newer format, a file in the way, or no permission.
    pub fn open(root: impl Into<PathBuf>, options: &OpenOptions) -> Result<Self> {
        Self::open_observed(root, options, &Silent)
    }

    /// Like [`open`](Self::open), telling an observer what was recovered.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_observed(
        root: impl Into<PathBuf>,
        options: &OpenOptions,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let root = std::path::absolute(root.into()).map_err(|source| {
            linkstead_fs::FsError::new(linkstead_fs::Op::Read, Path::new("."), source)
        })?;
        // A root that is a link is used by its own name from here on: whose it is, is asked of the directory.
        let root = std::fs::canonicalize(&root).unwrap_or(root);
        let json = match read_store_json(&root)? {
            Some(json) => json,
            None => match options.mode {
                OpenMode::ReadWriteOrCreate => create::create(&root, &options.control, observer)?,
                OpenMode::ReadOnly | OpenMode::Resolve | OpenMode::ReadWrite => {
                    create::check_place(&root)?;
                    return Err(Error::NoStore { path: root });
                }
            },
        };
        let access = json.check_open().map_err(|source| Error::Unreadable {
            path: root.join(paths::STORE_JSON),
            source,
        })?;
        let writing = may_write(&root, options.mode, sees_leases(&json, access))?;
        let store = Store {
            root,
            json,
            writing,
            pool: OnceLock::new(),
            threads: options.threads,
        };
        let recovers = matches!(
            options.mode,
            OpenMode::ReadWrite | OpenMode::ReadWriteOrCreate
        );
        if recovers && store.is_writable() {
            create::complete(&store.root)?;
            store.recover_if_needed(&options.control, observer)?;
        }
        Ok(store)
    }

    /// The store's directory, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What `store.json` says.
    pub(crate) fn json(&self) -> &StoreJson {
        &self.json
    }

    /// Whether this process may write.
    pub fn is_writable(&self) -> bool {
        self.writing == Writing::Allowed
    }

    /// Fails with the reason if this process may not write.
    pub(crate) fn require_writable(&self) -> Result<()> {
        match &self.writing {
            Writing::Allowed => Ok(()),
            Writing::Refused(reason) => Err(Error::ReadOnly {
                path: self.root.clone(),
                reason: reason.clone(),
            }),
        }
    }

    /// A descriptor for syncs of the whole file system. Each operation opens its own before it writes: the system reports a
    /// write-back error once to each descriptor.
    pub(crate) fn open_filesystem(&self) -> Result<Filesystem> {
        Ok(Filesystem::open(&self.root)?)
    }

    /// Makes everything in the store durable, whoever wrote it: every name, and every byte.
    #[track_caller]
    pub(crate) fn sync_everything(&self) -> Result<()> {
        match self.open_filesystem()?.sync()? {
            FilesystemSync::Done(_) => Ok(()),
            FilesystemSync::Unsupported => Ok(sync::sync_tree(&self.root)?),
        }
    }

    /// The store's own threads; made when first needed.
    pub(crate) fn pool(&self) -> Result<&Pool> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        // Of two callers that come first at once, one makes a pool in vain.
        let pool = Pool::new(self.threads)?;
        Ok(self.pool.get_or_init(|| pool))
    }

    /// The locks, as one operation takes them.
    pub(crate) fn locks<'a>(
        &'a self,
        control: &'a Control,
        observer: &'a dyn Observer,
    ) -> Locks<'a> {
        Locks::new(&self.root, control, observer)
    }

    /// A path in the store.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }
}

/// Reads `store.json`; `None` where there is none.
fn read_store_json(root: &Path) -> Result<Option<StoreJson>> {
    let path = root.join(paths::STORE_JSON);
    if let Some(found) = stat::stat(root)?
        && found.kind == stat::FileKind::File
    {
        return Err(Error::StoreIsAFile {
            path: root.to_path_buf(),
        });
    }
    let Some(bytes) = file::read(&path, SMALL_FILE)? else {
        return Ok(None);
    };
    let json = StoreJson::decode(&bytes).map_err(|source| Error::Unreadable { path, source })?;
    Ok(Some(json))
}

/// Whoever cannot see the leases of a store must not remove anything from it.
fn sees_leases(json: &StoreJson, access: Access) -> Access {
    match (access, json.lease_kind()) {
        (Access::ReadWrite, Some(LeaseKind::File)) => Access::ReadOnly {
            feature: format!("lease kind {}", json.lease),
        },
        (access, _) => access,
    }
}

fn may_write(root: &Path, mode: OpenMode, access: Access) -> Result<Writing> {
    let refused = |reason| Ok(Writing::Refused(reason));
    if mode == OpenMode::ReadOnly {
        return refused(ReadOnlyReason::Asked);
    }
    if let Access::ReadOnly { feature } = access {
        return refused(ReadOnlyReason::Feature(feature));
    }
    let user = stat::effective_user();
    let owner = stat::stat(root)?.map_or(user, |found| found.uid);
    if owner != user {
        return refused(ReadOnlyReason::OtherOwner { owner, user });
    }
    let staging = root.join(paths::STAGING);
    if !stat::can_write(root) || (stat::stat(&staging)?.is_some() && !stat::can_write(&staging)) {
        return refused(ReadOnlyReason::NotWritable);
    }
    Ok(Writing::Allowed)
}

/// The directories of a store, in the order in which they are made.
pub(crate) const DIRECTORIES: &[&str] = &[
    paths::OBJECTS,
    paths::TREES,
    paths::BUNDLES,
    paths::REFS,
    paths::PINS,
    paths::CHECKOUTS,
    paths::USES,
    paths::STAGING,
    paths::PARKED,
    paths::TRASH,
    paths::QUARANTINE,
];

/// Makes a directory below the store, with all that lead to it. Their names are synced by whoever relies on them.
pub(crate) fn ensure_directory(root: &Path, relative: &Path) -> Result<()> {
    dir::create_dirs(root, relative)?;
    Ok(())
}
