//! The directories of a tree, as far as a walk knows them: what lies in one is looked at by several threads, some entries each.

use std::collections::HashMap;
use std::sync::OnceLock;

use linkstead_format::TreeEntry;
use linkstead_fs::{DirHandle, Listing};

/// The most entries of one directory that a thread looks at before it looks for other work.
const RUN: usize = 128;

/// One directory.
#[derive(Debug, Default)]
pub(super) struct Place {
    entries: usize,
    listing: OnceLock<Option<Listing>>,
}

impl Place {
    /// Its names, read when somebody first asks; `None` where looks at its entries cost less, or where it cannot be listed. It may
    /// be that it can, and no name in it be looked up: a look at one of them tells that.
    pub(super) fn listing(&self, directory: &DirHandle, one_name: &str) -> Option<&Listing> {
        let read = || {
            let listing = Listing::read(directory.path(), self.entries, 0);
            let listing = listing.ok().flatten()?;
            directory.stat(one_name).ok()?;
            Some(listing)
        };
        self.listing.get_or_init(read).as_ref()
    }
}

/// Entries of one directory that follow each other in the tree.
pub(super) struct Run<'t> {
    /// Index of the directory.
    pub(super) place: usize,
    pub(super) entries: &'t [TreeEntry],
}

/// The entries of a tree in their order, cut into runs, and the directories that these lie in.
pub(super) fn runs(entries: &[TreeEntry]) -> (Vec<Place>, Vec<Run<'_>>) {
    let mut places: Vec<Place> = Vec::new();
    let mut runs = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for neighbours in entries.chunk_by(|one, next| one.path.parent_str() == next.path.parent_str())
    {
        let place = *known
            .entry(neighbours[0].path.parent_str().unwrap_or_default())
            .or_insert_with(|| {
                places.push(Place::default());
                places.len() - 1
            });
        places[place].entries += neighbours.len();
        let of_place = |entries| Run { place, entries };
        runs.extend(neighbours.chunks(RUN).map(of_place));
    }
    (places, runs)
}
