//! A store of many bundles: what people ask it, and what a gc costs those who work beside it.
//!
//! The store is made once and used by all rounds; nothing in these scenes leaves a mark on it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::rc::Rc;

use rayon::prelude::*;

use crate::Outcome;
use crate::contest::{Peer, Run, Scene, Target};
use crate::corpus;
use crate::disk::Disk;
use crate::linkstead::Linkstead;
use crate::timing::time;

use super::Given;

/// Objects of one bundle.
const PART: u64 = 1_000;

/// Objects that a gc takes beside others: some batches.
const GARBAGE: u64 = 20_000;

/// A part that the store has only while a gc is to have something to do.
const GARBAGE_PART: u64 = 1_000_000;

/// The disk of all these scenes.
pub(super) type SharedDisk = Rc<OnceCell<Outcome<Disk>>>;

/// A large store on a disk, made when it is first needed.
#[derive(Clone)]
struct LargeStore {
    linkstead: Linkstead,
    home: PathBuf,
    objects: u64,
    disk: SharedDisk,
}

impl LargeStore {
    fn of(linkstead: Linkstead, given: &Given<'_>) -> Self {
        LargeStore {
            linkstead,
            home: given.arguments.disk.clone(),
            objects: given.arguments.objects,
            disk: Rc::clone(&given.large_store),
        }
    }

    fn disk(&self) -> Outcome<&Disk> {
        let made = self.disk.get_or_init(|| self.make());
        made.as_ref().map_err(Clone::clone)
    }

    fn make(&self) -> Outcome<Disk> {
        let disk = Disk::fresh(&self.home)?;
        for part in 0..self.objects.div_ceil(PART) {
            let count = PART.min(self.objects - part * PART);
            let archive = corpus::small_files(part, count)?;
            self.linkstead
                .install_as(&disk, &archive, &format!("part-{part}@1"))?;
        }
        self.linkstead.install(&disk, &corpus::bundle("S")?)?;
        disk.settle()?;
        // The first look reads from a cold cache.
        time(&mut self.linkstead.command(&disk, &["verify"]))?;
        Ok(disk)
    }

    /// Seconds of a command on it.
    fn ask(&self, words: &[&str]) -> Outcome<f64> {
        time(&mut self.linkstead.command(self.disk()?, words))
    }

    /// A gc that has something to do has begun.
    fn begin_gc(&self) -> Outcome<Child> {
        let disk = self.disk()?;
        let garbage = corpus::small_files(GARBAGE_PART, GARBAGE)?;
        self.linkstead.install_as(disk, &garbage, "garbage@1")?;
        self.linkstead.remove(disk, "garbage@1")?;
        disk.settle()?;
        let mut command = self.linkstead.command(disk, &["gc"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map_err(|error| error.to_string())
    }

    /// What `once` takes beside a gc, again and again until the gc ends.
    fn beside_gc(&self, once: impl Fn(&Disk) -> Outcome<f64>) -> Outcome<Vec<f64>> {
        let mut gc = self.begin_gc()?;
        let mut taken = Vec::new();
        while gc.try_wait().map_err(|error| error.to_string())?.is_none() {
            taken.push(once(self.disk()?)?);
        }
        match taken.is_empty() {
            true => Err("the gc ended before anything ran beside it".into()),
            false => Ok(taken),
        }
    }
}

/// `gc --dry-run`, where nothing is to be taken.
pub(super) fn gc_plan(name: &'static str, ours: Linkstead, given: &Given<'_>) -> Scene {
    within_a_second(name, LargeStore::of(ours, given), &["gc", "--dry-run"])
}

/// `du`.
pub(super) fn usage(name: &'static str, ours: Linkstead, given: &Given<'_>) -> Scene {
    within_a_second(name, LargeStore::of(ours, given), &["du"])
}

fn within_a_second(name: &'static str, store: LargeStore, words: &'static [&'static str]) -> Scene {
    Scene {
        name,
        ours: Box::new(move |_| store.ask(words)),
        peers: vec![Peer {
            name: "1 s".into(),
            target: Target::Ratio(1.0),
            run: Ok(Box::new(|_| Ok(1.0))),
        }],
    }
}

/// `verify` against a BLAKE3 of the same files, with all processors.
pub(super) fn verify(name: &'static str, ours: Linkstead, given: &Given<'_>) -> Scene {
    let store = LargeStore::of(ours, given);
    let of_peer = store.clone();
    let walk: Run = Box::new(move |_| {
        let objects = of_peer.disk()?.path("store/objects");
        let started = std::time::Instant::now();
        hash_all(&objects).map_err(|error| error.to_string())?;
        Ok(started.elapsed().as_secs_f64())
    });
    Scene {
        name,
        ours: Box::new(move |_| store.ask(&["verify"])),
        peers: vec![Peer {
            name: "BLAKE3 of the objects".into(),
            target: Target::Ratio(1.25),
            run: Ok(walk),
        }],
    }
}

fn hash_all(directory: &Path) -> std::io::Result<()> {
    let entries: Vec<_> = std::fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries.par_iter().try_for_each(|entry| {
        let path = entry.path();
        match entry.file_type()?.is_dir() {
            true => hash_all(&path),
            false => {
                std::hint::black_box(blake3::hash(&std::fs::read(&path)?));
                Ok(())
            }
        }
    })
}

/// `path` while a gc deletes.
pub(super) fn resolve_beside_gc(name: &'static str, ours: Linkstead, given: &Given<'_>) -> Scene {
    let store = LargeStore::of(ours, given);
    let of_peer = store.clone();
    let path: Run = Box::new(move |_| {
        let command = |disk: &Disk| store.linkstead.command(disk, &["path", "corpus-s"]);
        mean(&store.beside_gc(|disk| time(&mut command(disk)))?)
    });
    Scene {
        name,
        ours: path,
        peers: vec![Peer {
            name: "--version, beside the same".into(),
            target: Target::MoreMilliseconds(1.0),
            run: Ok(Box::new(move |_| {
                mean(&of_peer.beside_gc(|_| of_peer.linkstead.version())?)
            })),
        }],
    }
}

fn mean(seconds: &[f64]) -> Outcome<f64> {
    Ok(seconds.iter().sum::<f64>() / seconds.len() as f64)
}

/// The longest of many installs of what is installed, while a gc deletes, against the same without one.
pub(super) fn install_beside_gc(
    name: &'static str,
    ours: Linkstead,
    given: &Given<'_>,
) -> Outcome<Scene> {
    const INSTALLS: usize = 20;
    let store = LargeStore::of(ours, given);
    let (of_peer, archive) = (store.clone(), corpus::bundle("S")?);
    let of_peer_archive = archive.clone();
    Ok(Scene {
        name,
        ours: Box::new(move |_| {
            let beside = store.beside_gc(|disk| store.linkstead.install(disk, &archive))?;
            Ok(longest(&beside))
        }),
        peers: vec![Peer {
            name: "the same without a gc".into(),
            target: Target::MoreMilliseconds(100.0),
            run: Ok(Box::new(move |_| {
                let disk = of_peer.disk()?;
                let alone = (0..INSTALLS)
                    .map(|_| of_peer.linkstead.install(disk, &of_peer_archive))
                    .collect::<Outcome<Vec<f64>>>()?;
                Ok(longest(&alone))
            })),
        }],
    })
}

fn longest(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(0.0, f64::max)
}
