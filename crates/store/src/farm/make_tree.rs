//! Making a tree in an empty directory, be it in staging or beside a checkout: directories with their files, and symbolic links
//! last.

use std::path::{Path, PathBuf};

use linkstead_format::{Tree, TreeDirectory, TreeFile, TreeKind};
use linkstead_fs::{DirHandle, link};
use rayon::prelude::*;

use super::place::{Placed, Placer, Spot};
use crate::control::Control;
use crate::error::Result;
use crate::observe::{Event, Meter, Notice, Observer, Phase, Unit};
use crate::store::Store;

/// The mode of every directory of a bundle.
pub(crate) const DIRECTORY_MODE: u32 = 0o755;

/// The most files of one directory that a thread places before it looks for other work.
const RUN: usize = 256;

/// A tree, and the directory that it is made in.
pub(crate) struct Making<'a> {
    pub(crate) store: &'a Store,
    pub(crate) base: &'a Path,
    pub(crate) tree: &'a Tree,
    pub(crate) control: &'a Control,
    pub(crate) observer: &'a dyn Observer,
}

impl Making<'_> {
    /// All directories, the base included.
    pub(crate) fn directories(&self) -> Vec<PathBuf> {
        let mut all = vec![self.base.to_path_buf()];
        let entries = self.tree.entries().iter();
        let directories = entries.filter(|entry| entry.kind == TreeKind::Directory);
        all.extend(directories.map(|entry| self.base.join(entry.path.as_str())));
        all
    }

    /// Makes the directories and places the files. Objects that were gone are in what the placer remembers: the directory is then
    /// of no use, and perhaps not everything was made.
    pub(crate) fn fill(&self, placer: Placer<'_>) -> Result<Placed> {
        let count = self.tree.files().count() as u64;
        let filling = Filling {
            control: self.control,
            directories: self.tree.by_directory(),
            placer: &placer,
            meter: Meter::start(self.observer, Phase::Materialize, count, Unit::Files),
        };
        self.store
            .pool()?
            .run(|| filling.directory(&filling.directories[0], &self.held_base()?))?;
        drop(filling);
        let placed = placer.finish();
        if placed.missing.is_empty()
            && let Some(reason) = &placed.no_links_because
        {
            self.observer.event(&Event::Notice {
                notice: Notice::Copied {
                    reason: reason.clone(),
                },
            });
        }
        Ok(placed)
    }

    fn held_base(&self) -> Result<DirHandle> {
        Ok(or_by_path(DirHandle::open(self.base)?, || {
            self.base.to_path_buf()
        }))
    }

    /// Makes the symbolic links, when everything else is there.
    pub(crate) fn symlinks(&self) -> Result<()> {
        for entry in self.tree.entries() {
            if let TreeKind::Symlink { target } = &entry.kind {
                link::symlink(Path::new(target), &self.base.join(entry.path.as_str()))?;
            }
        }
        Ok(())
    }
}

/// One descent through the tree.
///
/// The directories in a directory are made by one thread, and each is then filled by whoever has time: threads that make or link
/// in one directory wait for each other.
struct Filling<'a> {
    control: &'a Control,
    directories: Vec<TreeDirectory<'a>>,
    placer: &'a Placer<'a>,
    meter: Meter<'a>,
}

/// What can be done in a directory when those in it are made.
enum Job<'a> {
    Place(&'a [TreeFile<'a>]),
    Fill(&'a TreeDirectory<'a>),
}

impl Filling<'_> {
    /// Fills a directory and those below. No path is deeper than the format allows, and so is no call of this.
    fn directory(&self, of: &TreeDirectory<'_>, here: &DirHandle) -> Result<()> {
        self.control.check()?;
        let below = of.directories.iter().map(|place| &self.directories[*place]);
        for directory in below.clone() {
            self.control.check()?;
            here.create_dir(directory.name(), DIRECTORY_MODE)?;
        }
        let files: Vec<TreeFile<'_>> = of.entries.iter().filter_map(|entry| entry.file()).collect();
        let runs = files.chunks(RUN).map(Job::Place);
        let jobs: Vec<Job<'_>> = runs.chain(below.map(Job::Fill)).collect();
        jobs.par_iter()
            .with_max_len(1)
            .try_for_each(|job| match job {
                Job::Place(files) => self.place(files, here),
                Job::Fill(below) => {
                    let name = below.name();
                    let directory = or_by_path(here.open_dir(name)?, || here.join(name));
                    self.directory(below, &directory)
                }
            })
    }

    fn place(&self, files: &[TreeFile<'_>], here: &DirHandle) -> Result<()> {
        self.control.check()?;
        for file in files.iter().take_while(|_| !self.placer.is_in_vain()) {
            let spot = Spot {
                directory: here,
                name: file.path.file_name(),
            };
            self.placer.place(*file, spot)?;
        }
        self.meter.add(files.len() as u64);
        Ok(())
    }
}

/// In a directory that somebody took away nothing can be made: whoever tries gets an error that names it.
fn or_by_path(found: Option<DirHandle>, path: impl FnOnce() -> PathBuf) -> DirHandle {
    found.unwrap_or_else(|| DirHandle::by_path(&path()))
}

/// The directories between `base`, itself included, and these files.
pub(crate) fn directories_above(base: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    files
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .filter(|directory| directory.starts_with(base))
        .map(Path::to_path_buf)
        .collect()
}
