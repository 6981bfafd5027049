//! Planning an archive of 100,000 entries against the `zip` crate's own open and consistency check, in one run: the plan may
//! take at most one and a half times as long.
//!
//! `cargo bench -p linkstead-store --bench archive_plan`

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use linkstead_fs::read_at::OpenArchive;
use linkstead_store::archive::{ArchiveKind, Policy, plan};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const ENTRIES: usize = 100_000;
const ROUNDS: usize = 9;

fn main() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (label, name) in [
        ("sorted", sorted as fn(usize) -> String),
        ("shuffled", shuffled),
    ] {
        let path = directory.path().join(label);
        write_archive(&path, name);
        let zip = median(|| open_and_validate(&path));
        let ours = median(|| plan_it(&path));
        println!(
            "{label}: zip crate {:.1} ms, plan {:.1} ms, ratio {:.2}",
            milliseconds(zip),
            milliseconds(ours),
            ours.as_secs_f64() / zip.as_secs_f64()
        );
    }
}

fn sorted(index: usize) -> String {
    format!(
        "site-packages/package_{:03}/module_{index:06}.py",
        index / 100
    )
}

/// The same names, in an order that has nothing to do with theirs.
fn shuffled(index: usize) -> String {
    sorted(index * 7919 % ENTRIES)
}

fn write_archive(path: &Path, name: fn(usize) -> String) {
    let file =
        tempfile::NamedTempFile::new_in(path.parent().expect("a file has one")).expect("a file");
    let mut archive = ZipWriter::new(BufWriter::new(file));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..ENTRIES {
        archive.start_file(name(index), options).expect("an entry");
        archive
            .write_all(&vec![b'x'; index % 512])
            .expect("its content");
    }
    let file = archive
        .finish()
        .expect("the end")
        .into_inner()
        .expect("all is written");
    file.persist(path).expect("a name for it");
}

fn open_and_validate(path: &Path) {
    let file = BufReader::new(File::open(path).expect("the archive"));
    let mut archive = ZipArchive::new(file).expect("it is a zip");
    archive
        .validate_header_consistency()
        .expect("it is consistent");
    assert_eq!(archive.len(), ENTRIES);
}

fn plan_it(path: &Path) {
    let archive = OpenArchive::open(path).expect("the archive");
    let policy = Policy {
        kind: ArchiveKind::Plain,
        ..Policy::default()
    };
    let plan = plan(&archive, &policy).expect("it keeps all rules");
    assert!(plan.entries.len() > ENTRIES);
}

fn median(work: impl Fn()) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
