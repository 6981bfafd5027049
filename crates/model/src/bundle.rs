//! The two bundles of the model: versions of one name that share one object and have one of their own.

use std::ops::{Index, IndexMut};

/// A bundle, which is also the look-up key of its archive and of its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Bundle {
    /// The one version.
    A,
    /// The other version.
    B,
}

/// Number of distinct objects: the shared one, that of `A`, that of `B`.
pub(crate) const OBJECTS: usize = 3;

impl Bundle {
    pub(crate) const ALL: [Self; 2] = [Self::A, Self::B];

    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Indices of the objects that the bundle's tree needs.
    pub(crate) fn objects(self) -> [usize; 2] {
        [0, 1 + self as usize]
    }
}

/// A set of bundles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct Bundles(u8);

impl Bundles {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn has(self, bundle: Bundle) -> bool {
        self.0 & (1 << bundle as u8) != 0
    }

    pub(crate) fn add(&mut self, bundle: Bundle) {
        self.0 |= 1 << bundle as u8;
    }

    pub(crate) fn remove(&mut self, bundle: Bundle) {
        self.0 &= !(1 << bundle as u8);
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn and_not(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Bundle> {
        Bundle::ALL
            .into_iter()
            .filter(move |&bundle| self.has(bundle))
    }

    pub(crate) fn matching(test: impl Fn(Bundle) -> bool) -> Self {
        let mut set = Self::NONE;
        Bundle::ALL
            .into_iter()
            .filter(|&bundle| test(bundle))
            .for_each(|bundle| set.add(bundle));
        set
    }

    /// Indices of the objects that these bundles need, as a bit mask.
    pub(crate) fn objects(self) -> u8 {
        self.iter()
            .flat_map(Bundle::objects)
            .fold(0, |mask, object| mask | 1 << object)
    }
}

/// One value for each bundle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct PerBundle<T>(pub(crate) [T; 2]);

impl<T> Index<Bundle> for PerBundle<T> {
    type Output = T;

    fn index(&self, bundle: Bundle) -> &T {
        &self.0[bundle as usize]
    }
}

impl<T> IndexMut<Bundle> for PerBundle<T> {
    fn index_mut(&mut self, bundle: Bundle) -> &mut T {
        &mut self.0[bundle as usize]
    }
}
