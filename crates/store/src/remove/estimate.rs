//! What gc will give back for a removed bundle: its directory, and what no other bundle needs. The trees of the other bundles are
//! read, and no file of theirs.

use super::Taken;
use crate::error::Result;
use crate::gc::{Needed, Scale, small_files};
use crate::locks::Locks;
use crate::manifest::Reader;
use crate::roots::Roots;
use crate::store::Store;

impl Store {
    /// Bytes on disk; `None` if its tree or another one cannot be read.
    pub(super) fn estimate(&self, taken: &Taken, locks: &Locks<'_>) -> Result<Option<u64>> {
        let Some(tree) = &taken.tree else {
            return Ok(None);
        };
        let records = Reader::all_records(self, locks)?;
        let others = records.iter().filter(|record| record.key != taken.key);
        let checkouts = Roots::read(self)?.trees;
        let trees = others.map(|record| &record.row.tree).chain(&checkouts);
        let mut needed = Needed::default();
        for tree in trees.chain([tree]) {
            if !needed.add_if_readable(self, tree)? {
                return Ok(None);
            }
        }
        let mut scale = Scale::new(self, needed);
        scale.take_leftovers(Some(&taken.lies_at))?;
        let files = small_files(self, &taken.key);
        Ok(Some(scale.take(&taken.lies_at, &files, tree)?))
    }
}
