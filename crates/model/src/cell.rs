//! One name on disk, as processes see it and as a power cut may leave it.
//!
//! Promise: a cell never forgets a value that could still come back. Only [`Cell::sync`] narrows what may survive, which is
//! the weak reading of POSIX that section 17 of `store-format.md` assumes: names reach the disk one by one, in any order.

/// What a cell holds. What the numbers mean depends on the kind of name; see the constants.
pub(crate) type Value = u8;

/// The name is not there.
pub(crate) const ABSENT: Value = 0;
/// The name is there and all that it names is durable.
pub(crate) const WHOLE: Value = 1;
/// The name is there, its bytes are not synced: a power cut leaves them whole or broken.
pub(crate) const UNSYNCED: Value = 2;
/// The name is there and names rubbish.
pub(crate) const BROKEN: Value = 3;

/// The value that is seen now, and the set of values that may be found after a power cut.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Cell {
    seen: Value,
    survivors: u8,
}

impl Cell {
    pub(crate) const fn durable(value: Value) -> Self {
        Self {
            seen: value,
            survivors: 1 << value,
        }
    }

    pub(crate) fn seen(self) -> Value {
        self.seen
    }

    pub(crate) fn is_there(self) -> bool {
        self.seen != ABSENT
    }

    pub(crate) fn write(&mut self, value: Value) {
        self.seen = value;
        self.survivors |= 1 << value;
    }

    pub(crate) fn sync(&mut self) {
        self.survivors = 1 << self.seen;
    }

    /// The bytes behind the name are synced, whichever directory holds it.
    pub(crate) fn sync_bytes(&mut self) {
        if self.survivors & (1 << UNSYNCED) != 0 {
            self.survivors = self.survivors & !(1 << UNSYNCED) | 1 << WHOLE;
        }
        if self.seen == UNSYNCED {
            self.seen = WHOLE;
        }
    }

    /// What a name that may come back would name has been damaged.
    pub(crate) fn break_survivor(&mut self) {
        self.survivors |= 1 << BROKEN;
    }

    /// The values that may be found after a power cut.
    pub(crate) fn after_cut(self) -> impl Iterator<Item = Value> {
        (ABSENT..=BROKEN).filter(move |value| self.survivors & (1 << value) != 0)
    }

    /// The same for names whose bytes may be lost apart from the name.
    pub(crate) fn after_cut_with_bytes(self) -> impl Iterator<Item = Value> {
        let mut survivors = self.survivors;
        if survivors & (1 << UNSYNCED) != 0 {
            survivors = survivors & !(1 << UNSYNCED) | 1 << WHOLE | 1 << BROKEN;
        }
        Self {
            seen: self.seen,
            survivors,
        }
        .after_cut()
    }
}
