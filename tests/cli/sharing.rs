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

/// Three bundles: two share `large`, all share `small`, and each has something of its own.
fn three() -> World {
    let world = World::new();
    let (large, small) = (noise(1, 90_000), noise(2, 30_000));
    for (name, own) in [("a", 3), ("b", 4), ("c", 5)] {
        let zip = Zip::bundle(name, "1").file("small.bin", &small);
        let zip = zip.file("own.bin", &noise(own, 1_000 * own as usize));
        let zip = match name {
            "c" => zip,
            _ => zip.file("large.bin", &large).file("again.bin", &large),
        };
        world.install(&world.file(name, zip.bytes()));
    }
    world
}

fn words(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines();
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

// Seen to fail when an object counts in a pair as often as a bundle has it.
#[test]
fn pairs_count_each_object_once() {
    let world = three();
    let text = world.run(&["du", "--pairs"]).succeeds().stdout;
    let expected = [
        vec!["BUNDLE", "AND", "FILES", "SHARED"],
        vec!["a@1", "b@1", "2", "120.0", "kB"],
        vec!["a@1", "c@1", "1", "30.0", "kB"],
        vec!["b@1", "c@1", "1", "30.0", "kB"],
    ];
    assert_eq!(words(&text), expected, "{text}");
    let first = world
        .run(&["du", "--pairs", "--top", "1", "--json"])
        .succeeds()
        .json();
    assert_eq!(first.as_array().unwrap().len(), 1);
    assert_eq!(first[0]["shared"]["bytes"], 120_000);
}

// Seen to fail when the smallest come first, and when a path stands for all.
#[test]
fn the_largest_files_come_with_those_who_have_them() {
    let world = three();
    let text = world
        .run(&["du", "--files", "--top", "2"])
        .succeeds()
        .stdout;
    let expected = [
        " 90.0 kB  a@1: again.bin and 1 more",
        "          b@1: again.bin and 1 more",
        " 30.0 kB  a@1: small.bin",
        "          b@1: small.bin",
        "          c@1: small.bin",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    let json = world.run(&["du", "--files", "--json"]).succeeds().json();
    assert_eq!(json[0]["users"][1]["name"], "b");
    assert_eq!(json[0]["users"][1]["links"], 2);
}

// Seen to fail when what is shared with two is counted twice, and when the tallies of the install are not kept.
#[test]
fn info_says_what_a_bundle_shares_and_what_its_install_reused() {
    let world = three();
    let text = world.run(&["info", "b"]).succeeds().stdout;
    for line in [
        "  shared       3 files, 210.0 kB\n",
        "  most with    a@1: 3 files, 210.0 kB\n               c@1: 1 file, 30.0 kB\n",
        // Its own file, the MCPB manifest and the entry point.
        "  unique       3 files, 4.1 kB\n",
        "  new          2 files, 4.1 kB\n",
        "  linked       5 files, 214.1 kB\n",
        "  copied       1 file, 15 B\n",
        "  not inflated 4 files, 210.0 kB\n",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    // To install it once more reuses everything, and is no fact about its directory.
    world
        .run(&["install".as_ref(), world.path("b").as_os_str()])
        .succeeds();
    assert_eq!(world.run(&["info", "b"]).succeeds().stdout, text);
}

// Seen to fail when the member must be there.
#[test]
fn an_old_receipt_says_nothing_of_its_install() {
    let world = three();
    let directory = world.run(&["path", "b"]).succeeds().directory();
    let file = directory.with_extension("json");
    let receipt = fs::read_to_string(&file).unwrap();
    let mut receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    receipt.as_object_mut().unwrap().remove("install").unwrap();
    fs::write(&file, receipt.to_string()).unwrap();
    let text = world.run(&["info", "b"]).succeeds().stdout;
    assert!(text.contains("  shared       3 files"), "{text}");
    assert!(!text.contains("not inflated"), "{text}");
    world.is_sound();
}

// Seen to fail when the tree of another must be readable.
#[test]
fn damage_of_another_hides_nothing() {
    let world = three();
    let receipt = world.run(&["info", "a", "--json"]).succeeds().json();
    let tree = receipt["tree"].as_str().unwrap().to_owned();
    let path = world.store().join("trees").join(&tree[..2]);
    fs::remove_file(path.join(&tree[2..])).unwrap();
    let text = world.run(&["info", "b"]).succeeds().stdout;
    assert!(text.contains("left out     1 bundle, damaged"), "{text}");
    let text = world.run(&["info", "a"]).succeeds().stdout;
    assert!(text.contains("  shared       not known: "), "{text}");
}
