//! Which bundles share how much.
//!
//! Objects that the same bundles link are taken together first: a hundred versions of a bundle make five thousand pairs, but
//! few such sets.

use std::cmp::Reverse;
use std::collections::HashMap;

use linkstead_format::{Amount, ObjectKey};
use serde::Serialize;

use super::CountedBundle;
use super::contents;
use crate::error::Result;
use crate::store::Store;

/// Two bundles that share something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SharingPair {
    /// The first by name and version.
    pub one: CountedBundle,
    /// The second.
    pub other: CountedBundle,
    /// The objects that both link, each counted once.
    pub shared: Amount,
}

/// The bundles that link an object, by their place in the list of all.
type Users = Vec<u32>;

impl Store {
    /// All pairs of installed bundles that share something, those with the most bytes first.
    ///
    /// # Errors
    /// As [`usage`](Self::usage).
    pub fn sharing_pairs(&self) -> Result<Vec<SharingPair>> {
        let mut bundles = Vec::new();
        let mut linked: HashMap<ObjectKey, (u64, Users)> = HashMap::new();
        for contents in contents::all(self)? {
            let contents = contents?;
            let place = bundles.len() as u32;
            bundles.push(contents.bundle());
            for file in contents.links() {
                let (_, users) = linked.entry(file.key).or_insert((file.size, Vec::new()));
                if users.last() != Some(&place) {
                    users.push(place);
                }
            }
        }
        let mut pairs: Vec<_> = shared_by_pair(linked.into_values()).into_iter().collect();
        pairs.sort_by_key(|(pair, shared)| (Reverse((shared.bytes, shared.files)), *pair));
        let bundle = |place: u32| bundles[place as usize].clone();
        Ok(pairs
            .into_iter()
            .map(|((one, other), shared)| SharingPair {
                one: bundle(one),
                other: bundle(other),
                shared,
            })
            .collect())
    }
}

fn shared_by_pair(objects: impl Iterator<Item = (u64, Users)>) -> HashMap<(u32, u32), Amount> {
    let mut by_users: HashMap<Users, Amount> = HashMap::new();
    for (size, users) in objects.filter(|(_, users)| users.len() > 1) {
        by_users.entry(users).or_default().add(size);
    }
    let mut pairs: HashMap<(u32, u32), Amount> = HashMap::new();
    for (users, shared) in by_users {
        for (index, one) in users.iter().enumerate() {
            for other in &users[index + 1..] {
                let pair = pairs.entry((*one, *other)).or_default();
                pair.files += shared.files;
                pair.bytes += shared.bytes;
            }
        }
    }
    pairs
}
