//! What a reinstall cannot do without, and nothing else: the archive read and hashed, its directories made, its files linked,
//! one sync, by all processors and with as little for each call as there can be. It looks at nothing, records nothing, and a
//! crash leaves half of it: a bound, no program.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirEntryExt as _, FileExt as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

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
    shelves: Vec<PathBuf>,
    tree: Directory,
}

/// One directory that is made.
struct Directory {
    name: OsString,
    directories: Vec<Directory>,
    links: Vec<Link>,
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
        let mut by_inode = HashMap::new();
        let mut shelves = Vec::new();
        for (index, shelf) in fs::read_dir(objects)?.enumerate() {
            let shelf = shelf?.path();
            for object in fs::read_dir(&shelf)? {
                let object = object?;
                by_inode.insert(object.ino(), (index, object.file_name()));
            }
            shelves.push(shelf);
        }
        Ok(Calls {
            shelves,
            tree: Directory::like(installed, OsString::new(), &by_inode)?,
        })
    }

    /// Seconds that the calls take.
    fn time(&self, archive: &Path, disk: &Disk) -> io::Result<f64> {
        let to = disk.path("bare");
        // The table of open files grows before there is anything to measure.
        let shelves = self.shelves.iter().map(|shelf| open(CWD, shelf.as_ref()));
        let shelves: Vec<OwnedFd> = shelves.collect::<io::Result<_>>()?;
        let started = Instant::now();
        hash(archive)?;
        fs::create_dir(&to)?;
        self.tree.fill(&open(CWD, to.as_ref())?, &shelves)?;
        rustix::fs::syncfs(File::open(&to)?)?;
        Ok(started.elapsed().as_secs_f64())
    }
}

impl Directory {
    fn like(
        installed: &Path,
        name: OsString,
        by_inode: &HashMap<u64, (usize, OsString)>,
    ) -> io::Result<Self> {
        let mut directory = Directory {
            name,
            directories: Vec::new(),
            links: Vec::new(),
        };
        for entry in fs::read_dir(installed)? {
            let entry = entry?;
            let name = entry.file_name();
            if entry.file_type()?.is_dir() {
                let below = Directory::like(&entry.path(), name, by_inode)?;
                directory.directories.push(below);
            } else if let Some((shelf, object)) = by_inode.get(&entry.ino()) {
                directory.links.push(Link {
                    shelf: *shelf,
                    object: object.clone(),
                    name,
                });
            }
        }
        Ok(directory)
    }

    /// One thread in a directory at a time, and none where another is as long as there are others to be filled.
    fn fill(&self, here: &OwnedFd, shelves: &[OwnedFd]) -> io::Result<()> {
        let mode = Mode::from_raw_mode(0o755);
        for directory in &self.directories {
            rustix::fs::mkdirat(here, &directory.name, mode)?;
        }
        let link = |link: &Link| {
            let shelf = &shelves[link.shelf];
            let flags = AtFlags::empty();
            rustix::fs::linkat(shelf, &link.object, here, &link.name, flags)
        };
        let below = self.directories.par_iter().with_max_len(1);
        let (links, below) = rayon::join(
            || self.links.iter().try_for_each(link),
            || below.try_for_each(|one| one.fill(&open(here, &one.name)?, shelves)),
        );
        links.map_err(io::Error::from).and(below)
    }
}

fn open(at: impl AsFd, directory: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(at, directory, flags, Mode::empty())?)
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
