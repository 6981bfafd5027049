//! The scenes. Each is prepared on a disk of its own, written out, and then timed; everything that is read is in the page
//! cache, for us as for the others.

mod cold;
mod growth;
mod installed;
mod memory;
mod reinstall;
mod resolve;
mod unpackers;
mod upgrade;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::contest::{Peer, Scene, Target};
use crate::linkstead::Linkstead;

type Make = fn(&'static str, Linkstead, &Arguments) -> Outcome<Scene>;

const SCENES: [(&str, Make); 11] = [
    ("cold-L", |name, ours, _| cold::python(name, ours)),
    ("cold-N", |name, ours, _| cold::node(name, ours)),
    ("reinstall-L", |name, ours, _| reinstall::python(name, ours)),
    ("reinstall-N", |name, ours, _| reinstall::node(name, ours)),
    ("upgrade", |name, ours, _| upgrade::scene(name, ours)),
    ("installed", |name, ours, _| installed::scene(name, ours)),
    ("path", |name, ours, _| resolve::scene(name, ours)),
    ("growth", |name, ours, arguments| {
        growth::scene(name, ours, arguments.objects)
    }),
    ("memory-L", |name, ours, _| memory::python(name, ours)),
    ("memory-K", |name, ours, _| memory::many(name, ours)),
    ("memory-2GB", |name, ours, _| {
        memory::one_large_entry(name, ours)
    }),
];

/// Makes the scenes that are wanted, one when the one before is over; an error says what is missing.
pub(crate) fn all(arguments: &Arguments) -> impl Iterator<Item = Outcome<Scene>> {
    SCENES
        .into_iter()
        .filter(|(name, _)| arguments.wants(name))
        .map(|(name, make)| {
            let scene = make(name, Linkstead(arguments.linkstead.clone()), arguments)?;
            let Some(before) = &arguments.before else {
                return Ok(scene);
            };
            let before = make(name, Linkstead(before.clone()), arguments)?;
            Ok(Scene {
                peers: vec![Peer {
                    name: "before".into(),
                    target: Target::Ratio(1.0),
                    run: Ok(before.ours),
                }],
                ..scene
            })
        })
}
