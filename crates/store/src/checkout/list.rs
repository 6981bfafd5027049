//! Which checkouts there are.

use std::path::PathBuf;

use linkstead_format::{BundleName, Version};
use serde::Serialize;

use super::displaced;
use super::records::{self, Recorded};
use super::standing::{self, Standing};
use crate::error::Result;
use crate::store::Store;

/// A recorded checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListedCheckout {
    /// Its directory, absolute.
    pub path: PathBuf,
    /// The bundle that it was made from.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// How it stands now.
    pub standing: Standing,
    /// What it displaced and is still there: somebody holds it, or, of one that is forgotten, an interrupted checkout left it.
    pub displaced: Vec<PathBuf>,
}

impl ListedCheckout {
    pub(super) fn of(recorded: &Recorded) -> Self {
        let checkout = &recorded.checkout;
        let standing = standing::standing(checkout);
        ListedCheckout {
            path: checkout.path.clone().into(),
            name: checkout.name.clone(),
            version: checkout.version.clone(),
            displaced: match standing {
                Standing::Unfinished => Vec::new(),
                _ => displaced::of(recorded),
            },
            standing,
        }
    }
}

impl Store {
    /// All checkouts, by path. One that cannot be read is passed over: `verify` tells of it.
    ///
    /// # Errors
    /// They cannot be listed.
    pub fn checkouts(&self) -> Result<Vec<ListedCheckout>> {
        let mut all: Vec<ListedCheckout> = records::readable(self.root())?
            .iter()
            .map(ListedCheckout::of)
            .collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(all)
    }
}
