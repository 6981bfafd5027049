//! What `du` says of two bundles that share content.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::archives::{ENTRY_POINT, Zip, noise};
use crate::world::World;

// Seen to fail when an object counts once for each bundle that links it.
#[test]
fn shared_content_is_one_file_and_du_says_what_is_saved() {
    let world = World::new();
    let (shared, own) = (noise(1, 40_000), noise(2, 3_000));
    let first = Zip::bundle("first", "1").file("lib.bin", &shared).bytes();
    let second = Zip::bundle("second", "1")
        .file("other/lib.bin", &shared)
        .file("own.bin", &own)
        .bytes();
    let first = world.install(&world.file("first", first));
    let second = world.install(&world.file("second", second));
    let inode = |path| fs::metadata(path).map(|found| found.ino()).unwrap();
    assert_eq!(
        inode(first.join("lib.bin")),
        inode(second.join("other/lib.bin"))
    );

    let usage = world.run(&["du", "--json"]).succeeds().json();
    let store = &usage["store"];
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    assert_eq!(
        number(&store["logical"]) - number(&store["physical"]),
        number(&store["saved"])
    );
    // The entry points are copies, and their one object lies in the store besides.
    assert_eq!(number(&store["saved"]), 40_000 - ENTRY_POINT.len() as u64);
    let bundles = usage["bundles"].as_array().unwrap();
    for (bundle, name) in bundles.iter().zip(["first", "second"]) {
        assert_eq!(bundle["name"], name);
        assert_eq!(
            number(&bundle["shared"]) + number(&bundle["unique"]),
            number(&bundle["total"])
        );
    }
    assert!(number(&bundles[1]["unique"]) >= 3_000);

    let text = world.run(&["du"]).succeeds().stdout;
    assert!(text.contains("saved     40.0 kB"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}
