//! What one bundle shares with the others.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use linkstead_format::{Amount, ObjectKey, Receipt};
use serde::Serialize;

use super::CountedBundle;
use super::contents::Contents;
use crate::error::Result;
use crate::refs::{self, Resolved};
use crate::store::Store;

/// What a bundle shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sharing {
    /// Files whose object another bundle links too.
    pub shared: Amount,
    /// The other files: what only this bundle has.
    pub unique: Amount,
    /// With whom, and how much; those with the most bytes first.
    pub with: Vec<SharedWith>,
    /// Directories of bundles that were left out, because their receipts or trees cannot be read.
    pub left_out: Vec<PathBuf>,
}

/// How much a bundle shares with another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SharedWith {
    /// The other.
    #[serde(flatten)]
    pub bundle: CountedBundle,
    /// Files whose object it links too.
    pub shared: Amount,
}

impl Store {
    /// What a bundle shares with the other installed ones. Damage of others only leaves them out.
    ///
    /// # Errors
    /// The refs cannot be listed; the bundle's own tree is missing or altered.
    pub fn sharing(&self, bundle: &Resolved, receipt: &Receipt) -> Result<Sharing> {
        let own = Contents::of_receipt(self, bundle.key(), receipt)?;
        let links = links_by_object(&own);
        let mut with = Vec::new();
        let mut left_out = Vec::new();
        let mut shared_keys = HashSet::new();
        for other in refs::all(self.root())?.directories() {
            if other == own.at {
                continue;
            }
            let Ok(other) = Contents::read(self, other.clone()) else {
                left_out.push(self.path(other.published()));
                continue;
            };
            let keys: HashSet<ObjectKey> = other
                .links()
                .map(|file| file.key)
                .filter(|key| links.contains_key(key))
                .collect();
            let shared = sum(keys.iter().map(|key| links[key]));
            if shared.files > 0 {
                let bundle = other.bundle();
                with.push(SharedWith { bundle, shared });
            }
            shared_keys.extend(keys);
        }
        with.sort_by_key(|with| Reverse((with.shared.bytes, with.shared.files)));
        let shared = sum(shared_keys.iter().map(|key| links[key]));
        Ok(Sharing {
            unique: Amount {
                files: receipt.files.saturating_sub(shared.files),
                bytes: receipt.bytes.saturating_sub(shared.bytes),
            },
            shared,
            with,
            left_out,
        })
    }
}

/// The objects that a bundle links, and its files of each.
fn links_by_object(contents: &Contents) -> HashMap<ObjectKey, Amount> {
    let mut links: HashMap<ObjectKey, Amount> = HashMap::new();
    for file in contents.links() {
        links.entry(file.key).or_default().add(file.size);
    }
    links
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::default(), |sum, amount| Amount {
        files: sum.files + amount.files,
        bytes: sum.bytes + amount.bytes,
    })
}
