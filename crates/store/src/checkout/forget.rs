//! gc forgets the checkouts whose directories were deleted, or replaced by somebody else's.

use linkstead_format::CheckoutState;

use super::displaced;
use super::records::{self, Recorded};
use super::standing::{self, Standing};
use crate::error::Result;
use crate::locks::Exclusive;
use crate::store::Store;

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
) -> Result<Vec<std::path::PathBuf>> {
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
