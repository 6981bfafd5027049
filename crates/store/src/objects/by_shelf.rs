//! Something for each of the 256 directories of `objects/`. Several threads can fill it, and whoever goes through the objects one
//! directory after the other, as a listing does, has a table in the processor's cache instead of all.

use linkstead_format::ObjectKey;
use rayon::prelude::*;

/// One of these for each directory of `objects/`.
#[derive(Debug)]
pub(crate) struct ByShelf<T>(Box<[T]>);

impl<T: Default> Default for ByShelf<T> {
    fn default() -> Self {
        ByShelf((0..=u8::MAX).map(|_| T::default()).collect())
    }
}

impl<T> ByShelf<T> {
    pub(crate) fn of(&self, shelf: u8) -> &T {
        &self.0[usize::from(shelf)]
    }

    pub(crate) fn of_mut(&mut self, shelf: u8) -> &mut T {
        &mut self.0[usize::from(shelf)]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T: Send> ByShelf<T> {
    /// Adds what stands in lists that ascend by their objects: to each one its own of every list, by all threads of the pool that
    /// this is called in.
    pub(crate) fn add<I: Sync>(
        &mut self,
        lists: &[impl AsRef<[I]> + Sync],
        key: impl Fn(&I) -> &ObjectKey + Sync,
        add: impl Fn(&mut T, &I) + Sync,
    ) {
        let shelf_of = |item: &I| key(item).shelf();
        let shelves = self.0.par_iter_mut().zip(0..=u8::MAX);
        shelves.for_each(|(one, shelf)| {
            for list in lists.iter().map(AsRef::as_ref) {
                let from = list.partition_point(|item| shelf_of(item) < shelf);
                let own = list[from..].iter();
                own.take_while(|item| shelf_of(item) == shelf)
                    .for_each(|item| add(one, item));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use linkstead_format::{ExecClass, ObjectId};

    use super::*;

    // Seen to fail when a list is gone through from its beginning to the first object of another directory.
    #[test]
    fn each_directory_gets_its_own() {
        let mut keys: Vec<ObjectKey> = (0..2000u32)
            .map(|n| ObjectKey {
                id: ObjectId::of(&n.to_le_bytes()),
                exec: ExecClass::Plain,
            })
            .collect();
        keys.sort_unstable();
        let lists = [keys.clone(), Vec::new(), keys[500..700].to_vec()];
        let mut counted = ByShelf::<Vec<ObjectKey>>::default();
        counted.add(&lists, |key| key, |own, key| own.push(*key));
        for shelf in 0..=u8::MAX {
            let all = lists.iter().flatten().copied();
            let own: Vec<ObjectKey> = all.filter(|key| key.shelf() == shelf).collect();
            assert_eq!(counted.of(shelf), &own);
        }
        assert_eq!(counted.iter().map(Vec::len).sum::<usize>(), 2200);
    }
}
