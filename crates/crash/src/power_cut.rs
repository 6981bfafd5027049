//! The states that a power cut may leave of a recorded run, under two models of a disk.
//!
//! *Independent*: each directory, or even each name, persists up to a moment of its own, each file likewise, and unsynced writes of
//! a file in any selection; POSIX promises no more. A rename between directories is one step and counts as a change of the new
//! one: it is durable when that is synced. *Ordered*: all names persist up to one moment, as in a journal that any sync commits, while the
//! unsynced bytes of files are lost or not.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::dice::Dice;
use crate::disk::{Born, Change, Disk, Inode, ROOT};
use crate::image::{FileContent, Image, Node};
use crate::recording::Mark;

/// All models; the weaker ones forget more, so they come more often.
pub const MODELS: [Model; 5] = [
    Model::Independent,
    Model::Independent,
    Model::Scattered,
    Model::Scattered,
    Model::Ordered,
];

/// How a disk forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Each directory and file by itself.
    Independent,
    /// Each name and file by itself.
    Scattered,
    /// As a journal in order.
    Ordered,
}

/// What a power cut left.
#[derive(Debug)]
pub struct Remains {
    /// The disk.
    pub image: Image,
    /// Everything about the deeds of the last recording that had happened.
    pub marks: Vec<Mark>,
    /// After which change the power was cut.
    pub moment: usize,
}

/// Cuts the power at a random moment, and lets the disk forget at random.
#[must_use]
pub fn cut(disk: &Disk, model: Model, dice: &mut Dice) -> Remains {
    cut_at(disk, model, dice.below(disk.history.len() + 1), dice)
}

/// As [`cut`], not before the last recording began.
#[must_use]
pub fn cut_late(disk: &Disk, model: Model, dice: &mut Dice) -> Remains {
    let later = disk.history.len() - disk.latest;
    cut_at(disk, model, disk.latest + dice.below(later + 1), dice)
}

fn cut_at(disk: &Disk, model: Model, moment: usize, dice: &mut Dice) -> Remains {
    let past = &disk.history[..moment];
    let durable = Durable::of(past);
    let kept = match model {
        Model::Independent => independent_names(past, &durable, directories, dice),
        Model::Scattered => independent_names(past, &durable, names, dice),
        Model::Ordered => ordered_names(past, &durable, dice),
    };
    let marks = past
        .iter()
        .skip(disk.latest)
        .filter_map(|change| match change {
            Change::Mark(mark) => Some(*mark),
            _ => None,
        });
    Remains {
        image: image(disk, past, &durable, &kept, dice),
        marks: marks.collect(),
        moment,
    }
}

/// Up to which change each inode is durable for sure.
struct Durable {
    all: usize,
    each: BTreeMap<Inode, usize>,
}

impl Durable {
    fn of(past: &[Change]) -> Self {
        let mut durable = Durable {
            all: 0,
            each: BTreeMap::new(),
        };
        for (index, change) in past.iter().enumerate() {
            match change {
                Change::SyncAll => durable.all = index,
                Change::Sync(inode) => drop(durable.each.insert(*inode, index)),
                _ => {}
            }
        }
        durable
    }

    fn until(&self, inode: Inode) -> usize {
        self.all.max(self.each.get(&inode).copied().unwrap_or(0))
    }

    /// The last sync of anything.
    fn latest(&self) -> usize {
        self.each.values().copied().max().unwrap_or(0).max(self.all)
    }
}

/// A directory, or one name in it.
type Place = (Inode, OsString);

/// The names that a change is about; of a rename, the new one.
fn names(change: &Change) -> Vec<Place> {
    match change {
        Change::Name(directory, name, _) | Change::Unname(directory, name) => {
            vec![(*directory, name.clone())]
        }
        Change::Rename { to, .. } => vec![to.clone()],
        Change::Exchange(one, other) => vec![one.clone(), other.clone()],
        _ => Vec::new(),
    }
}

/// The directories of these names.
fn directories(change: &Change) -> Vec<Place> {
    let of = |(directory, _)| (directory, OsString::new());
    names(change).into_iter().map(of).collect()
}

