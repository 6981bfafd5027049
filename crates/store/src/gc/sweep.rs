//! The sweep: bounded batches under the exclusive store lock, in the order of I4. Only here are objects deleted (I5).

mod bundles;
mod cleanup;
mod counted;

use std::collections::HashSet;
use std::path::PathBuf;

use linkstead_format::{BundleKey, BundleName, Version, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::dir;
use linkstead_fs::stat::{self, FileKind};
use serde::Serialize;

use super::Gc;
use super::needed::Needed;
use super::scale::{unneeded_objects, unneeded_trees};
use super::tally::Tally;
use crate::error::{Error, ErrorKind, Result};
use crate::locks::{Exclusive, Locks};
use crate::manifest::{LookUp, Reader, Writer, stale_look_ups};
use crate::observe::{Event, Meter, Notice, Phase, Unit};
use crate::roots::Roots;
use crate::staging::Staging;
use crate::trash::Doomed;

/// Names deleted in one batch: an install waits for at most one.
const BATCH: usize = 1000;

/// Rows of the manifest deleted in one batch: each is a page that is written anew.
const ROWS: usize = 2 * BATCH;

/// What a sweep took back. May be more than was planned: what crashes left is recovered first, and on a full disk a second plan
/// follows the first.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Swept {
    /// Bundles that went.
    pub bundles: usize,
    /// Bundles that were to go and stayed: somebody used, held, pinned or activated them after the plan, or put a file there.
    pub spared: Vec<Spared>,
    /// Paths of checkouts that were forgotten.
    pub forgotten: Vec<PathBuf>,
    /// Removed directories that were parked or doomed, and what operations that died had left.
    pub parked: usize,
    /// Look-ups that led to nothing.
    pub look_ups: usize,
    /// Trees.
    pub trees: usize,
    /// Objects.
    pub objects: usize,
    /// Bytes that are free now, on the store's disk and on those of checkouts.
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
    let mut sweep = Sweep {
        _mark: cleanup::mark(gc.store.root())?,
        gc,
        locks,
        swept: Swept::default(),
        taken: HashSet::new(),
        waiting: Waiting::default(),
    };
    sweep.pass()?;
    if sweep.waiting.is_for_something() {
        sweep.waiting = Waiting::default();
        sweep.gc.plan_again()?;
        sweep.leave_the_spared();
        sweep.pass()?;
    }
    match sweep.waiting {
        Waiting {
            bundles: Some(error),
            ..
        } => return Err(error),
        // They are hints, and harm nobody.
        Waiting {
            look_ups: Some(error),
            ..
        } => sweep.gc.observer.event(&Event::Notice {
            notice: Notice::NotDeleted {
                problem: format!("look-ups that lead to nothing: {error}"),
            },
        }),
        _ => {}
    }
    Ok(sweep.swept)
}

/// What found no room, and why: a copy-on-write disk that is full takes no change of the manifest before something else has gone.
#[derive(Debug, Default)]
struct Waiting {
    bundles: Option<Error>,
    look_ups: Option<Error>,
}

impl Waiting {
    fn is_for_something(&self) -> bool {
        self.bundles.is_some() || self.look_ups.is_some()
    }
}

/// The error if what was done found no room.
fn no_room(done: Result<()>) -> Result<Option<Error>> {
    match done {
        Err(error) if error.kind() == ErrorKind::NoSpace => Ok(Some(error)),
        done => done.map(|()| None),
    }
}

struct Sweep<'a> {
    // What a killed gc renamed may not be durable: its mark tells. It goes before the lock of the gc.
    _mark: Option<Staging>,
    gc: Gc<'a>,
    locks: Locks<'a>,
    swept: Swept,
    /// Where the directories of the bundles that went lie.
    taken: HashSet<PathBuf>,
    waiting: Waiting,
}

