//! A repair that is killed.

use super::*;

/// A store in which something of every kind is damaged; all of it can be healed from the archive of the first bundle.
fn damage_much(world: &World) {
    write_through(&world.file(3, LIKE_ENTRY));
    alter_under_the_seal(&world.file(0, SHARED));
    write_through(&world.file(4, ENTRY));
    fs::remove_file(world.file(5, ENTRY)).expect("it is there");
    fs::remove_dir_all(world.file(6, "own")).expect("it is there");
    fs::remove_dir_all(&world.directories[7]).expect("its owner may");
    fs::write(world.in_store("objects/stray"), "stray").expect("its owner may");
}

// Seen to fail when recovery leaves the stagings of the dead where they are.
#[test]
fn a_killed_repair_is_gone_on_with() {
    let world = World::new();
    damage_much(&world);
    let begun = Instant::now();
    world.heals("undisturbed", &[&world.archives[0]]);
    let mut killing = Killing::of(begun.elapsed() / 2);
    let mut killed = 0;
    while killed < KILLS {
        damage_much(&world);
        let archive = world.archives[0].to_str().expect("text");
        let mut repair = world
            .sandbox
            .spawn(["verify", "--repair", "--from", archive]);
        if killing.kill(&mut repair) == Killed::Running {
            killed += 1;
        }
        let (code, report) = world.repair(&[&world.archives[0]]);
        assert_eq!(code, Some(0), "{report:#}");
        for (bundle, directory) in world.bundles.iter().zip(&world.directories) {
            bundle.assert_complete(directory);
        }
    }
    world.is_clean("at last");
    fs::remove_dir_all(world.in_store("quarantine")).expect("ours");
    world.sandbox.assert_sound();
}
