//! An install of what is installed, against the sum of its parts: the start of the process, one BLAKE3 of the archive, one
//! look at every file of the directory, one durable write, one opening of the database.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use crate::Outcome;
use crate::contest::{Peer, Scene, Target};
use crate::corpus;
use crate::disk::Disk;
use crate::linkstead::Linkstead;

pub(super) fn scene(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    let archive = corpus::bundle("L")?;
    let (of_parts, archive_of_parts) = (linkstead.clone(), archive.clone());
    Ok(Scene {
        name,
        ours: Box::new(move |disk| {
            linkstead.install(disk, &archive)?;
            disk.settle()?;
            linkstead.install(disk, &archive)
        }),
        peers: vec![Peer {
            name: "the sum of its parts".into(),
            target: Target::Ratio(1.3),
            run: Ok(Box::new(move |disk| {
                of_parts.install(disk, &archive_of_parts)?;
                disk.settle()?;
                sum_of_parts(&of_parts, disk, &archive_of_parts)
            })),
        }],
    })
}

fn sum_of_parts(linkstead: &Linkstead, disk: &Disk, archive: &Path) -> Outcome<f64> {
    let directory = linkstead.path(disk, "corpus-l")?;
    let parts = [
        linkstead.version()?,
        timed(|| hash(archive))?,
        timed(|| walk(&directory))?,
        timed(|| write_durably(&disk.path("written")))?,
        timed(|| open_database(&disk.path("store/manifest.redb")))?,
    ];
    Ok(parts.iter().sum())
}

fn timed(part: impl FnOnce() -> std::io::Result<()>) -> Outcome<f64> {
    let started = Instant::now();
    part().map_err(|error| error.to_string())?;
    Ok(started.elapsed().as_secs_f64())
}

fn hash(archive: &Path) -> std::io::Result<()> {
    let mut file = File::open(archive)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        };
    }
    std::hint::black_box(hasher.finalize());
    Ok(())
}

fn walk(directory: &Path) -> std::io::Result<()> {
    let entries: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries
        .par_iter()
        .try_for_each(|entry| match entry.path().symlink_metadata()?.is_dir() {
            true => walk(&entry.path()),
            false => Ok(()),
        })
}

fn write_durably(path: &Path) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(b"as long as a ref is, more or less, which is some two hundred bytes")?;
    file.sync_all()
}

fn open_database(path: &Path) -> std::io::Result<()> {
    redb::Database::open(path).map_err(std::io::Error::other)?;
    Ok(())
}