impl Sweep<'_> {
    /// Steps 3 to 10. What finds no room waits, and so does all of its kind.
    fn pass(&mut self) -> Result<()> {
        let plan = self.gc.plan();
        let total = (plan.trees + plan.objects) as u64;
        let meter = Meter::start(self.gc.observer, Phase::Sweep, total, Unit::Files);
        self.cleanup()?;
        self.waiting.bundles = no_room(self.bundles())?;
        // None are left, unless there was no room. Those have their records, so what they need stays: the next batch adds it.
        self.gc.planned.going.clear();
        self.parked()?;
        self.trash()?;
        self.waiting.look_ups = no_room(self.look_ups())?;
        let trees = unneeded_trees(self.gc.store, &self.gc.planned.needed)?;
        self.swept.trees +=
            self.files(trees, &meter, Sweep::add_trees_of_orphans, |needed, id| {
                needed.has_tree(id)
            })?;
        let objects = unneeded_objects(self.gc.store, &self.gc.planned.needed)?;
        self.swept.objects += self.files(
            objects,
            &meter,
            |_, _| Ok(()),
            |needed, key| needed.has_object(key),
        )?;
        // What was taken back stays so, also what a killed gc had taken; until here a power cut would only have left the next one
        // more to do.
        self.gc.store.sync_everything()
    }

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
        let (going, stay) = std::mem::take(&mut self.gc.planned.going)
            .into_iter()
            .partition(|going| bundles::still_goes(going, &roots));
        self.gc.planned.going = going;
        self.spare(stay, &roots);
        let gc = &mut self.gc;
        let planned: HashSet<&BundleKey> = gc
            .planned
            .going
            .iter()
            .map(|going| &going.record.key)
            .collect();
        for record in &records {
            if planned.contains(&record.key) {
                continue;
            }
            match roots.named.contains(&record.key) {
                true => gc.planned.needed.add(store, &record.row.tree)?,
                // It stays for what lies in its directory, also where its tree is lost.
                false => drop(gc.planned.needed.add_if_readable(store, &record.row.tree)?),
            }
        }
        for tree in &roots.trees {
            gc.planned.needed.add(store, tree)?;
        }
        Ok(exclusive)
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
        let (taken, swept) = (&self.taken, &mut self.swept);
        self.gc.store.empty_trash_by(self.gc.observer, |path| {
            counted::delete_tree(path, &mut tally)?;
            swept.parked += usize::from(!taken.contains(path));
            Ok(())
        })?;
        swept.bytes += tally.freed();
        Ok(())
    }

    /// Step 7: rows that lead to nothing. Which these are is read once, without the store lock; each batch looks again.
    fn look_ups(&mut self) -> Result<()> {
        for rows in self.stale_look_ups()?.chunks(ROWS) {
            let _exclusive = self.batch()?;
            let needed = &self.gc.planned.needed;
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
        let needed = &self.gc.planned.needed;
        stale_look_ups(
            self.gc.store,
            || {
                self.gc.options.control.check()?;
                Reader::open(self.gc.store.root(), &self.locks)
            },
            |tree| needed.has_tree(tree),
            |object| needed.has_content(object),
        )
    }

    /// An install that died since the mark left one, perhaps: recovery must be able to tell what it is.
    fn add_trees_of_orphans(&mut self, exclusive: &Exclusive) -> Result<()> {
        let store = self.gc.store;
        let kept = store.recorded_or_named(&self.locks)?;
        for (_, tree) in store.orphans_with_trees(exclusive, &kept)? {
            self.gc.planned.needed.add_if_readable(store, &tree)?;
        }
        Ok(())
    }

    /// Steps 8 and 9: files of trees or objects, batch by batch, each checked against what is needed by now.
    fn files<T>(
        &mut self,
        files: Vec<(T, PathBuf)>,
        meter: &Meter<'_>,
        look_for_more: impl Fn(&mut Self, &Exclusive) -> Result<()>,
        is_needed: impl Fn(&Needed, &T) -> bool,
    ) -> Result<usize> {
        let mut deleted = 0;
        for batch in files.chunks(BATCH) {
            let exclusive = self.batch()?;
            look_for_more(self, &exclusive)?;
            let _epoch = exclusive.new_epoch()?;
            let mut tally = Tally::default();
            for (name, path) in batch {
                meter.add(1);
                let is_file = stat::stat(path)?.is_some_and(|found| found.kind == FileKind::File);
                if !is_file || is_needed(&self.gc.planned.needed, name) {
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
