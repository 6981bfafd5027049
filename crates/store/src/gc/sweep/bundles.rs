//! Step 4 of a gc: bundles that go, in the order of I4. Between plan and sweep nothing was locked, so each is looked at again: its
//! roots, its stamp, who holds it, and what lies in its directory.

use linkstead_format::paths;

use super::{Spared, Sweep};
use crate::error::{Error, Result};
use crate::extra::Missed;
use crate::gc::planner::Going;
use crate::gc::policy::Why;
use crate::gc::scale::small_files;
use crate::gc::tally::Tally;
use crate::manifest::Writer;
use crate::options::ExtraFiles;
use crate::pins;
use crate::published::{self, Destination};
use crate::refs;
use crate::roots::Roots;
use crate::uses;

/// Bundles taken in one batch: each costs some syncs, and a look at its directory.
const BUNDLES: usize = 16;

impl Sweep<'_> {
    /// Step 4: records that go, and their directories.
    pub(super) fn bundles(&mut self) -> Result<()> {
        while !self.gc.planned.going.is_empty() {
            let _exclusive = self.batch()?;
            let count = self.gc.planned.going.len().min(BUNDLES);
            let batch: Vec<Going> = self.gc.planned.going.drain(..count).collect();
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
        let manifest = Writer::open(root, &self.locks)?;
        if going.why != Why::NoName {
            if let Some(manifest) = &manifest {
                // As in remove: on a full disk the bundle keeps its name.
                manifest.write_again(key)?;
            }
            let file = paths::version_ref(&key.name, &key.version);
            tally.add_file(&root.join(&file))?;
            refs::delete(root, &file)?;
        }
        let lies_at = published::withdraw(root, key, manifest.as_ref(), Destination::Trash, lock)?;
        self.taken.extend(lies_at);
        self.swept.bytes += tally.freed();
        Ok(Taken::Gone)
    }

    /// Whether somebody used it since the plan, or put a file there that would be missed, or might be.
    fn is_wanted(&self, going: &Going) -> Result<bool> {
        let store = self.gc.store;
        let key = &going.record.key;
        if going.why != Why::NoName && uses::stamp(store, key)? != going.stamp {
            return Ok(true);
        }
        if self.gc.options.extra_files == ExtraFiles::Discard {
            return Ok(false);
        }
        let receipt = published::receipt_or_problem(store.root(), key)?;
        let receipt = receipt.as_ref().map_err(String::as_str);
        let directory = store.path(key.published());
        let recorded = Some(&going.record.row.tree);
        Ok(!Missed::of(store, &directory, receipt, recorded)?.is_nothing())
    }

    /// Whoever was spared stays, also where a second plan, that knows the use which spared it, would take it.
    pub(super) fn leave_the_spared(&mut self) {
        let spared = &self.swept.spared;
        let going = &mut self.gc.planned.going;
        going.retain(|going| !spared.contains(&self::spared(going)));
    }

    /// What a root keeps by now is told, unless it is gone altogether.
    pub(super) fn spare(&mut self, stay: Vec<Going>, roots: &Roots) {
        let there = stay
            .iter()
            .filter(|going| roots.named.contains(&going.record.key));
        self.swept.spared.extend(there.map(spared));
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
pub(super) fn still_goes(going: &Going, roots: &Roots) -> bool {
    let key = &going.record.key;
    match going.why {
        Why::NoName => !roots.named.contains(key),
        _ => {
            let is_kept = roots.is_current(key) || roots.pinned.contains_key(key);
            roots.named.contains(key) && !is_kept
        }
    }
}
