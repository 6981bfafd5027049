//! One directory, name or file lags behind, and everything else has reached the disk.
//!
//! This is what one forgotten sync allows, in its purest form. The choice knows only what was changed and what was synced: each
//! stretch of the run in which something of a place was not durable is as likely as any other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use super::bytes::{Fate, Fates, file_of};
use super::names::{Place, places};
use crate::dice::Dice;
use crate::disk::{Change, Disk, Inode};

/// Who lags behind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Directory(Inode),
    Name(Place),
    File(Inode),
}

/// A place, and the change from which on nothing of it has reached the disk.
#[derive(Debug)]
pub(super) struct Laggard {
    who: Who,
    since: usize,
}

impl fmt::Display for Laggard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} lags since {}", self.who, self.since)
    }
}

/// Changes of one place that were not durable for a while.
struct Stretch {
    who: Who,
    since: usize,
    /// The sync that ended it, or the end of the run.
    until: usize,
}

impl Laggard {
    /// Who lags, and when the power is cut: at the end of the stretch, when the most relies on it, or anywhere in it.
    pub(super) fn choose(disk: &Disk, earliest: usize, dice: &mut Dice) -> Option<(Self, usize)> {
        let stretches = stretches(disk, earliest);
        if stretches.is_empty() {
            return None;
        }
        let stretch = dice.pick(&stretches);
        let first = (stretch.since + 1).max(earliest);
        let moment = match dice.below(3) {
            0 => first + dice.below(stretch.until - first + 1),
            _ => stretch.until,
        };
        Some((stretch.laggard().0, moment))
    }

    /// One laggard of each kind of stretch, with the end of that stretch: names of one directory that one sync settles are alike.
    pub(super) fn of_each_kind(disk: &Disk, dice: &mut Dice) -> Vec<(Self, usize)> {
        let mut kinds: BTreeMap<(Who, usize), Vec<Stretch>> = BTreeMap::new();
        for stretch in stretches(disk, 0) {
            let kind = match &stretch.who {
                Who::Name((directory, _)) => Who::Name((*directory, OsString::new())),
                who => who.clone(),
            };
            kinds
                .entry((kind, stretch.until))
                .or_default()
                .push(stretch);
        }
        let alike = kinds.into_values();
        alike
            .map(|stretches| dice.pick(&stretches).laggard())
            .collect()
    }

    /// The last change of a name before this moment, and the moment until which it is not durable.
    pub(super) fn last_before(disk: &Disk, moment: usize) -> Option<(Self, usize)> {
        let (since, about) = (0..moment).rev().find_map(|index| {
            let about = places(disk, &disk.history[index]);
            (!about.is_empty()).then_some((index, about))
        })?;
        let mut unsynced: BTreeSet<Inode> = about.iter().map(|(directory, _)| *directory).collect();
        let settled = (since..disk.history.len()).find(|index| {
            match &disk.history[*index] {
                Change::SyncAll => unsynced.clear(),
                Change::Sync(inode) => {
                    unsynced.remove(inode);
                }
                _ => {}
            }
            unsynced.is_empty()
        });
        let until = settled.unwrap_or(disk.history.len());
        let who = Who::Name(about.into_iter().next()?);
        (until > moment).then_some((Laggard { who, since }, until))
    }

    /// All changes of names but those of the laggard.
    pub(super) fn names(&self, disk: &Disk, past: &[Change]) -> BTreeSet<usize> {
        let lags = |index: usize, (directory, name): &Place| {
            index >= self.since
                && match &self.who {
                    Who::Directory(who) => who == directory,
                    Who::Name(who) => (who.0, &who.1) == (*directory, name),
                    Who::File(_) => false,
                }
        };
        let mut kept = BTreeSet::new();
        for (index, change) in past.iter().enumerate() {
            let about = places(disk, change);
            if !about.is_empty() && !about.iter().any(|place| lags(index, place)) {
                kept.insert(index);
            }
        }
        kept
    }

    /// What becomes of the bytes of files.
    pub(super) fn fates(&self, dice: &mut Dice) -> Fates {
        match self.who {
            Who::File(inode) => Fates::But(inode, *dice.pick(&[Fate::Lost, Fate::Zeroed])),
            _ => Fates::AllKept,
        }
    }
}

impl Stretch {
    /// Who lags, until when.
    fn laggard(&self) -> (Laggard, usize) {
        let laggard = Laggard {
            who: self.who.clone(),
            since: self.since,
        };
        (laggard, self.until)
    }
}

/// Every stretch that the power can be cut in at this moment or later.
fn stretches(disk: &Disk, earliest: usize) -> Vec<Stretch> {
    let mut open: BTreeMap<Who, usize> = BTreeMap::new();
    let mut closed = Vec::new();
    let mut close =
        |open: &mut BTreeMap<Who, usize>, until: usize, is_meant: &dyn Fn(&Who) -> bool| {
            open.retain(|who, since| {
                let ends = is_meant(who);
                if ends && until >= earliest {
                    closed.push(Stretch {
                        who: who.clone(),
                        since: *since,
                        until,
                    });
                }
                !ends
            });
        };
    for (index, change) in disk.history.iter().enumerate() {
        match change {
            Change::SyncAll => close(&mut open, index, &|_| true),
            Change::Sync(inode) => close(&mut open, index, &|who| match who {
                Who::Directory(of) | Who::File(of) | Who::Name((of, _)) => of == inode,
            }),
            change => {
                if let Some(inode) = file_of(change) {
                    open.entry(Who::File(inode)).or_insert(index);
                }
                for place in places(disk, change) {
                    open.entry(Who::Directory(place.0)).or_insert(index);
                    open.entry(Who::Name(place)).or_insert(index);
                }
            }
        }
    }
    close(&mut open, disk.history.len(), &|_| true);
    closed
}
