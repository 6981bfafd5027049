//! `path`, which every start of a server goes through, against `--version`.

use crate::Outcome;
use crate::contest::{Peer, Scene, Target};
use crate::corpus;
use crate::linkstead::Linkstead;
use crate::timing::time;

/// One start is too short to be timed alone.
const STARTS: usize = 50;

pub(super) fn scene(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    let archive = corpus::bundle("S")?;
    let version = linkstead.clone();
    Ok(Scene {
        name,
        ours: Box::new(move |disk| {
            linkstead.install(disk, &archive)?;
            disk.settle()?;
            mean(|| time(&mut linkstead.command(disk, &["path", "corpus-s"])))
        }),
        peers: vec![Peer {
            name: "--version".into(),
            target: Target::MoreMilliseconds(1.0),
            run: Ok(Box::new(move |_| mean(|| version.version()))),
        }],
    })
}

fn mean(once: impl Fn() -> Outcome<f64>) -> Outcome<f64> {
    let all = (0..STARTS).map(|_| once()).sum::<Outcome<f64>>()?;
    Ok(all / STARTS as f64)
}
