//! Each kind of damage: exactly what verify says, and what a repair makes of it.

use super::*;

// Seen to fail when `Repair::objects` mends nothing, and when `Copies::candidates` gives none.
#[test]
fn objects() {
    let world = World::new();
    let object = world.object(&world.file(3, SHARED));
    fs::remove_file(&object).expect("it is there");
    world.finds("missing", vec![("missing-object", object)]);
    world.heals("missing", &[]);

    // The entry points, which are copies, still have the content.
    let object = world.object(&world.file(3, LIKE_ENTRY));
    write_through(&world.file(3, LIKE_ENTRY));
    world.finds("altered", vec![("altered-object", object.clone())]);
    world.heals("altered", &[]);

    alter_under_the_seal(&world.file(4, LIKE_ENTRY));
    world.finds("altered under its seal", vec![("altered-object", object)]);
    world.heals("altered under its seal", &[]);

    let object = world.object(&world.file(5, SHARED_PROGRAM));
    chmod(&object, 0o755);
    let file = fs::File::options().write(true).open(&object);
    file.and_then(|file| file.set_len(10))
        .expect("its owner may");
    chmod(&object, 0o555);
    world.finds("truncated", vec![("truncated-object", object)]);
    world.heals("truncated", &[&world.archives[7]]);

    let object = world.object(&world.file(6, "own/d1/f1.py"));
    write_through(&object);
    world.finds("altered everywhere", vec![("altered-object", object)]);
    world.names("altered everywhere", &BTreeSet::from([6]));

    let object = world.object(&world.file(6, SHARED));
    alter_under_the_seal(&object);
    world.finds(
        "altered in all under its seal",
        vec![("altered-object", object)],
    );
    world.names("altered in all under its seal", &all());
}

// Seen to fail when a seal is set on the old inode (`unshared_and_right` does not ask for its links).
#[test]
fn modes_and_seals() {
    let world = World::new();
    let file = world.file(2, SHARED_PROGRAM);
    let object = world.object(&file);
    chmod(&file, 0o444);
    world.finds("drifted mode", vec![("broken-seal", object)]);
    let drifted = fs::metadata(&file).expect("it is there").ino();
    world.heals("drifted mode", &[]);
    assert_ne!(fs::metadata(&file).expect("it is there").ino(), drifted);

    let object = world.object(&world.file(2, SHARED));
    let now =
        fs::File::open(&object).and_then(|file| file.set_modified(std::time::SystemTime::now()));
    now.expect("its owner may");
    world.finds("time", vec![("broken-seal", object)]);
    world.heals("time", &[]);

    let (file, object) = (world.file(2, SHARED), world.object(&world.file(2, SHARED)));
    chmod(&file, 0o755);
    world.finds("a host's own mode", vec![("broken-seal", object)]);
    world.heals("a host's own mode", &[]);
    let mode = fs::metadata(&file).expect("it is there").mode() & 0o777;
    assert_eq!(
        mode, 0o755,
        "what the host chose stays with its directories"
    );
}

// Seen to fail when `Repair::directories` mends nothing.
#[test]
fn files_of_directories() {
    let world = World::new();
    let file = world.file(9, ENTRY);
    write_through(&file);
    world.finds("altered copy", vec![("altered", file.clone())]);
    world.heals("altered copy", &[]);

    alter_under_the_seal(&file);
    world.finds("altered copy under its seal", vec![("altered", file)]);
    world.heals("altered copy under its seal", &[]);

    let (file, directory) = (world.file(9, SHARED), world.file(9, "own/d2"));
    fs::remove_file(&file).expect("it is there");
    fs::remove_dir_all(&directory).expect("it is there");
    let lost = vec![
        ("missing", file),
        ("missing", directory.join("f2.py")),
        ("missing", directory),
    ];
    world.finds("missing", lost);
    world.heals("missing", &[]);

    let (file, notes) = (world.file(9, SHARED), world.file(9, "notes.db"));
    fs::remove_file(&file).expect("it is there");
    fs::create_dir(&file).expect("directories are writable");
    fs::write(file.join("theirs"), "precious").expect("theirs");
    fs::write(&notes, "precious").expect("directories are writable");
    world.finds("a directory in the way", vec![("wrong-kind", file)]);
    world.heals("a directory in the way", &[]);
    assert_eq!(fs::read(notes).expect("it stays"), b"precious");
}

// Seen to fail when `walk` takes no file for a twin, and when `Repair::share` links nothing.
#[test]
fn a_twin_is_no_damage_and_is_shared_again() {
    let world = World::new();
    let file = world.file(11, SHARED);
    let aside = world.sandbox.path("aside");
    fs::copy(&file, &aside).expect("it can be read");
    fs::rename(&aside, &file).expect("directories are writable");
    let report = world.sandbox.json(["verify"]);
    assert_eq!(report["unshared"][0]["bundle"], "bundle11@1.0.0");
    assert_eq!(report["unshared"][0]["paths"], serde_json::json!([SHARED]));
    let (code, report) = world.repair(&[]);
    assert_eq!((code, &report["shared_files"]), (Some(0), &Value::from(1)));
    world.is_clean("a twin");
    world.object(&file);
}

