//! Published directories and their receipts: finding the one of a directory id, and dooming one.

use std::path::{Path, PathBuf};

use linkstead_format::{
    BundleKey, BundleName, DirectoryId, DirectoryName, Receipt, Tree, Version, paths,
};
use linkstead_fs::dir::{self, Removed};
use linkstead_fs::rename::{self, MoveOutcome};
use linkstead_fs::stat::{self, FileKind};
use linkstead_fs::{file, unique_name};

use crate::error::{Error, Result};
use crate::locks::{self, Held};
use crate::manifest::Writer;
use crate::set_aside;
use crate::store::{SMALL_FILE, Store};
use crate::stored::read_tree;
use crate::unreadable;

/// A directory that has a receipt.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) directory: DirectoryName,
    pub(crate) path: PathBuf,
    pub(crate) receipt: Receipt,
}

impl Published {
    pub(crate) fn key(&self) -> BundleKey {
        BundleKey {
            name: self.receipt.name.clone(),
            version: self.receipt.version.clone(),
            directory: self.directory.clone(),
        }
    }
}

/// Where a directory id stands, or may stand.
#[derive(Debug)]
pub(crate) enum Slot {
    /// It is there, with its receipt.
    Ours(Box<Published>),
    /// A directory without a receipt is in the way.
    InTheWay(DirectoryName),
    /// Nothing is there.
    Free(DirectoryName),
}

/// Finds a directory id: the shortest name that is not another bundle's.
pub(crate) fn find(
    root: &Path,
    name: &BundleName,
    version: &Version,
    id: &DirectoryId,
) -> Result<Slot> {
    for directory in id.names() {
        let path = root.join(paths::published(name, version, &directory));
        let is_there = match stat::stat(&path)? {
            None => false,
            Some(found) if found.kind == FileKind::Directory => true,
            Some(_) => {
                return Err(Error::Damaged {
                    path,
                    problem: "something that is no directory is in its place: move it away".into(),
                });
            }
        };
        let receipt = match read_receipt(root, name, version, &directory) {
            Ok(receipt) => receipt,
            Err(error) => {
                unreadable::problem_of(error)?;
                // Whatever it is, it is not ours to overwrite; nor can a receipt be where something lies that is no file.
                if is_there || !is_file(&root.join(paths::receipt(name, version, &directory)))? {
                    continue;
                }
                None
            }
        };
        if let Some(receipt) = &receipt
            && is_there
            && (receipt.name != *name || receipt.version != *version)
        {
            return Err(Error::NameClash {
                wanted: format!("{name}@{version}"),
                there: format!("{}@{}", receipt.name, receipt.version),
            });
        }
        match receipt {
            Some(receipt) if is_there && receipt.directory == *id => {
                return Ok(Slot::Ours(Box::new(Published {
                    directory,
                    path,
                    receipt,
                })));
            }
            Some(_) if is_there => {}
            None if is_there => return Ok(Slot::InTheWay(directory)),
            _ => return Ok(Slot::Free(directory)),
        }
    }
    Err(Error::Damaged {
        path: root.join(paths::bundles_dir(name, version)),
        problem: "every name of this directory id is taken".into(),
    })
}

/// The receipt of a directory; `None` where there is none.
pub(crate) fn read_receipt(
    root: &Path,
    name: &BundleName,
    version: &Version,
    directory: &DirectoryName,
) -> Result<Option<Receipt>> {
    read_receipt_at(root.join(paths::receipt(name, version, directory)))
}

fn read_receipt_at(path: PathBuf) -> Result<Option<Receipt>> {
    match file::read(&path, SMALL_FILE)? {
        None => Ok(None),
        Some(bytes) => match Receipt::decode(&bytes) {
            Ok(receipt) => Ok(Some(receipt)),
            Err(source) => Err(Error::Unreadable { path, source }),
        },
    }
}

/// The receipt of a directory, or why there is none that can be read.
pub(crate) fn receipt_or_problem(
    root: &Path,
    key: &BundleKey,
) -> Result<std::result::Result<Receipt, String>> {
    receipt_or_problem_at(root.join(key.receipt()))
}

