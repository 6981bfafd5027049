//! Step 3 of a gc: the trace of a sweep, then what comes before anything is taken. What crashes left is recovered, checkouts that
//! are gone are forgotten, and what checkouts displaced is deleted. The plan only counted it: here it is judged anew.

use std::path::Path;

use super::{Sweep, counted};
use crate::checkout;
use crate::error::{ErrorKind, Result};
use crate::gc::seen;
use crate::gc::tally::Tally;
use crate::manifest::Reader;
use crate::roots::Roots;
use crate::staging::Staging;

/// The mark of a sweep under way. On a full disk a gc is the way out; without a mark a crash leaves the next one more to do, no
/// harm.
pub(super) fn mark(root: &Path) -> Result<Option<Staging>> {
    match Staging::mark(root) {
        Err(error) if error.kind() == ErrorKind::NoSpace => Ok(None),
        made => made.map(Some),
    }
}

impl Sweep<'_> {
    /// Step 3.
    pub(super) fn cleanup(&mut self) -> Result<()> {
        let (store, observer) = (self.gc.store, self.gc.observer);
        store.ensure_manifest(&self.locks, observer)?;
        self.clear_displaced()?;
        // Outside the store, where a look may take long: so without its lock.
        let gone = checkout::gone(store)?;
        {
            let exclusive = self.locks.exclusive()?;
            store.recover(&exclusive, &self.locks, observer)?;
            let forgotten = checkout::forget(&exclusive, store, gone)?;
            self.swept.forgotten.extend(forgotten);
            // A rebuilt manifest may lack what was planned as whole.
            let records = Reader::all_records(store, &self.locks)?;
            seen::require_records(store, &records, &Roots::read(store)?)?;
        }
        // Also of those that were settled just now.
        self.clear_displaced()
    }

    fn clear_displaced(&mut self) -> Result<()> {
        let mut tally = Tally::default();
        let (store, observer) = (self.gc.store, self.gc.observer);
        store.clear_displaced_by(observer, |path| counted::delete_tree(path, &mut tally))?;
        self.swept.bytes += tally.freed();
        Ok(())
    }
}
