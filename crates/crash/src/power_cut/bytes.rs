//! What became of the bytes, modes and times of files.

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::disk::{Born, Change, Disk, Inode};
use crate::image::FileContent;

/// How the unsynced changes of one file fare.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    Lost,
    /// Lengths persist, bytes do not.
    Zeroed,
    Kept,
    UpTo(usize),
    Some,
}

/// How those of all files fare.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fates {
    /// Each by chance.
    Random,
    /// All are kept.
    AllKept,
    /// One file's by this fate, all others are kept.
    But(Inode, Fate),
}

impl Fates {
    pub(super) fn of(
        self,
        inode: Inode,
        changes: &[usize],
        durable: usize,
        dice: &mut Dice,
    ) -> Fate {
        match self {
            Fates::Random => {
                let unsure = changes.iter().filter(|index| **index >= durable).count();
                match dice.below(5) {
                    0 => Fate::Lost,
                    1 => Fate::Zeroed,
                    2 => Fate::Kept,
                    3 => Fate::UpTo(dice.below(unsure + 1)),
                    _ => Fate::Some,
                }
            }
            Fates::But(one, fate) if one == inode => fate,
            Fates::AllKept | Fates::But(..) => Fate::Kept,
        }
    }
}

/// The changes of each file, by their places in the history.
pub(super) fn changes_of_files(past: &[Change]) -> BTreeMap<Inode, Vec<usize>> {
    let mut about: BTreeMap<Inode, Vec<usize>> = BTreeMap::new();
    for (index, change) in past.iter().enumerate() {
        if let Some(inode) = file_of(change) {
            about.entry(inode).or_default().push(index);
        }
    }
    about
}

/// The file that a change is about, if it is about one's content.
pub(super) fn file_of(change: &Change) -> Option<Inode> {
    match change {
        Change::Write(inode, ..)
        | Change::Length(inode, _)
        | Change::Mode(inode, _)
        | Change::Mtime(inode, _) => Some(*inode),
        _ => None,
    }
}

/// The file as the disk has it.
pub(super) fn content(
    disk: &Disk,
    past: &[Change],
    inode: Inode,
    changes: &[usize],
    durable: usize,
    fate: Fate,
    dice: &mut Dice,
) -> FileContent {
    let Born::File(bytes, mode, mtime) = &disk.inodes[inode] else {
        return FileContent::default();
    };
    let mut file = FileContent {
        bytes: bytes.to_vec(),
        mode: *mode,
        mtime: *mtime,
    };
    let mut seen = 0;
    for index in changes {
        let change = &past[*index];
        if *index < durable {
            apply(&mut file, change);
            continue;
        }
        seen += 1;
        match fate {
            Fate::Kept => apply(&mut file, change),
            Fate::UpTo(last) if seen <= last => apply(&mut file, change),
            Fate::UpTo(last) if seen == last + 1 => tear(&mut file, change, dice),
            Fate::Some if dice.below(2) == 0 => apply(&mut file, change),
            Fate::Zeroed => lengthen(&mut file, change),
            Fate::Lost | Fate::UpTo(_) | Fate::Some => {}
        }
    }
    file
}

fn apply(file: &mut FileContent, change: &Change) {
    match change {
        Change::Write(_, offset, data) => {
            let (start, end) = (*offset as usize, *offset as usize + data.len());
            if file.bytes.len() < end {
                file.bytes.resize(end, 0);
            }
            file.bytes[start..end].copy_from_slice(data);
        }
        Change::Length(_, length) => file.bytes.resize(*length as usize, 0),
        Change::Mode(_, mode) => file.mode = *mode,
        Change::Mtime(_, mtime) => file.mtime = *mtime,
        _ => {}
    }
}

/// Bytes of a disk sector, which is written whole or not.
const SECTOR: usize = 512;

fn tear(file: &mut FileContent, change: &Change, dice: &mut Dice) {
    if let Change::Write(inode, offset, data) = change {
        let sectors = dice.below(data.len() / SECTOR + 1);
        let part = data[..sectors * SECTOR].into();
        apply(file, &Change::Write(*inode, *offset, part));
    }
}

fn lengthen(file: &mut FileContent, change: &Change) {
    let end = match change {
        Change::Write(_, offset, data) => *offset as usize + data.len(),
        Change::Length(_, length) => *length as usize,
        _ => return,
    };
    if file.bytes.len() < end {
        file.bytes.resize(end, 0);
    }
}
