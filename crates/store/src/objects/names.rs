//! Whether many objects still have their names, asked at once: where a good part of a directory of `objects/` is wanted, listing it
//! costs a fraction of a look at each name.

use std::path::Path;

use linkstead_format::{ObjectKey, paths};
use linkstead_fs::Listing;
use linkstead_fs::stat::FileId;
use rayon::prelude::*;

use super::ShelfHandles;
use crate::error::Result;

/// Bytes that the name of an object takes at least of its directory's length, on most file systems.
const NAME: u64 = 64;

/// What the name of an object stands for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameNow {
    /// For the file that was expected, or for any if none was.
    AsExpected,
    /// For another one.
    Another,
    /// For nothing.
    Gone,
}

/// Looks at the names of these objects, which are ascending; the answers are in their order.
pub(crate) fn names_now(
    root: &Path,
    objects: &[ObjectKey],
    expected: impl Fn(&ObjectKey) -> Option<FileId> + Sync,
) -> Result<Vec<NameNow>> {
    let look = Look {
        root,
        handles: ShelfHandles::new(root),
        expected,
    };
    let shelves: Vec<&[ObjectKey]> = objects
        .chunk_by(|one, next| one.shelf() == next.shelf())
        .collect();
    let names: Vec<Vec<NameNow>> = shelves
        .par_iter()
        .with_max_len(4)
        .map(|objects| look.at_shelf(objects))
        .collect::<Result<_>>()?;
    Ok(names.into_iter().flatten().collect())
}

struct Look<'a, E> {
    root: &'a Path,
    handles: ShelfHandles,
    expected: E,
}

impl<E: Fn(&ObjectKey) -> Option<FileId>> Look<'_, E> {
    /// Looks at the names of objects that lie in one directory.
    fn at_shelf(&self, objects: &[ObjectKey]) -> Result<Vec<NameNow>> {
        let listing = self.list(objects);
        let name = |key| self.name(key, listing.as_ref());
        objects.iter().map(name).collect()
    }

    /// `None` where looks cost less, or where it cannot be listed: then a look at each name tells why.
    fn list(&self, objects: &[ObjectKey]) -> Option<Listing> {
        let shelf = self.root.join(paths::shelf(objects.first()?.shelf()));
        Listing::read(&shelf, objects.len(), NAME).ok().flatten()
    }

    fn name(&self, key: &ObjectKey, listing: Option<&Listing>) -> Result<NameNow> {
        let expected = (self.expected)(key);
        let fits = |found: FileId| expected.is_none_or(|expected| expected == found);
        let listed = listing.and_then(|listing| listing.file(&key.file_name()));
        if listed.is_some_and(fits) {
            return Ok(NameNow::AsExpected);
        }
        Ok(match self.handles.stat(key)? {
            None => NameNow::Gone,
            Some(found) if fits(found.id()) => NameNow::AsExpected,
            Some(_) => NameNow::Another,
        })
    }
}

#[cfg(test)]
mod tests {
    use linkstead_format::{ExecClass, ObjectId};
    use linkstead_fs::{dir, stat};

    use super::*;

    // Seen to fail when a name that is gone passes for what was expected, when any inode does, and when a name that the listing
    // lacks does.
    #[test]
    fn listed_or_looked_at_each_by_itself_the_answers_are_the_same() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path();
        let ids = (0u32..10_000).map(|n| ObjectId::of(&n.to_le_bytes()));
        let mut keys: Vec<ObjectKey> = ids
            .map(|id| ObjectKey {
                id,
                exec: ExecClass::Plain,
            })
            .filter(|key| key.shelf() < 4)
            .collect();
        keys.sort_unstable();
        let is_there = |key: &ObjectKey| key.id.as_bytes()[1] >= 64;
        for key in keys.iter().filter(|key| is_there(key)) {
            let path = root.join(key.relative_path());
            dir::create_dirs(root, path.parent().unwrap().strip_prefix(root).unwrap()).unwrap();
            let attributes = crate::objects::sealed(key);
            linkstead_fs::file::write_new(&path, b"content", &attributes).unwrap();
        }
        let is_another = |key: &ObjectKey| key.id.as_bytes()[2] < 64;
        let held = |key: &ObjectKey| {
            let found = stat::stat(&root.join(key.relative_path())).unwrap()?;
            Some(FileId {
                inode: found.inode + u64::from(is_another(key)),
                ..found.id()
            })
        };
        let right = |key: &ObjectKey, is_expected: bool| match is_there(key) {
            false => NameNow::Gone,
            true if is_expected && is_another(key) => NameNow::Another,
            true => NameNow::AsExpected,
        };
        // All of a shelf, which is listed, and one, which is looked at.
        let mut few = keys.clone();
        few.dedup_by_key(|key| key.shelf());
        for objects in [&keys, &few] {
            for is_expected in [true, false] {
                let expected = |key: &ObjectKey| held(key).filter(|_| is_expected);
                let names = names_now(root, objects, expected).unwrap();
                let rights: Vec<NameNow> =
                    objects.iter().map(|key| right(key, is_expected)).collect();
                assert_eq!(names, rights);
            }
        }
    }
}