// Seen to fail when `Repair::strays` moves nothing.
#[test]
fn what_does_not_belong_is_put_aside() {
    let world = World::new();
    let strays = [
        "objects/ab/stray",
        "bundles/stray",
        "bundles/bundle01/1.0.0/stray",
        "refs/stray",
    ];
    let mut expected = Vec::new();
    for stray in strays {
        let path = world.in_store(stray);
        fs::create_dir_all(path.parent().expect("a parent")).expect("its owner may");
        fs::write(&path, "stray").expect("its owner may");
        expected.push(("foreign-file", path));
    }
    world.finds("strays", expected);
    world.heals("strays", &[]);
    let kept = fs::read_dir(world.in_store("quarantine")).expect("it is there");
    assert_eq!(kept.count(), strays.len());
}

// Seen to fail when `Repair::trees` writes nothing, and when `Repair::republish` does nothing.
#[test]
fn trees_receipts_and_whole_directories() {
    let world = World::new();
    let tree = world.tree(13);
    // A server's own file is not of the tree.
    fs::create_dir(world.file(13, "__pycache__")).expect("directories are writable");
    fs::write(world.file(13, "__pycache__/x.pyc"), "x").expect("directories are writable");
    write_through(&tree);
    world.finds("tree", vec![("unreadable-tree", tree)]);
    world.heals("tree", &[]);

    let receipt = world.receipt(13);
    fs::write(&receipt, "{").expect("its owner may");
    world.finds("receipt", vec![("unreadable-receipt", receipt)]);
    let (code, report) = world.repair(&[]);
    assert_eq!(code, Some(1));
    assert_eq!(report["reinstall"], serde_json::json!(["bundle13@1.0.0"]));
    // The unreadable one stays, with its directory, until gc; the name means another.
    world.sandbox.install(&world.archives[13]);
    world.sandbox.ok(["gc"]);
    world.is_clean("receipt");

    let directory = world.directories[14].clone();
    world.sandbox.ok(["pin", "bundle14@1.0.0"]);
    fs::remove_dir_all(&directory).expect("its owner may");
    world.finds("directory", vec![("missing-directory", directory.clone())]);
    world.heals("directory", &[]);
    world.bundles[14].assert_complete(&directory);

    fs::remove_dir_all(&directory).expect("its owner may");
    fs::remove_file(world.receipt(14)).expect("its owner may");
    world.finds(
        "directory and receipt",
        vec![("missing-directory", directory)],
    );
    world.names("directory and receipt", &BTreeSet::from([14]));
}

// Seen to fail when `Repair::records` does nothing, and when verify leaves the orphans out.
#[test]
fn records_and_directories_that_do_not_know_of_each_other() {
    let world = World::new();
    let directory = world.directories[15].clone();
    fs::remove_dir_all(world.refs(15)).expect("its owner may");
    fs::remove_dir_all(directory.parent().expect("of the version")).expect("its owner may");
    world.finds("record", vec![("record-without-directory", directory)]);
    world.heals("record", &[]);

    let of_version = world.directories[16].parent().expect("of the version");
    let orphan = of_version.join("0123456789abcdef");
    fs::create_dir(&orphan).expect("its owner may");
    fs::write(orphan.join("half"), "half").expect("its owner may");
    world.finds_left("directory-without-record", &orphan);
    world.heals("orphan", &[]);
    assert!(!orphan.exists());

    let receipt = of_version.join("0123456789abcdef.json");
    fs::copy(world.receipt(16), &receipt).expect("its owner may");
    world.finds_left("receipt-without-directory", &receipt);
    world.heals("lone receipt", &[]);

    let (manifest, before) = (
        world.in_store("manifest.redb"),
        world.sandbox.path("before"),
    );
    world.sandbox.ok(["remove", "bundle17"]);
    fs::copy(&manifest, &before).expect("it can be read");
    let directory = world.sandbox.install(&world.archives[17]);
    fs::copy(&before, &manifest).expect("its owner may");
    world.finds("unrecorded", vec![("ref-without-record", directory)]);
    world.heals("unrecorded", &[]);

    fs::write(&manifest, "not a database").expect("its owner may");
    world.finds("manifest", vec![("unreadable-manifest", manifest)]);
    world.heals("manifest", &[]);
}

// Seen to fail when `judge` of objects reads the content in a quick look: what is altered under its seal is found.
#[test]
fn a_quick_look_reads_nothing_and_says_so() {
    let world = World::new();
    alter_under_the_seal(&world.file(3, SHARED));
    let report = world.sandbox.json(["verify", "--quick"]);
    assert!(report["unread_bytes"].as_u64().expect("a number") > 0);
    assert_eq!(report["bytes"], 0);
    let object = world.object(&world.file(3, SHARED));
    chmod(&object, 0o644);
    let file = fs::File::options().write(true).open(&object);
    file.and_then(|file| file.set_len(3))
        .expect("its owner may");
    fs::remove_file(world.file(4, SHARED)).expect("it is there");
    write_through(&world.file(5, ENTRY));
    let output = world.sandbox.run(["--json", "verify", "--quick"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = report["findings"].as_array().expect("a list").iter();
    let found: BTreeSet<&str> = found
        .map(|finding| finding["damage"].as_str().or(finding["defect"].as_str()))
        .map(|kind| kind.expect("a kind"))
        .collect();
    let expected = BTreeSet::from(["truncated-object", "missing", "suspect"]);
    assert_eq!(found, expected, "{report:#}");
}
