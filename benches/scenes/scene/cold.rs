//! The first install of a bundle, into a store that is not there yet: made, verified, hashed, synced.

use super::unpackers::{ripunzip, seven_zip, unzip};
use crate::Outcome;
use crate::contest::{Peer, Scene};
use crate::corpus;
use crate::linkstead::Linkstead;
use crate::peers::uv;

/// The large Python bundle.
pub(super) fn python(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    let peers = |archive: &std::path::PathBuf| {
        vec![
            unzip(archive.clone(), 0.28),
            ripunzip(archive.clone(), 1.0),
            seven_zip(archive.clone(), 1.0),
            uv::cold(0.5),
        ]
    };
    scene(name, linkstead, "L", peers)
}

/// The Node bundle: many very small files.
pub(super) fn node(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    let peers = |archive: &std::path::PathBuf| {
        vec![
            unzip(archive.clone(), 0.6),
            ripunzip(archive.clone(), 1.0),
            seven_zip(archive.clone(), 1.0),
        ]
    };
    scene(name, linkstead, "N", peers)
}

fn scene(
    name: &'static str,
    linkstead: Linkstead,
    label: &str,
    peers: impl Fn(&std::path::PathBuf) -> Vec<Peer>,
) -> Outcome<Scene> {
    let archive = corpus::bundle(label)?;
    Ok(Scene {
        name,
        peers: peers(&archive),
        ours: Box::new(move |disk| linkstead.install(disk, &archive)),
    })
}
