//! The largest files of all bundles, and who uses them.

use std::cmp::Reverse;
use std::collections::HashMap;

use linkstead_format::{ExecClass, ObjectId, ObjectKey, TreePath};
use serde::Serialize;

use super::CountedBundle;
use super::contents::{self, Contents};
use crate::error::Result;
use crate::store::Store;

/// An object, and who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ObjectUsage {
    /// The digest of its content.
    pub object: ObjectId,
    /// Whether its files may be executed.
    pub executable: bool,
    /// Its bytes.
    pub bytes: u64,
    /// The bundles that have it, by name and version.
    pub users: Vec<ObjectUser>,
}

/// A bundle that has an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ObjectUser {
    /// The bundle.
    #[serde(flatten)]
    pub bundle: CountedBundle,
    /// Where it has it, in the order of paths.
    pub paths: Vec<TreePath>,
    /// How many of these are links of the object; the others are files of their own.
    pub links: u64,
}

impl Store {
    /// The `most` largest objects that installed bundles have, the largest first.
    ///
    /// # Errors
    /// As [`usage`](Self::usage).
    pub fn largest_objects(&self, most: usize) -> Result<Vec<ObjectUsage>> {
        let mut sizes: HashMap<ObjectKey, u64> = HashMap::new();
        for contents in contents::all(self)? {
            let contents = contents?;
            let files = contents.tree.files().filter(|file| file.size > 0);
            sizes.extend(files.map(|file| (file.key, file.size)));
        }
        let mut sizes: Vec<(ObjectKey, u64)> = sizes.into_iter().collect();
        sizes.sort_unstable_by_key(|(key, size)| (Reverse(*size), *key));
        sizes.truncate(most);
        let mut largest: Vec<ObjectUsage> = sizes.iter().map(of_nobody).collect();
        let places: HashMap<ObjectKey, usize> = (0..)
            .zip(&sizes)
            .map(|(place, (key, _))| (*key, place))
            .collect();
        // Once more, now that it is known which: the paths of all files would be too many to keep.
        for contents in contents::all(self)? {
            for (place, user) in uses(&contents?, &places) {
                largest[place].users.push(user);
            }
        }
        Ok(largest)
    }
}

fn of_nobody((key, size): &(ObjectKey, u64)) -> ObjectUsage {
    ObjectUsage {
        object: key.id,
        executable: key.exec == ExecClass::Executable,
        bytes: *size,
        users: Vec::new(),
    }
}

fn uses(contents: &Contents, places: &HashMap<ObjectKey, usize>) -> HashMap<usize, ObjectUser> {
    let mut users: HashMap<usize, ObjectUser> = HashMap::new();
    for (file, is_linked) in contents.files() {
        let Some(place) = places.get(&file.key) else {
            continue;
        };
        let user = users.entry(*place).or_insert_with(|| ObjectUser {
            bundle: contents.bundle(),
            paths: Vec::new(),
            links: 0,
        });
        user.paths.push(file.path.clone());
        user.links += u64::from(is_linked);
    }
    users
}
