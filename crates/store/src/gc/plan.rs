//! The plan: what a sweep would take back and how many bytes that really frees.

use std::path::PathBuf;

use linkstead_format::{BundleName, ObjectKey, TreeId, Version, paths};
use linkstead_fs::dir;
use linkstead_fs::lock::{self, LockMode};
use linkstead_fs::stat::FileKind;
use serde::Serialize;

use super::mark::{Mark, Needed};
use super::tally::Tally;
use crate::error::Result;
use crate::locks::Locks;
use crate::manifest::{Reader, Record};
use crate::store::Store;

/// What a sweep would take back.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GcPlan {
    /// Directories that no name means any more.
    pub bundles: Vec<Reclaim>,
    /// The same, but held by a process: they stay until a later gc.
    pub in_use: Vec<Reclaim>,
    /// Removed directories that are parked or already doomed.
    pub parked: usize,
    /// Look-ups that lead to nothing.
    pub look_ups: usize,
    /// Trees that nothing needs.
    pub trees: usize,
    /// Objects that nothing needs.
    pub objects: usize,
    /// Bytes on disk that will really be free: a file with another link elsewhere frees nothing.
    pub bytes: u64,
}

/// A published directory without a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reclaim {
    /// Its bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its directory, absolute.
    pub directory: PathBuf,
}

/// Plans a sweep after a mark.
pub(super) fn plan(store: &Store, locks: &Locks<'_>, mark: &mut Mark) -> Result<GcPlan> {
    let mut plan = GcPlan::default();
    let mut tally = Tally::default();
    let (leased, free): (Vec<Record>, Vec<Record>) = std::mem::take(&mut mark.unnamed)
        .into_iter()
        .partition(|record| is_leased(store, record));
    for record in &leased {
        // It stays, so what it needs stays.
        mark.needed.add(store, &record.row.tree)?;
        plan.in_use.push(reclaim(store, record));
    }
    for record in &free {
        let going = reclaim(store, record);
        tally.add_tree(&going.directory)?;
        plan.bundles.push(going);
    }
    mark.unnamed = free;
    for shelf in [paths::PARKED, paths::TRASH] {
        for entry in dir::list_if_present(&store.path(shelf))? {
            tally.add_tree(&store.path(shelf).join(entry.name))?;
            plan.parked += 1;
        }
    }
    for (_, path) in unneeded_trees(store, &mark.needed)? {
        tally.add_file(&path)?;
        plan.trees += 1;
    }
    for (_, path) in unneeded_objects(store, &mark.needed)? {
        tally.add_file(&path)?;
        plan.objects += 1;
    }
    if let Some(manifest) = Reader::open(store.root(), locks)? {
        let stale = manifest.stale(
            |tree| mark.needed.trees.contains(tree),
            |object| mark.needed.contents.contains(object),
        )?;
        plan.look_ups = stale.len();
    }
    plan.bytes = tally.freed();
    Ok(plan)
}

fn reclaim(store: &Store, record: &Record) -> Reclaim {
    let key = &record.key;
    Reclaim {
        name: key.name.clone(),
        version: key.version.clone(),
        directory: store.path(paths::published(&key.name, &key.version, &key.directory)),
    }
}

fn is_leased(store: &Store, record: &Record) -> bool {
    let path = reclaim(store, record).directory;
    let is_there = path.is_dir();
    is_there && matches!(lock::try_lock_dir(&path, LockMode::Exclusive), Ok(None))
}

/// The trees that nothing needs, with their files.
pub(super) fn unneeded_trees(store: &Store, needed: &Needed) -> Result<Vec<(TreeId, PathBuf)>> {
    let mut unneeded = shelved(store, paths::TREES, |shelf, file| {
        paths::parse_tree_file(shelf, file)
    })?;
    unneeded.retain(|(id, _)| !needed.trees.contains(id));
    Ok(unneeded)
}

/// The objects that nothing needs, with their files.
pub(super) fn unneeded_objects(
    store: &Store,
    needed: &Needed,
) -> Result<Vec<(ObjectKey, PathBuf)>> {
    let mut unneeded = shelved(store, paths::OBJECTS, |shelf, file| {
        ObjectKey::parse(shelf, file)
    })?;
    unneeded.retain(|(key, _)| !needed.objects.contains(key));
    Ok(unneeded)
}

/// What lies in the two-digit directories; a name that is none of ours is left alone.
pub(crate) fn shelved<T>(
    store: &Store,
    base: &str,
    parse: impl Fn(&str, &str) -> Option<T>,
) -> Result<Vec<(T, PathBuf)>> {
    let base = store.path(base);
    let mut found = Vec::new();
    for shelf in dir::list_if_present(&base)? {
        if shelf.kind != FileKind::Directory {
            continue;
        }
        let path = base.join(&shelf.name);
        for file in dir::list_if_present(&path)? {
            if let (Some(shelf), Some(name)) = (shelf.name.to_str(), file.name.to_str())
                && let Some(parsed) = parse(shelf, name)
            {
                found.push((parsed, path.join(name)));
            }
        }
    }
    Ok(found)
}
