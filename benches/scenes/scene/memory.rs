//! The most memory that an install has resident, against what it may have: 64 MB, 1 KB for each entry, and buffers of 1 MB,
//! two for each processor.

use std::path::PathBuf;

use crate::Outcome;
use crate::contest::{Peer, Scene, Target};
use crate::corpus;
use crate::linkstead::Linkstead;
use crate::timing::peak_memory;

const MB: f64 = 1e6;
const KB: f64 = 1e3;

/// The large Python bundle, with its directories.
pub(super) fn python(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    scene(name, linkstead, corpus::bundle("L")?, 15_150.0)
}

/// 100,000 files.
pub(super) fn many(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    scene(name, linkstead, corpus::bundle("K")?, 100_200.0)
}

/// One entry of 2 GB.
pub(super) fn one_large_entry(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    scene(name, linkstead, corpus::large_entry(2 << 30)?, 1.0)
}

fn scene(
    name: &'static str,
    linkstead: Linkstead,
    archive: PathBuf,
    entries: f64,
) -> Outcome<Scene> {
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get()) as f64;
    let allowed = 64.0 * MB + entries * KB + 2.0 * processors * MB;
    Ok(Scene {
        name,
        ours: Box::new(move |disk| {
            let store = disk.path("store");
            let words = [store.as_os_str(), archive.as_os_str()]
                .map(|word| word.to_str().expect("our own paths are text"));
            let install = [
                "--store",
                words[0],
                "install",
                "--as",
                "measured@1",
                words[1],
            ];
            peak_memory(&linkstead.0, &install)
        }),
        peers: vec![Peer {
            name: format!("{:.0} MB", allowed / MB),
            target: Target::Ratio(1.0),
            run: Ok(Box::new(move |_| Ok(allowed))),
        }],
    })
}
