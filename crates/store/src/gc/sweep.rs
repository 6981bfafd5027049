//! The sweep: bounded batches under the exclusive store lock, in the order of I4. Only here are objects deleted (I5).

use std::collections::HashSet;
use std::path::PathBuf;

use linkstead_format::{BundleKey, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::dir;
use linkstead_fs::stat::{self, FileKind};
use serde::Serialize;

use super::Gc;
use super::plan::{unneeded_objects, unneeded_trees};
use super::tally::Tally;
use crate::error::{Error, Result};
use crate::locks::{Exclusive, Locks};
use crate::manifest::{LookUp, Reader, Writer};
use crate::observe::{Meter, Phase, Unit};
use crate::pins;
use crate::published::{self, Destination};
use crate::refs;
use crate::roots::Roots;
use crate::trash::Doomed;

/// Names deleted in one batch: an install waits for at most one.
const BATCH: usize = 1000;

/// Rows of the manifest deleted in one batch; they cost less than names.
const ROWS: usize = 10 * BATCH;

/// What a sweep took back.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Swept {
    /// Directories that no name meant.
    pub bundles: usize,
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
    let trees = unneeded_trees(sweep.gc.store, &sweep.gc.mark.needed)?;
    sweep.swept.trees = sweep.files(trees, &meter, |needed, id| needed.trees.contains(id))?;
    let objects = unneeded_objects(sweep.gc.store, &sweep.gc.mark.needed)?;
    sweep.swept.objects =
        sweep.files(objects, &meter, |needed, key| needed.objects.contains(key))?;
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
        let mark = &mut self.gc.mark;
        mark.unnamed
            .retain(|record| !roots.named.contains(&record.key));
        let planned: HashSet<&BundleKey> = mark.unnamed.iter().map(|record| &record.key).collect();
        for record in &records {
            if !planned.contains(&record.key) {
                mark.needed.add(store, &record.row.tree)?;
            }
        }
        for tree in &roots.trees {
            mark.needed.add(store, tree)?;
        }
        Ok(exclusive)
    }

    /// Step 4: records that no root names, and their directories.
    fn records(&mut self) -> Result<()> {
        while !self.gc.mark.unnamed.is_empty() {
            let _exclusive = self.batch()?;
            let store = self.gc.store;
            let count = self.gc.mark.unnamed.len().min(BATCH / 10);
            let batch: Vec<_> = self.gc.mark.unnamed.drain(..count).collect();
            pins::sync_all(store.root())?;
            for record in batch {
                match published::lock_for_removal(store.root(), &record.key) {
                    Ok(lock) => {
                        refs::sync_name(store.root(), &record.key.name)?;
                        let manifest = Writer::open(store.root(), &self.locks)?;
                        published::withdraw(
                            store.root(),
                            &record.key,
                            manifest.as_ref(),
                            Destination::Trash,
                            lock,
                        )?;
                        self.swept.bundles += 1;
                    }
                    // Its record stays, so what it needs stays: the next batch adds it.
                    Err(Error::InUse { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
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
            let needed = &self.gc.mark.needed;
            if let Some(manifest) = Writer::open(self.gc.store.root(), &self.locks)? {
                self.swept.look_ups += manifest.forget_stale(
                    rows,
                    |tree| needed.trees.contains(tree),
                    |object| needed.contents.contains(object),
                )?;
            }
        }
        Ok(())
    }

    fn stale_look_ups(&self) -> Result<Vec<LookUp>> {
        let needed = &self.gc.mark.needed;
        match Reader::open(self.gc.store.root(), &self.locks)? {
            None => Ok(Vec::new()),
            Some(manifest) => manifest.stale(
                |tree| needed.trees.contains(tree),
                |object| needed.contents.contains(object),
            ),
        }
    }

    /// Steps 8 and 9: files of trees or objects, batch by batch, each checked against what is needed by now.
    fn files<T>(
        &mut self,
        files: Vec<(T, PathBuf)>,
        meter: &Meter<'_>,
        is_needed: impl Fn(&super::mark::Needed, &T) -> bool,
    ) -> Result<usize> {
        let mut deleted = 0;
        for batch in files.chunks(BATCH) {
            let _exclusive = self.batch()?;
            let mut tally = Tally::default();
            for (name, path) in batch {
                meter.add(1);
                let is_file = stat::stat(path)?.is_some_and(|found| found.kind == FileKind::File);
                if !is_file || is_needed(&self.gc.mark.needed, name) {
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
