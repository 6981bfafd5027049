//! A store that was copied by a tool that knows nothing of it.

use super::*;

fn copy_without_links(world: &World, preserving: &str) {
    let (store, copy) = (world.sandbox.store(), world.sandbox.path("copy"));
    let mut command = std::process::Command::new("cp");
    command.arg("-r").arg(preserving).arg(&store).arg(&copy);
    assert!(command.status().expect("cp is there").success());
    fs::remove_dir_all(&store).expect("ours");
    fs::rename(copy, store).expect("ours");
}

// Seen to fail when `Repair::share` links nothing.
#[test]
fn a_copy_without_hard_links_is_sound_and_is_shared_again() {
    let world = World::new();
    copy_without_links(&world, "--preserve=mode,timestamps");
    let report = world.sandbox.json(["verify"]);
    assert_eq!(report["findings"], Value::Array(vec![]));
    assert_eq!(
        report["unshared"].as_array().expect("a list").len(),
        BUNDLES
    );
    world.heals("a copy", &[]);
    let links = fs::metadata(world.file(0, SHARED))
        .expect("it is there")
        .nlink();
    assert_eq!(links as usize, BUNDLES + 1);
}

// Seen to fail when seals are not set again (`Cure::Seal` does nothing).
#[test]
fn a_copy_with_fresh_times_gets_its_seals_again() {
    let world = World::new();
    copy_without_links(&world, "--no-preserve=timestamps");
    let report = world.sandbox.damage_report();
    let found = report["findings"].as_array().expect("a list");
    assert!(
        found
            .iter()
            .all(|finding| finding["defect"] == "broken-seal")
    );
    world.heals("a copy", &[]);
    let links = fs::metadata(world.file(0, SHARED))
        .expect("it is there")
        .nlink();
    assert_eq!(links as usize, BUNDLES + 1);
}
