//! Which changes of names reached the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use super::Durable;
use crate::dice::Dice;
use crate::disk::{Born, Change, Disk, Inode};

/// The names of every directory.
pub(super) type Tree = BTreeMap<Inode, BTreeMap<OsString, Inode>>;

/// A directory, or one name in it.
pub(super) type Place = (Inode, OsString);

/// What persists by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// All names of a directory together.
    Directories,
    /// Each name.
    Names,
}

/// The names that a change is about; none if it is about no name.
pub(super) fn places(disk: &Disk, change: &Change) -> Vec<Place> {
    match change {
        Change::Name(directory, name, _) | Change::Unname(directory, name) => {
            vec![(*directory, name.clone())]
        }
        Change::Rename { from, to, inode } => match &disk.inodes[*inode] {
            Born::Directory(_) => vec![to.clone(), from.clone()],
            _ => vec![to.clone()],
        },
        Change::Exchange(one, other) => vec![one.clone(), other.clone()],
        _ => Vec::new(),
    }
}

/// A run up to the moment of the cut.
pub(super) struct Names<'a> {
    pub(super) disk: &'a Disk,
    pub(super) past: &'a [Change],
    pub(super) durable: &'a Durable,
}

impl Names<'_> {
    /// Of each place the changes up to a moment of its own.
    pub(super) fn independent(&self, grain: Grain, dice: &mut Dice) -> BTreeSet<usize> {
        let mut frozen: BTreeSet<Place> = BTreeSet::new();
        let mut kept = BTreeSet::new();
        let habit = dice.below(4);
        let mut habits: BTreeMap<Place, usize> = BTreeMap::new();
        for (index, change) in self.past.iter().enumerate() {
            let mut about = places(self.disk, change);
            if about.is_empty() {
                continue;
            }
            let mut directories = about.iter().map(|(directory, _)| *directory);
            let is_sure = directories.all(|directory| index < self.durable.until(directory));
            if grain == Grain::Directories {
                about.iter_mut().for_each(|(_, name)| name.clear());
            }
            let is_frozen = about.iter().any(|place| frozen.contains(place));
            let habit = match habit {
                3 => *habits
                    .entry(about[0].clone())
                    .or_insert_with(|| dice.below(3)),
                habit => habit,
            };
            let persists = match habit {
                0 => false,
                1 => true,
                _ => dice.below(4) > 0,
            };
            if is_sure || (persists && !is_frozen) {
                kept.insert(index);
            } else {
                frozen.extend(about);
            }
        }
        kept
    }

    /// Those up to one moment, after the last sync of anything.
    pub(super) fn ordered(&self, dice: &mut Dice) -> BTreeSet<usize> {
        let sure = self.durable.latest();
        let until = sure + dice.below(self.past.len() - sure.min(self.past.len()) + 1);
        let about_names = |index: &usize| !places(self.disk, &self.past[*index]).is_empty();
        (0..self.past.len().min(until))
            .filter(about_names)
            .collect()
    }
}

/// All names before the run.
pub(super) fn born(disk: &Disk) -> Tree {
    let born = disk.inodes.iter().enumerate();
    born.filter_map(|(inode, born)| match born {
        Born::Directory(names) => Some((inode, names.clone())),
        _ => None,
    })
    .collect()
}

/// Makes one change of names.
pub(super) fn apply(tree: &mut Tree, change: &Change) {
    match change {
        Change::Name(directory, name, inode) => set(tree, (directory, name), Some(*inode)),
        Change::Unname(directory, name) => set(tree, (directory, name), None),
        Change::Rename { from, to, inode } => {
            set(tree, (&from.0, &from.1), None);
            set(tree, (&to.0, &to.1), Some(*inode));
        }
        Change::Exchange(one, other) => {
            let at = |(directory, name): &Place| tree.get(directory)?.get(name).copied();
            let (first, second) = (at(one), at(other));
            set(tree, (&one.0, &one.1), second);
            set(tree, (&other.0, &other.1), first);
        }
        _ => {}
    }
}

fn set(tree: &mut Tree, (directory, name): (&Inode, &OsString), inode: Option<Inode>) {
    let names = tree.entry(*directory).or_default();
    match inode {
        Some(inode) => names.insert(name.clone(), inode),
        None => names.remove(name),
    };
}
