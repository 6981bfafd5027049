//! The sweep: bounded batches under the exclusive store lock, in the order of I4. Only here are objects deleted (I5).

use std::collections::HashSet;
use std::path::PathBuf;

use linkstead_format::{BundleKey, BundleName, Version, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::dir;
use linkstead_fs::stat::{self, FileKind};
use serde::Serialize;

use super::Gc;
use super::needed::Needed;
use super::planner::Going;
use super::policy::Why;
use super::scale::{small_files, unneeded_objects, unneeded_trees};
use super::tally::Tally;
use crate::error::{Error, Result};
use crate::extra;
use crate::locks::{Exclusive, Locks};
use crate::manifest::{LookUp, Reader, Writer};
use crate::observe::{Meter, Phase, Unit};
use crate::options::ExtraFiles;
use crate::pins;
use crate::published::{self, Destination};
use crate::refs;
use crate::roots::Roots;
use crate::trash::Doomed;
use crate::uses;

/// Names deleted in one batch: an install waits for at most one.
const BATCH: usize = 1000;

/// Rows of the manifest deleted in one batch; they cost less than names.
const ROWS: usize = 10 * BATCH;

/// Bundles taken in one batch: each costs some syncs, and a look at its directory.
const BUNDLES: usize = 16;

/// What a sweep took back.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Swept {
    /// Bundles that went.
    pub bundles: usize,
    /// Bundles that were to go and stayed: somebody used, held, pinned or activated them after the plan, or put a file there.
    pub spared: Vec<Spared>,
    /// Removed directories that were parked or doomed.
    pub parked: usize,
    /// Look-ups that led to nothing.
    pub look_ups: usize,
    /// Trees.
    pub trees: usize,
    /// Objects.
    pub objects: usize,
    /// Bytes on disk that are free now.
    pub bytes: u64,
}

/// A bundle that somebody wants since it was planned to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Spared {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
}

pub(super) fn sweep(gc: Gc<'_>) -> Result<Swept> {
    let locks = gc.store.locks(&gc.options.control, gc.observer);
    let total = (gc.plan.trees + gc.plan.objects) as u64;
    let meter = Meter::start(gc.observer, Phase::Sweep, total, Unit::Files);
    let mut sweep = Sweep {
        gc,
        locks,
        swept: Swept::default(),
    };
    sweep.records()?;
    sweep.parked()?;
    sweep.trash()?;
    sweep.look_ups()?;
    let trees = unneeded_trees(sweep.gc.store, &sweep.gc.needed)?;
    sweep.swept.trees = sweep.files(trees, &meter, |needed, id| needed.has_tree(id))?;
    let objects = unneeded_objects(sweep.gc.store, &sweep.gc.needed)?;
    sweep.swept.objects = sweep.files(objects, &meter, |needed, key| needed.has_object(key))?;
    // What was taken back stays so, also what a killed gc had taken; until here a power cut would only have left the next one more to do.
    sweep.gc.store.sync_everything()?;
    Ok(sweep.swept)
}

struct Sweep<'a> {
    gc: Gc<'a>,
    locks: Locks<'a>,
    swept: Swept,
}