/// Which changes of names persist: of each place those up to a moment of its own.
fn independent_names(
    past: &[Change],
    durable: &Durable,
    places: fn(&Change) -> Vec<Place>,
    dice: &mut Dice,
) -> BTreeSet<usize> {
    let mut frozen: BTreeSet<Place> = BTreeSet::new();
    let mut kept = BTreeSet::new();
    let habit = dice.below(4);
    let mut habits: BTreeMap<Place, usize> = BTreeMap::new();
    for (index, change) in past.iter().enumerate() {
        let about = places(change);
        if about.is_empty() {
            continue;
        }
        let is_sure = about
            .iter()
            .any(|(directory, _)| index < durable.until(*directory));
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

/// Which changes of names persist: those up to one moment, after the last sync of anything.
fn ordered_names(past: &[Change], durable: &Durable, dice: &mut Dice) -> BTreeSet<usize> {
    let sure = durable.latest();
    let until = sure + dice.below(past.len() - sure.min(past.len()) + 1);
    let about_names = |index: &usize| !directories(&past[*index]).is_empty();
    (0..past.len().min(until)).filter(about_names).collect()
}

/// How the unsynced bytes of one file fare.
#[derive(Clone, Copy)]
enum Fate {
    Lost,
    /// Lengths persist, bytes do not.
    Zeroed,
    Kept,
    UpTo(usize),
    Some,
}

impl Fate {
    fn random(dice: &mut Dice, changes: usize) -> Self {
        match dice.below(5) {
            0 => Fate::Lost,
            1 => Fate::Zeroed,
            2 => Fate::Kept,
            3 => Fate::UpTo(dice.below(changes + 1)),
            _ => Fate::Some,
        }
    }
}

fn image(
    disk: &Disk,
    past: &[Change],
    durable: &Durable,
    kept: &BTreeSet<usize>,
    dice: &mut Dice,
) -> Image {
    let mut names = born_names(disk);
    for index in kept {
        apply_names(&mut names, &past[*index]);
    }
    let mut about: BTreeMap<Inode, Vec<usize>> = BTreeMap::new();
    for (index, change) in past.iter().enumerate() {
        if let Change::Write(inode, ..)
        | Change::Length(inode, _)
        | Change::Mode(inode, _)
        | Change::Mtime(inode, _) = change
        {
            about.entry(*inode).or_default().push(index);
        }
    }
    let mut image = Image::default();
    collect(disk, &names, ROOT, Path::new(""), &mut image);
    let needed: Vec<u64> = image
        .names
        .values()
        .filter_map(|node| match node {
            Node::File(number) => Some(*number),
            _ => None,
        })
        .collect();
    for number in needed {
        let inode = number as Inode;
        let changes = about.get(&inode).map(Vec::as_slice).unwrap_or_default();
        image
            .files
            .entry(number)
            .or_insert_with(|| content(disk, past, inode, changes, durable.until(inode), dice));
    }
    image
}

fn born_names(disk: &Disk) -> BTreeMap<Inode, BTreeMap<OsString, Inode>> {
    let born = disk.inodes.iter().enumerate();
    born.filter_map(|(inode, born)| match born {
        Born::Directory(names) => Some((inode, names.clone())),
        _ => None,
    })
    .collect()
}

fn apply_names(names: &mut BTreeMap<Inode, BTreeMap<OsString, Inode>>, change: &Change) {
    let mut of = |directory: &Inode, name: &OsString, inode: Option<Inode>| {
        let directory = names.entry(*directory).or_default();
        match inode {
            Some(inode) => directory.insert(name.clone(), inode),
            None => directory.remove(name),
        }
    };
    match change {
        Change::Name(directory, name, inode) => drop(of(directory, name, Some(*inode))),
        Change::Unname(directory, name) => drop(of(directory, name, None)),
        Change::Rename { from, to, inode } => {
            of(&from.0, &from.1, None);
            of(&to.0, &to.1, Some(*inode));
        }
        Change::Exchange(one, other) => {
            let (first, second) = (of(&one.0, &one.1, None), of(&other.0, &other.1, None));
            of(&one.0, &one.1, second);
            of(&other.0, &other.1, first);
        }
        _ => {}
    }
}

fn collect(
    disk: &Disk,
    names: &BTreeMap<Inode, BTreeMap<OsString, Inode>>,
    directory: Inode,
    path: &Path,
    image: &mut Image,
) {
    for (name, inode) in names.get(&directory).into_iter().flatten() {
        let path: PathBuf = path.join(name);
        let node = match &disk.inodes[*inode] {
            Born::Directory(_) => Node::Directory(0o755),
            Born::File(..) => Node::File(*inode as u64),
            Born::Symlink(target) => Node::Symlink(target.clone()),
        };
        let is_directory = matches!(node, Node::Directory(_));
        image.names.insert(path.clone(), node);
        if is_directory {
            collect(disk, names, *inode, &path, image);
        }
    }
}

fn content(
    disk: &Disk,
    past: &[Change],
    inode: Inode,
    changes: &[usize],
    durable: usize,
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
    let unsure = changes.iter().filter(|index| **index >= durable).count();
    let fate = Fate::random(dice, unsure);
    let mut seen = 0;
    for index in changes {
        let change = &past[*index];
        if *index < durable {
            apply_bytes(&mut file, change);
            continue;
        }
        seen += 1;
        match fate {
            Fate::Kept => apply_bytes(&mut file, change),
            Fate::UpTo(last) if seen <= last => apply_bytes(&mut file, change),
            Fate::UpTo(last) if seen == last + 1 => tear(&mut file, change, dice),
            Fate::Some if dice.below(2) == 0 => apply_bytes(&mut file, change),
            Fate::Zeroed => lengthen(&mut file, change),
            Fate::Lost | Fate::UpTo(_) | Fate::Some => {}
        }
    }
    file
}

fn apply_bytes(file: &mut FileContent, change: &Change) {
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
        apply_bytes(file, &Change::Write(*inode, *offset, part));
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