/// The same of a receipt's path.
pub(crate) fn receipt_or_problem_at(path: PathBuf) -> Result<std::result::Result<Receipt, String>> {
    match read_receipt_at(path) {
        Ok(Some(receipt)) => Ok(Ok(receipt)),
        Ok(None) => Ok(Err("its receipt is missing".into())),
        Err(error) => {
            let problem = unreadable::problem_of(error)?;
            Ok(Err(format!("its receipt cannot be read: {problem}")))
        }
    }
}

/// What a directory should be: its receipt, and the tree that this names; `None` if one of them cannot be had.
pub(crate) fn receipt_and_tree(store: &Store, key: &BundleKey) -> Result<Option<(Receipt, Tree)>> {
    let Ok(receipt) = receipt_or_problem(store.root(), key)? else {
        return Ok(None);
    };
    match read_tree(store, &receipt.tree) {
        Ok(tree) => Ok(tree.map(|tree| (receipt, tree))),
        Err(error) => unreadable::problem_of(error).map(|_| None),
    }
}

/// Where a doomed directory goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Destination<'a> {
    /// It only waits to be deleted.
    Trash,
    /// It may come back.
    Parked(&'a DirectoryId),
}

/// Locks a directory for its removal: before the first deletion, so that nobody starts to use what goes away.
pub(crate) fn lock_for_removal(root: &Path, key: &BundleKey) -> Result<Option<Held>> {
    let path = root.join(key.published());
    if stat::stat(&path)?.is_none() {
        return Ok(None);
    }
    match locks::try_directory(&path)? {
        Some(lock) => Ok(Some(lock)),
        None => Err(Error::InUse {
            name: key.name.clone(),
            version: key.version.clone(),
            holders: locks::holders(&path),
        }),
    }
}

/// Takes a directory out of `bundles/` in the order of I4: record, directory, receipt, each durable before the next.
/// The caller holds the window or the exclusive store lock, has locked the directory if it is there, and has deleted the refs.
/// Says where the directory lies by then, if it was there; one that could not be moved is gone.
pub(crate) fn withdraw(
    root: &Path,
    key: &BundleKey,
    manifest: Option<&Writer>,
    destination: Destination<'_>,
    lock: Option<Held>,
) -> Result<Option<PathBuf>> {
    if let Some(manifest) = manifest {
        manifest.forget(key)?;
    }
    let path = root.join(key.published());
    let receipt = root.join(key.receipt());
    let target = lock.as_ref().map(|_| match destination {
        Destination::Trash => root.join(paths::TRASH).join(unique_name()),
        Destination::Parked(id) => root
            .join(paths::PARKED)
            .join(paths::parked_name(id, &unique_name())),
    });
    if let Some(target) = &target {
        move_away(root, &path, &receipt, target)?;
    }
    if remove_receipt(&receipt)? == Removed::Gone {
        sync_parent(&receipt)?;
    }
    dir::remove_file(&root.join(key.use_stamp()))?;
    Ok(target)
}

/// Renames a directory out of `bundles/` and syncs both parents. A directory of a lower overlay layer cannot be renamed: then its
/// receipt goes first, durably, and it is deleted in place.
pub(crate) fn move_away(root: &Path, path: &Path, receipt: &Path, target: &Path) -> Result<()> {
    match rename::move_directory_aside(path, target)? {
        MoveOutcome::Moved => {
            sync_parent(target)?;
            set_aside::settle(root)?;
            sync_parent(path)
        }
        MoveOutcome::SourceMissing | MoveOutcome::TargetExists => Err(went_away(path)),
        MoveOutcome::CrossDevice => {
            remove_receipt(receipt)?;
            sync_parent(receipt)?;
            dir::remove_tree(path)?;
            sync_parent(path)
        }
    }
}

/// Deletes a receipt. What is no file there is left to people: verify finds it, and no install takes the name.
fn remove_receipt(receipt: &Path) -> Result<Removed> {
    match is_file(receipt)? {
        true => Ok(dir::remove_file(receipt)?),
        false => Ok(Removed::WasAbsent),
    }
}

fn is_file(path: &Path) -> Result<bool> {
    Ok(stat::stat(path)?.is_some_and(|found| found.kind == FileKind::File))
}

pub(crate) fn went_away(path: &Path) -> Error {
    Error::Damaged {
        path: path.to_path_buf(),
        problem: "it went away while it was locked".into(),
    }
}

pub(crate) fn sync_parent(path: &Path) -> Result<()> {
    if let Some(parent) = path.parent() {
        dir::sync_dir(parent)?;
    }
    Ok(())
}
