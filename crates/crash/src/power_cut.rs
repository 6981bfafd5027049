//! The states that a power cut may leave of a recorded run, under four models of a disk.
//!
//! | model | what reaches the disk |
//! |---|---|
//! | *independent* | each directory up to a moment of its own, each file likewise, unsynced writes of a file in any selection; POSIX promises no more |
//! | *scattered* | the same, but each name of a directory by itself |
//! | *lagging* | everything, but for one directory, name or file that lags behind: the state that a single forgotten sync allows |
//! | *ordered* | all names up to one moment, as in a journal that any sync commits, while the unsynced bytes of files are lost or not |
//!
//! A rename is one step. Of a file it counts as a change of the new directory, and is durable when that is synced. Of a directory it
//! is durable only when both are: a disk without a journal that shows a directory under two names keeps one of them.

mod bytes;
mod lagging;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::dice::Dice;
use crate::disk::{Born, Change, Disk, Inode, ROOT};
use crate::image::{Image, Node};
use crate::recording::Mark;

use bytes::Fates;
use lagging::Laggard;
use names::{Grain, Names};

/// All models; those that find more come more often.
pub const MODELS: [Model; 6] = [
    Model::Independent,
    Model::Scattered,
    Model::Lagging,
    Model::Lagging,
    Model::Lagging,
    Model::Ordered,
];

/// How a disk forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Each directory and file by itself.
    Independent,
    /// Each name and file by itself.
    Scattered,
    /// All but one.
    Lagging,
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
    /// What was lost, for people.
    pub lost: String,
}

/// Cuts the power at a random moment, and lets the disk forget at random.
#[must_use]
pub fn cut(disk: &Disk, model: Model, dice: &mut Dice) -> Remains {
    cut_after(disk, 0, model, dice)
}

/// As [`cut`], not before the last recording began.
#[must_use]
pub fn cut_late(disk: &Disk, model: Model, dice: &mut Dice) -> Remains {
    cut_after(disk, disk.latest, model, dice)
}

/// One thing that a power cut may take, while all else reaches the disk.
pub struct Loss {
    laggard: Laggard,
    moment: usize,
}

/// One loss of each kind, each as late as it may be.
#[must_use]
pub fn losses(disk: &Disk, dice: &mut Dice) -> Vec<Loss> {
    let kinds = Laggard::of_each_kind(disk, dice).into_iter();
    kinds
        .map(|(laggard, moment)| Loss { laggard, moment })
        .collect()
}

/// Cuts the power so that exactly this is lost.
#[must_use]
pub fn lose(disk: &Disk, loss: &Loss, dice: &mut Dice) -> Remains {
    without(disk, &loss.laggard, loss.moment, dice)
}

/// Cuts the power as late as what was changed last before the last recording is still not durable, and loses exactly that. `None` if
/// it was durable before anything else was done.
#[must_use]
pub fn lose_what_the_dead_did_last(disk: &Disk, dice: &mut Dice) -> Option<Remains> {
    let (laggard, until) = Laggard::last_before(disk, disk.latest)?;
    Some(without(disk, &laggard, until, dice))
}

/// Everything but the laggard reached the disk.
fn without(disk: &Disk, laggard: &Laggard, moment: usize, dice: &mut Dice) -> Remains {
    let past = &disk.history[..moment];
    let durable = Durable::of(past);
    let kept = laggard.names(disk, past);
    let fates = laggard.fates(dice);
    let lost = laggard.to_string();
    Remains {
        lost,
        ..remains(disk, past, &durable, &kept, &fates, dice)
    }
}

fn cut_after(disk: &Disk, earliest: usize, model: Model, dice: &mut Dice) -> Remains {
    if model == Model::Lagging
        && let Some((laggard, moment)) = Laggard::choose(disk, earliest, dice)
    {
        return without(disk, &laggard, moment, dice);
    }
    let moment = earliest + dice.below(disk.history.len() - earliest + 1);
    let past = &disk.history[..moment];
    let durable = Durable::of(past);
    let names = Names {
        disk,
        past,
        durable: &durable,
    };
    let kept = match model {
        Model::Independent => names.independent(Grain::Directories, dice),
        Model::Scattered => names.independent(Grain::Names, dice),
        Model::Lagging | Model::Ordered => names.ordered(dice),
    };
    Remains {
        lost: format!("{model:?}"),
        ..remains(disk, past, &durable, &kept, &Fates::Random, dice)
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

/// The disk that these changes of names and bytes leave.
fn remains(
    disk: &Disk,
    past: &[Change],
    durable: &Durable,
    kept: &BTreeSet<usize>,
    fates: &Fates,
    dice: &mut Dice,
) -> Remains {
    let mut tree = names::born(disk);
    for index in kept {
        names::apply(&mut tree, &past[*index]);
    }
    let mut image = Image::default();
    collect(disk, &tree, ROOT, Path::new(""), &mut image);
    let about = bytes::changes_of_files(past);
    let needed: BTreeSet<u64> = image
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
        let fate = fates.of(inode, changes, durable.until(inode), dice);
        let content = bytes::content(disk, past, inode, changes, durable.until(inode), fate, dice);
        image.files.insert(number, content);
    }
    let marks = past
        .iter()
        .skip(disk.latest)
        .filter_map(|change| match change {
            Change::Mark(mark) => Some(*mark),
            _ => None,
        });
    Remains {
        image,
        marks: marks.collect(),
        moment: past.len(),
        lost: String::new(),
    }
}

fn collect(disk: &Disk, tree: &names::Tree, directory: Inode, path: &Path, image: &mut Image) {
    for (name, inode) in tree.get(&directory).into_iter().flatten() {
        let path: PathBuf = path.join(name);
        let node = match &disk.inodes[*inode] {
            Born::Directory(_) => Node::Directory(0o755),
            Born::File(..) => Node::File(*inode as u64),
            Born::Symlink(target) => Node::Symlink(target.clone()),
        };
        let is_directory = matches!(node, Node::Directory(_));
        image.names.insert(path.clone(), node);
        if is_directory {
            collect(disk, tree, *inode, &path, image);
        }
    }
}