impl Sweep<'_> {
    /// Begins a batch: the exclusive lock, then everything that came to be needed since the mark. Every record that is there
    /// and not in the plan is needed, and so is a planned one that a root names again.
    fn batch(&mut self) -> Result<Exclusive> {
        self.gc.options.control.check()?;
        let exclusive = self.locks.exclusive()?;
        let store = self.gc.store;
        let records = look_again(&store.path(paths::MANIFEST), Vec::new, || {
            Reader::all_records(store, &self.locks)
        })?;
        let roots = look_again(&store.path(paths::REFS), Roots::default, || {
            Roots::read(store)
        })?;
        let (going, stay) = std::mem::take(&mut self.gc.going)
            .into_iter()
            .partition(|going| still_goes(going, &roots));
        self.gc.going = going;
        self.spare(stay, &roots);
        let gc = &mut self.gc;
        let planned: HashSet<&BundleKey> = gc.going.iter().map(|going| &going.record.key).collect();
        for record in &records {
            if !planned.contains(&record.key) {
                gc.needed.add(store, &record.row.tree)?;
            }
        }
        for tree in &roots.trees {
            gc.needed.add(store, tree)?;
        }
        Ok(exclusive)
    }

    /// What a root keeps by now is told, unless it is gone altogether.
    fn spare(&mut self, stay: Vec<Going>, roots: &Roots) {
        let there = stay
            .iter()
            .filter(|going| roots.named.contains(&going.record.key));
        self.swept.spared.extend(there.map(spared));
    }

    /// Step 4: records that go, and their directories.
    fn records(&mut self) -> Result<()> {
        while !self.gc.going.is_empty() {
            let _exclusive = self.batch()?;
            let count = self.gc.going.len().min(BUNDLES);
            let batch: Vec<Going> = self.gc.going.drain(..count).collect();
            pins::sync_all(self.gc.store.root())?;
            for going in batch {
                match self.take(&going)? {
                    Taken::Gone => self.swept.bundles += 1,
                    // Its record stays, so what it needs stays: the next batch adds it.
                    Taken::Stays => self.swept.spared.push(spared(&going)),
                }
            }
        }
        Ok(())
    }

    /// Takes one bundle out of sight, in the order of I4, unless somebody uses it, or did so since the plan.
    fn take(&mut self, going: &Going) -> Result<Taken> {
        let store = self.gc.store;
        let (root, key) = (store.root(), &going.record.key);
        let lock = match published::lock_for_removal(root, key) {
            Ok(lock) => lock,
            Err(Error::InUse { .. }) => return Ok(Taken::Stays),
            Err(error) => return Err(error),
        };
        if self.is_wanted(going)? {
            return Ok(Taken::Stays);
        }
        let mut tally = Tally::default();
        for file in small_files(store, key) {
            tally.add_file(&file)?;
        }
        refs::sync_name(root, &key.name)?;
        if going.why != Why::NoName {
            let file = paths::version_ref(&key.name, &key.version);
            tally.add_file(&root.join(&file))?;
            refs::delete(root, &file)?;
        }
        let manifest = Writer::open(root, &self.locks)?;
        published::withdraw(root, key, manifest.as_ref(), Destination::Trash, lock)?;
        self.swept.bytes += tally.freed();
        Ok(Taken::Gone)
    }

    /// Whether somebody used it since the plan, or put a file there that would be missed.
    fn is_wanted(&self, going: &Going) -> Result<bool> {
        let store = self.gc.store;
        let key = &going.record.key;
        if going.why != Why::NoName && uses::stamp(store, key)? != going.stamp {
            return Ok(true);
        }
        if self.gc.options.extra_files == ExtraFiles::Discard {
            return Ok(false);
        }
        let receipt =
            published::read_receipt(store.root(), &key.name, &key.version, &key.directory);
        let directory = store.path(paths::published(&key.name, &key.version, &key.directory));
        let missed = extra::missed(store, &directory, receipt.ok().flatten().as_ref())?;
        Ok(!missed.is_empty())
    }

    /// Step 5: parked directories are doomed. Nothing names them, and before they are deleted everything is synced.
    fn parked(&mut self) -> Result<()> {
        let parked = self.gc.store.path(paths::PARKED);
        let entries = dir::list_if_present(&parked)?;
        for names in entries.chunks(BATCH) {
            let _exclusive = self.batch()?;
            for entry in names {
                if self.gc.store.doom(&parked.join(&entry.name))? == Doomed::Deleted {
                    // On a lower layer: its space is not given back, so only the directory counts.
                    self.swept.parked += 1;
                }
            }
        }
        Ok(())
    }

    /// Step 6: what is doomed is reachable by nothing and needs no lock.
    fn trash(&mut self) -> Result<()> {
        let mut tally = Tally::default();
        for entry in dir::list_if_present(&self.gc.store.path(paths::TRASH))? {
            tally.add_tree(&self.gc.store.path(paths::TRASH).join(entry.name))?;
            self.swept.parked += 1;
        }
        self.gc.store.empty_trash(self.gc.observer)?;
        self.swept.bytes += tally.freed();
        Ok(())
    }

    /// Step 7: rows that lead to nothing. Which these are is read once, without the store lock; each batch looks again.
    fn look_ups(&mut self) -> Result<()> {
        for rows in self.stale_look_ups()?.chunks(ROWS) {
            let _exclusive = self.batch()?;
            let needed = &self.gc.needed;
            if let Some(manifest) = Writer::open(self.gc.store.root(), &self.locks)? {
                self.swept.look_ups += manifest.forget_stale(
                    rows,
                    |tree| needed.has_tree(tree),
                    |object| needed.has_content(object),
                )?;
            }
        }
        Ok(())
    }

    fn stale_look_ups(&self) -> Result<Vec<LookUp>> {
        let needed = &self.gc.needed;
        match Reader::open(self.gc.store.root(), &self.locks)? {
            None => Ok(Vec::new()),
            Some(manifest) => manifest.stale(
                |tree| needed.has_tree(tree),
                |object| needed.has_content(object),
            ),
        }
    }

    /// Steps 8 and 9: files of trees or objects, batch by batch, each checked against what is needed by now.
    fn files<T>(
        &mut self,
        files: Vec<(T, PathBuf)>,
        meter: &Meter<'_>,
        is_needed: impl Fn(&Needed, &T) -> bool,
    ) -> Result<usize> {
        let mut deleted = 0;
        for batch in files.chunks(BATCH) {
            let _exclusive = self.batch()?;
            let mut tally = Tally::default();
            for (name, path) in batch {
                meter.add(1);
                let is_file = stat::stat(path)?.is_some_and(|found| found.kind == FileKind::File);
                if !is_file || is_needed(&self.gc.needed, name) {
                    continue;
                }
                tally.add_file(path)?;
                dir::remove_file(path)?;
                deleted += 1;
            }
            self.swept.bytes += tally.freed();
        }
        Ok(deleted)
    }
}

/// What became of a bundle that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Gone,
    Stays,
}

fn spared(going: &Going) -> Spared {
    Spared {
        name: going.record.key.name.clone(),
        version: going.record.key.version.clone(),
    }
}

/// Whether the roots keep it no more than when it was planned: no name means what no name meant, and of what a policy takes no
/// more than its version does.
fn still_goes(going: &Going, roots: &Roots) -> bool {
    let key = &going.record.key;
    match going.why {
        Why::NoName => !roots.named.contains(key),
        _ => {
            let is_kept = roots.is_current(key) || roots.pinned.contains_key(key);
            roots.named.contains(key) && !is_kept
        }
    }
}
