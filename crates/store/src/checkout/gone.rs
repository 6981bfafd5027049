//! gc forgets the checkouts whose directories were deleted, or replaced by somebody else's.

use std::path::PathBuf;

use linkstead_format::CheckoutState;

use super::displaced;
use super::records::{self, Recorded};
use super::standing::{self, Standing};
use crate::error::Result;
use crate::locks::Exclusive;
use crate::store::Store;

/// What a gc would forget and clear away now.
#[derive(Debug, Default)]
pub(crate) struct WouldGo {
    /// The records whose directory is gone.
    pub(crate) records: Vec<Recorded>,
    /// What checkouts displaced and nobody holds.
    pub(crate) displaced: Vec<PathBuf>,
}

impl WouldGo {
    /// The paths of the checkouts that are gone.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let records = self.records.iter();
        records
            .map(|recorded| PathBuf::from(&recorded.checkout.path))
            .collect()
    }
}

/// Looks what a gc would forget and clear away, and changes nothing. As [`gone`], it holds no lock.
pub(crate) fn would_go(store: &Store) -> Result<WouldGo> {
    let mut would_go = WouldGo::default();
    for recorded in records::readable(store.root())? {
        if recorded.checkout.state != CheckoutState::Complete {
            continue;
        }
        let displaced = displaced::of(&recorded);
        let all = displaced.len();
        let unheld: Vec<PathBuf> = displaced
            .into_iter()
            .filter(|path| !displaced::is_held(path))
            .collect();
        let is_gone = standing::standing(&recorded.checkout) == Standing::Gone;
        let keeps_nothing = unheld.len() == all;
        would_go.displaced.extend(unheld);
        if is_gone && keeps_nothing {
            would_go.records.push(recorded);
        }
    }
    Ok(would_go)
}

/// The records whose directory is gone. Looks at paths outside the store, which may take long, so no lock is held.
pub(crate) fn gone(store: &Store) -> Result<Vec<Recorded>> {
    let mut records = records::readable(store.root())?;
    records.retain(|recorded| {
        recorded.checkout.state == CheckoutState::Complete
            && standing::standing(&recorded.checkout) == Standing::Gone
            // What somebody holds would be forgotten with it.
            && displaced::of(recorded).is_empty()
    });
    Ok(records)
}

/// Deletes these, unless they were written anew since; the paths.
pub(crate) fn forget(
    _exclusive: &Exclusive,
    store: &Store,
    gone: Vec<Recorded>,
) -> Result<Vec<PathBuf>> {
    let mut forgotten = Vec::new();
    for recorded in gone {
        if recorded.is_current(store.root())? {
            forgotten.push(recorded);
        }
    }
    if !forgotten.is_empty() {
        records::delete(store.root(), &forgotten.iter().collect::<Vec<_>>())?;
    }
    let paths = forgotten.into_iter();
    Ok(paths
        .map(|recorded| recorded.checkout.path.into())
        .collect())
}
