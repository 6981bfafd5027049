//! What a reinstall cannot do without, and nothing else: the archive read and hashed, its directories made, its files linked,
//! one sync, by all processors and with as little for each call as there can be. It looks at nothing, records nothing, and a
//! crash leaves half of it: a bound, no program.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirEntryExt as _, FileExt as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use rustix::fs::{AtFlags, Mode, OFlags};

use crate::contest::{Peer, Run, Target};
use crate::disk::Disk;
use crate::linkstead::Linkstead;

/// Bytes that are read and hashed at once.
const PIECE: u64 = 1 << 20;

/// The calls of a reinstall whose objects are there.
pub(crate) fn of_reinstall(linkstead: Linkstead, archive: PathBuf, bundle: &'static str) -> Peer {
    let run: Run = Box::new(move |disk| {
        linkstead.install(disk, &archive)?;
        let installed = linkstead.path(disk, bundle)?;
        let calls = Calls::that_make(&installed, &disk.path("store/objects"));
        let calls = calls.map_err(|error| error.to_string())?;
        linkstead.remove_with_directory(disk, bundle)?;
        disk.settle()?;
        let seconds = calls.time(&archive, disk);
        seconds.map_err(|error| error.to_string())
    });
    Peer {
        name: "its bare calls".into(),
        target: Target::Ratio(1.3),
        run: Ok(run),
    }
}

/// What there is to call.
struct Calls {
    /// By depth, relative paths.
    directories: BTreeMap<usize, Vec<PathBuf>>,
    shelves: Vec<PathBuf>,
    /// The links of each directory.
    links: Vec<(PathBuf, Vec<Link>)>,
}

/// One link of an object.
struct Link {
    /// Index of the directory that holds the object.
    shelf: usize,
    object: OsString,
    name: OsString,
}

impl Calls {
    /// Those that make a directory like this one. Files that are no links are left out.
    fn that_make(installed: &Path, objects: &Path) -> io::Result<Self> {
        let mut calls = Calls {
            directories: BTreeMap::new(),
            shelves: Vec::new(),
            links: Vec::new(),
        };
        let mut by_inode = HashMap::new();
        for (index, shelf) in fs::read_dir(objects)?.enumerate() {
            let shelf = shelf?.path();
            for object in fs::read_dir(&shelf)? {
                let object = object?;
                by_inode.insert(object.ino(), (index, object.file_name()));
            }
            calls.shelves.push(shelf);
        }
        calls.add(installed, Path::new(""), 0, &by_inode)?;
        Ok(calls)
    }

    fn add(
        &mut self,
        installed: &Path,
        below: &Path,
        depth: usize,
        by_inode: &HashMap<u64, (usize, OsString)>,
    ) -> io::Result<()> {
        let mut links = Vec::new();
        for entry in fs::read_dir(installed.join(below))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                let path = below.join(entry.file_name());
                self.add(installed, &path, depth + 1, by_inode)?;
                self.directories.entry(depth).or_default().push(path);
            } else if let Some((shelf, object)) = by_inode.get(&entry.ino()) {
                links.push(Link {
                    shelf: *shelf,
                    object: object.clone(),
                    name: entry.file_name(),
                });
            }
        }
        self.links.push((below.to_path_buf(), links));
        Ok(())
    }

    /// Seconds that the calls take.
    fn time(&self, archive: &Path, disk: &Disk) -> io::Result<f64> {
        let to = disk.path("bare");
        // The table of open files grows before there is anything to measure.
        let shelves = self.shelves.iter().map(|shelf| open(shelf));
        let shelves: Vec<OwnedFd> = shelves.collect::<io::Result<_>>()?;
        let started = Instant::now();
        hash(archive)?;
        fs::create_dir(&to)?;
        for directories in self.directories.values() {
            let directories = directories.par_iter().with_max_len(32);
            directories.try_for_each(|path| fs::create_dir(to.join(path)))?;
        }
        let links = self.links.par_iter().with_max_len(1);
        links.try_for_each(|(directory, links)| {
            let directory = open(&to.join(directory))?;
            links.iter().try_for_each(|link| {
                let shelf = &shelves[link.shelf];
                rustix::fs::linkat(
                    shelf,
                    &link.object,
                    &directory,
                    &link.name,
                    AtFlags::empty(),
                )
            })?;
            Ok::<_, io::Error>(())
        })?;
        rustix::fs::syncfs(File::open(&to)?)?;
        Ok(started.elapsed().as_secs_f64())
    }
}

fn open(directory: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(directory, flags, Mode::empty())?)
}

/// Each piece by itself: as much work as the digest of the whole.
fn hash(archive: &Path) -> io::Result<()> {
    let file = File::open(archive)?;
    let size = file.metadata()?.len();
    let pieces = (0..size.div_ceil(PIECE)).into_par_iter();
    pieces
        .map_init(Vec::new, |buffer, piece| {
            let start = piece * PIECE;
            buffer.resize((size - start).min(PIECE) as usize, 0);
            file.read_exact_at(buffer, start)?;
            std::hint::black_box(blake3::hash(buffer));
            Ok(())
        })
        .collect()
}
