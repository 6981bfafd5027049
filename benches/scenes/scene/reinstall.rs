//! A bundle that was removed comes back; all its objects are still there.

use std::process::Command;

use crate::Outcome;
use crate::contest::{Peer, Run, Scene, Target};
use crate::corpus;
use crate::disk::Disk;
use crate::linkstead::Linkstead;
use crate::peers::{self, uv};
use crate::timing::{run, time};

/// The large Python bundle.
pub(super) fn python(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    let mut scene = scene(name, linkstead, "L", "corpus-l")?;
    scene.peers.push(uv::warm(0.6));
    Ok(scene)
}

/// The Node bundle.
pub(super) fn node(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    scene(name, linkstead, "N", "corpus-n")
}

fn scene(
    name: &'static str,
    linkstead: Linkstead,
    label: &str,
    bundle: &'static str,
) -> Outcome<Scene> {
    let archive = corpus::bundle(label)?;
    let unpacked = archive.clone();
    let copy = peers::unzip().map(|unzip| {
        Box::new(move |disk: &Disk| {
            let (from, to) = (disk.path("unpacked"), disk.path("copy"));
            run(Command::new(&unzip)
                .arg("-q")
                .arg(&unpacked)
                .arg("-d")
                .arg(&from))?;
            disk.settle()?;
            time(Command::new("cp").arg("-al").args([from, to]))
        }) as Run
    });
    Ok(Scene {
        name,
        ours: Box::new(move |disk| {
            linkstead.install(disk, &archive)?;
            linkstead.remove(disk, bundle)?;
            disk.settle()?;
            linkstead.install(disk, &archive)
        }),
        peers: vec![Peer {
            name: "cp -al".into(),
            target: Target::Ratio(0.45),
            run: copy,
        }],
    })
}
