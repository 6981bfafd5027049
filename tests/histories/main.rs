//! Random histories of a store against a simple model of what must remain.
//!
//! A history installs, publishes again, switches, pins, leases, checks out, removes (at once, or when idle) and collects (by a policy, too), and now and then a process dies in the
//! middle of a step. After each step the store shows what the model says, and what anything keeps is whole; after each gc
//! exactly that lies on disk which something needs: no directory, tree or object less, and none more.
//!
//! | module | what |
//! |---|---|
//! | `build` | the bundles: few names and versions, each published in two ways, all sharing content |
//! | `step` | what can happen, and how chance makes a history of it |
//! | `model` | what must be there after each step |
//! | `world` | the same step with the engine, on a disk |
//! | `death` | a process that dies: from one call on, nothing reaches the disk |
//! | `judge` | the world against the model |
//!
//! A failing history is printed as small as proptest can make it. `LINKSTEAD_HISTORIES` says how many are tried (500).
//!
//! Seen to fail when pins, or checkouts, are no roots of gc; when `remove` goes on although a directory is held, or does not pass on what the name
//! alone means; when the sweep keeps trees; when a gc by a policy takes the most recently used; when `lease` touches no use stamp; when recovery leaves the stagings of the dead, or orphans.

#![allow(
    clippy::disallowed_methods,
    reason = "a test that reads its environment and looks at the disk itself"
)]

#[path = "../support/bundle.rs"]
#[allow(
    dead_code,
    reason = "a helper that all tests share, each using its own part"
)]
mod bundle;

mod build;
mod death;
mod judge;
mod model;
mod step;
mod world;

use proptest::test_runner::{Config, TestRunner};

use death::Deaths;
use model::Model;
use step::{Event, history};
use world::World;

/// As many in a usual run.
const HISTORIES: u32 = 500;

#[test]
fn what_something_needs_remains_and_nothing_else() {
    let count = match std::env::var("LINKSTEAD_HISTORIES") {
        Ok(count) => count.parse().expect("a number"),
        Err(_) => HISTORIES,
    };
    let deaths = Deaths::watch();
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u32;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let config = Config {
                    cases: count.div_ceil(threads),
                    failure_persistence: None,
                    ..Config::default()
                };
                let outcome = TestRunner::new(config).run(&history(), |events| {
                    play(&events, &deaths);
                    Ok(())
                });
                if let Err(failure) = outcome {
                    panic!("{failure}");
                }
            });
        }
    });
    println!("{count} histories: {}", deaths.told());
}

/// One history, from an empty directory to an empty store.
fn play(events: &[Event], deaths: &Deaths) {
    let mut world = World::new(deaths);
    let mut model = Model::default();
    for event in events {
        world.stamp_uses(&model);
        match event {
            Event::Step(step) => {
                let used = model.used_by(*step);
                let expected = model.take(*step);
                let found = world.take(*step);
                judge::outcome(*step, expected, found, &mut model, &world);
                used.inspect(|build| judge::used(*build, &world));
            }
            Event::Death(step, after) => {
                let before = model.clone();
                let _ = model.take(*step);
                world.die_in(*step, *after);
                judge::after_death(*step, &before, &mut model, &world);
            }
        }
        judge::visible(&model, &world);
    }
    world.end();
    model.end();
    judge::collected(&model, &mut world);
}
