//! A bundle that was removed comes back: its objects are still there, and in some scenes its parked directory.

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::contest::{Peer, Run, Scene, Target};
use crate::corpus;
use crate::disk::Disk;
use crate::linkstead::Linkstead;
use crate::peers::{self, bare_calls, ostree, pnpm, uv};
use crate::timing::{run, time};

/// What is left of a removed bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Its objects.
    Objects,
    /// And its directory, from which its server was started once: bytecode lies in it.
    Directory,
}

/// The large Python bundle.
pub(super) fn python(name: &'static str, linkstead: Linkstead, left: Left) -> Outcome<Scene> {
    let archive = corpus::bundle("L")?;
    let mut scene = scene(name, linkstead.clone(), &archive, "corpus-l", left);
    if left == Left::Objects {
        scene.peers.push(bare_calls::of_reinstall(
            linkstead,
            archive.clone(),
            "corpus-l",
        ));
        scene.peers.push(uv::warm(0.6));
        scene.peers.push(ostree::checkout(archive, 1.0));
    }
    Ok(scene)
}

/// The Node bundle.
pub(super) fn node(name: &'static str, linkstead: Linkstead, left: Left) -> Outcome<Scene> {
    let archive = corpus::bundle("N")?;
    let mut scene = scene(name, linkstead.clone(), &archive, "corpus-n", left);
    if left == Left::Objects {
        scene.peers.push(bare_calls::of_reinstall(
            linkstead,
            archive.clone(),
            "corpus-n",
        ));
        scene.peers.push(pnpm::warm(1.0));
        scene.peers.push(ostree::checkout(archive, 1.0));
    }
    Ok(scene)
}

fn scene(
    name: &'static str,
    linkstead: Linkstead,
    archive: &Path,
    bundle: &'static str,
    left: Left,
) -> Scene {
    let (installed, unpacked) = (archive.to_path_buf(), archive.to_path_buf());
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
    Scene {
        name,
        ours: Box::new(move |disk| {
            linkstead.install(disk, &installed)?;
            if left == Left::Directory {
                // Its input has ended when it begins to read.
                let mut server = linkstead.command(disk, &["run", bundle]);
                run(server.env("PATH", corpus::path_of_servers()?))?;
            }
            match left {
                Left::Objects => linkstead.remove_with_directory(disk, bundle)?,
                Left::Directory => linkstead.remove(disk, bundle)?,
            }
            disk.settle()?;
            linkstead.install(disk, &installed)
        }),
        peers: vec![Peer {
            name: "cp -al".into(),
            target: Target::Ratio(match left {
                Left::Objects => 0.45,
                Left::Directory => 0.2,
            }),
            run: copy,
        }],
    }
}
