//! Making a tree in an empty directory, be it in staging or beside a checkout: directories, files, and symbolic links last.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use linkstead_format::{Tree, TreeFile, TreeKind};
use linkstead_fs::{DirHandle, dir, link};
use rayon::prelude::*;

use super::place::{Placed, Placer, Spot};
use crate::control::Control;
use crate::error::Result;
use crate::observe::{Event, Meter, Notice, Observer, Phase, Unit};
use crate::store::Store;

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
    /// Makes the directories; returns all of them, the base included.
    pub(crate) fn directories(&self) -> Result<Vec<PathBuf>> {
        self.store
            .pool()?
            .run(|| make_directories(self.base, self.tree))
    }

    /// Places the files. Objects that were gone are in what the placer remembers: the directory is then of no use, and perhaps not
    /// all files were placed.
    pub(crate) fn files(&self, placer: Placer<'_>) -> Result<Placed> {
        let files: Vec<TreeFile<'_>> = self.tree.files().collect();
        let count = files.len() as u64;
        let meter = Meter::start(self.observer, Phase::Materialize, count, Unit::Files);
        let runs: Vec<&[TreeFile<'_>]> = files
            .chunk_by(|one, next| one.path.parent_str() == next.path.parent_str())
            .flat_map(|neighbours| neighbours.chunks(RUN))
            .collect();
        self.store.pool()?.run(|| {
            runs.par_iter().with_max_len(1).try_for_each(|run| {
                self.control.check()?;
                self.run(run, &placer)?;
                meter.add(run.len() as u64);
                Ok::<_, crate::error::Error>(())
            })
        })?;
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

    /// Places files that lie in one directory.
    fn run(&self, files: &[TreeFile<'_>], placer: &Placer<'_>) -> Result<()> {
        let Some(first) = files.first() else {
            return Ok(());
        };
        let directory = match first.path.parent_str() {
            Some(parent) => self.base.join(parent),
            None => self.base.to_path_buf(),
        };
        // One that somebody took away fails each file with an error that names it.
        let directory =
            DirHandle::open(&directory)?.unwrap_or_else(|| DirHandle::by_path(&directory));
        for file in files.iter().take_while(|_| !placer.is_in_vain()) {
            let spot = Spot {
                directory: &directory,
                name: file.path.file_name(),
            };
            placer.place(*file, spot)?;
        }
        Ok(())
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

/// Makes the directories of a tree, one depth after the other: parents stand before their children.
fn make_directories(base: &Path, tree: &Tree) -> Result<Vec<PathBuf>> {
    let mut depths: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
    for entry in tree.entries() {
        if entry.kind == TreeKind::Directory {
            let path = entry.path.as_str();
            let depth = path.matches('/').count();
            depths.entry(depth).or_default().push(base.join(path));
        }
    }
    for directories in depths.values() {
        // Neighbours share a parent, as in the placing of files.
        directories
            .par_iter()
            .with_min_len(8)
            .with_max_len(32)
            .try_for_each(|path| dir::create_dir(path, 0o755).map(drop))?;
    }
    let mut made = vec![base.to_path_buf()];
    made.extend(depths.into_values().flatten());
    Ok(made)
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
