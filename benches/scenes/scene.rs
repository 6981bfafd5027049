//! The scenes. Each is prepared on a disk of its own, written out, and then timed; everything that is read is in the page
//! cache, for us as for the others.

mod cold;
mod growth;
mod installed;
mod large_store;
mod memory;
mod reinstall;
mod resolve;
mod unpackers;
mod upgrade;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::contest::{Peer, Scene, Target};
use crate::linkstead::Linkstead;

use large_store::SharedDisk;
use reinstall::Left;

type Make = fn(&'static str, Linkstead, &Given<'_>) -> Outcome<Scene>;

/// What the scenes are made with.
struct Given<'a> {
    arguments: &'a Arguments,
    large_store: SharedDisk,
}

const SCENES: [(&str, Make); 18] = [
    ("cold-L", |name, ours, _| cold::python(name, ours)),
    ("cold-N", |name, ours, _| cold::node(name, ours)),
    ("reinstall-L", |name, ours, _| {
        reinstall::python(name, ours, Left::Objects)
    }),
    ("reinstall-N", |name, ours, _| {
        reinstall::node(name, ours, Left::Objects)
    }),
    ("parked-L", |name, ours, _| {
        reinstall::python(name, ours, Left::Directory)
    }),
    ("parked-N", |name, ours, _| {
        reinstall::node(name, ours, Left::Directory)
    }),
    ("upgrade", |name, ours, _| upgrade::scene(name, ours)),
    ("installed", |name, ours, _| installed::scene(name, ours)),
    ("path", |name, ours, _| resolve::scene(name, ours)),
    ("growth", |name, ours, given| {
        growth::scene(name, ours, given.arguments.objects)
    }),
    ("large-plan", |name, ours, given| {
        Ok(large_store::gc_plan(name, ours, given))
    }),
    ("large-du", |name, ours, given| {
        Ok(large_store::usage(name, ours, given))
    }),
    ("large-verify", |name, ours, given| {
        Ok(large_store::verify(name, ours, given))
    }),
    ("large-path", |name, ours, given| {
        Ok(large_store::resolve_beside_gc(name, ours, given))
    }),
    ("large-install", large_store::install_beside_gc),
    ("memory-L", |name, ours, _| memory::python(name, ours)),
    ("memory-K", |name, ours, _| memory::many(name, ours)),
    ("memory-2GB", |name, ours, _| {
        memory::one_large_entry(name, ours)
    }),
];

/// Makes the scenes that are wanted, one when the one before is over; an error says what is missing.
pub(crate) fn all(arguments: &Arguments) -> impl Iterator<Item = Outcome<Scene>> {
    let given = Given {
        arguments,
        large_store: SharedDisk::default(),
    };
    SCENES
        .into_iter()
        .filter(|(name, _)| arguments.wants(name))
        .map(move |(name, make)| {
            let scene = make(name, Linkstead(arguments.linkstead.clone()), &given)?;
            let Some(before) = &arguments.before else {
                return Ok(scene);
            };
            let before = make(name, Linkstead(before.clone()), &given)?;
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
