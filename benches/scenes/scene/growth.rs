//! A small bundle into a large store, against the same into a small one.

use std::path::PathBuf;

use crate::Outcome;
use crate::contest::{Peer, Run, Scene, Target};
use crate::corpus;
use crate::linkstead::Linkstead;

const FEW: u64 = 1_000;

/// Objects of one bundle that fills the store.
const PART: u64 = 100_000;

pub(super) fn scene(name: &'static str, linkstead: Linkstead, objects: u64) -> Outcome<Scene> {
    Ok(Scene {
        name,
        ours: install_beside(linkstead.clone(), objects)?,
        peers: vec![Peer {
            name: format!("{FEW} objects instead of {objects}"),
            target: Target::Ratio(1.15),
            run: install_beside(linkstead, FEW),
        }],
    })
}

fn install_beside(linkstead: Linkstead, objects: u64) -> Outcome<Run> {
    let archive = corpus::bundle("S")?;
    let parts: Vec<PathBuf> = (0..objects.div_ceil(PART))
        .map(|part| corpus::small_files(part, PART.min(objects - part * PART)))
        .collect::<Outcome<_>>()?;
    Ok(Box::new(move |disk| {
        for (part, archive) in parts.iter().enumerate() {
            linkstead.install_as(disk, archive, &format!("part-{part}@1"))?;
        }
        disk.settle()?;
        linkstead.install(disk, &archive)
    }))
}
