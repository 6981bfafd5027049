//! `gc`: takes back what nobody needs. Mark, plan, sweep (store-format.md, section 14).
//!
//! Without a policy it takes no version that a name means. Mark and plan change nothing: what a crash left and which checkouts are
//! gone is only counted, and the sweep judges it anew. I5: only the sweep deletes objects, in bounded batches under the exclusive
//! store lock, after it has read again what was recorded since the mark and every root that is kept outside the manifest. A mark
//! that failed deletes nothing.

mod choose;
mod facts;
mod mark;
mod needed;
mod plan;
mod planner;
mod policy;
mod scale;
mod seen;
mod sweep;
mod tally;

use linkstead_fs::lock::FileLock;

use crate::checkout;
use crate::error::{Error, Result};
use crate::observe::Observer;
use crate::options::{Consent, GcOptions};
use crate::store::Store;

pub(crate) use needed::Needed;
pub use plan::{GcPlan, Keep, Kept, Reclaim, Unmet};
pub use policy::{GcPolicies, Limit, Why};
pub(crate) use scale::{Scale, small_files};
pub use sweep::{Spared, Swept};

use planner::Planned;
use seen::Seen;

/// A gc that has been planned and may be swept. Holds the gc lock: one at a time.
#[must_use = "a plan frees nothing until it is swept"]
pub struct Gc<'a> {
    store: &'a Store,
    options: &'a GcOptions,
    observer: &'a dyn Observer,
    planned: Planned,
    _gc: FileLock,
}

impl Store {
    /// Plans what a sweep would take back. Changes nothing but files of locks.
    ///
    /// # Errors
    /// A root that cannot be read (nothing is deleted then), kinds of roots that this version does not know, a lock that could
    /// not be had in time, or a failure of the file system.
    pub fn gc<'a>(&'a self, options: &'a GcOptions, observer: &'a dyn Observer) -> Result<Gc<'a>> {
        self.require_writable()?;
        let unknown: Vec<String> = self.json().unknown_roots().map(str::to_owned).collect();
        if !unknown.is_empty() {
            return Err(Error::UnknownRoots {
                path: self.root().to_path_buf(),
                unknown,
            });
        }
        let gc = self.locks(&options.control, observer).gc()?;
        Ok(Gc {
            store: self,
            options,
            observer,
            planned: plan(self, options, observer)?,
            _gc: gc,
        })
    }
}

/// Mark and plan, under the gc lock.
fn plan(store: &Store, options: &GcOptions, observer: &dyn Observer) -> Result<Planned> {
    let locks = store.locks(&options.control, observer);
    // Outside the store, where a look may take long: so without its lock.
    let gone = checkout::would_go(store)?;
    let seen = {
        let exclusive = locks.exclusive()?;
        Seen::read(&exclusive, store, &locks, gone)?
    };
    let mark = mark::mark(store, seen, &options.control, observer)?;
    planner::plan(store, &locks, mark, options, observer)
}

impl Gc<'_> {
    /// What a sweep would take back.
    pub fn plan(&self) -> &GcPlan {
        &self.planned.plan
    }

    /// Recovers what crashes left, forgets checkouts that are gone, and takes back what was planned. Interrupted anywhere, the next
    /// gc goes on. A version that was used, pinned, held or made current since the plan stays.
    ///
    /// # Errors
    /// As [`Store::gc`]. What was deleted until then was unneeded. A plan that takes every installed bundle, where the options
    /// do not say that this is meant: nothing is deleted by it (on a full disk that takes no change of the manifest a second plan
    /// follows the first).
    pub fn sweep(self) -> Result<Swept> {
        self.must_be_meant()?;
        sweep::sweep(self)
    }

    /// Begins again, with what is there by now.
    fn plan_again(&mut self) -> Result<()> {
        self.planned = plan(self.store, self.options, self.observer)?;
        self.must_be_meant()
    }

    fn must_be_meant(&self) -> Result<()> {
        let plan = self.plan();
        if plan.takes_everything && self.options.consent == Consent::Ask {
            return Err(Error::TakesEverything {
                path: self.store.root().to_path_buf(),
                bundles: plan.bundles.len(),
            });
        }
        Ok(())
    }
}
