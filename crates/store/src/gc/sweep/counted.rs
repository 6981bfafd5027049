//! Deletions that tell how much is free by them: what cannot be deleted is not counted.

use std::path::Path;

use linkstead_fs::{dir, stat};

use crate::error::Result;
use crate::gc::tally::{self, Tally};

/// Deletes a directory with all below it, and counts what is gone then: perhaps only a part.
pub(super) fn delete_tree(path: &Path, tally: &mut Tally) -> Result<()> {
    let there: Vec<_> = tally::all_below(path).collect();
    let deleted = dir::remove_tree(path);
    for (path, found) in &there {
        if deleted.is_ok() || matches!(stat::stat(path), Ok(None)) {
            tally.add(found);
        }
    }
    deleted?;
    Ok(())
}
