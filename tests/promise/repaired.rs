//! Each kind of damage, planted in a store of twenty bundles that share content: verify names exactly it, a repair heals all
//! bundles or says which not, and a second verify is clean.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::support::bundle::Bundle;
use crate::support::killing::{Killed, Killing};
use crate::support::sandbox::Sandbox;
use crate::support::vandal::alter_under_the_seal;

const BUNDLES: usize = 20;
const KILLS: usize = 20;
/// A file that all bundles have, as a link of one inode.
const SHARED: &str = "lib/d1/f1.py";
/// One of them that may be executed.
const SHARED_PROGRAM: &str = "lib/d11/f11.py";
/// A file that all have, with the content of the entry point, which is a copy.
const LIKE_ENTRY: &str = "copy.py";
const ENTRY: &str = "server.py";

/// A store of twenty bundles.
struct World {
    sandbox: Sandbox,
    bundles: Vec<Bundle>,
    archives: Vec<PathBuf>,
    directories: Vec<PathBuf>,
}

/// What verify should say: defect or damage, and the end of the path.
type Expected = Vec<(&'static str, PathBuf)>;

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let bundles: Vec<Bundle> = (0..BUNDLES).map(bundle).collect();
        let archives: Vec<PathBuf> = bundles.iter().map(|bundle| sandbox.pack(bundle)).collect();
        let directories = archives.iter().map(|archive| sandbox.install(archive));
        World {
            directories: directories.collect(),
            sandbox,
            bundles,
            archives,
        }
    }

    fn file(&self, bundle: usize, path: &str) -> PathBuf {
        self.directories[bundle].join(path)
    }

    fn in_store(&self, path: &str) -> PathBuf {
        self.sandbox.store().join(path)
    }

    /// The object whose inode a file is.
    fn object(&self, file: &Path) -> PathBuf {
        let inode = fs::metadata(file).expect("it is there").ino();
        let mut objects = files_in(&self.in_store("objects")).into_iter();
        objects
            .find(|object| fs::metadata(object).expect("it is there").ino() == inode)
            .expect("it is a link of an object")
    }

    fn receipt(&self, bundle: usize) -> PathBuf {
        self.directories[bundle].with_extension("json")
    }

    fn tree(&self, bundle: usize) -> PathBuf {
        let receipt = fs::read(self.receipt(bundle)).expect("it has one");
        let receipt: Value = serde_json::from_slice(&receipt).expect("JSON");
        let tree = receipt["tree"].as_str().expect("hex");
        self.in_store("trees").join(&tree[..2]).join(&tree[2..])
    }

    fn refs(&self, bundle: usize) -> PathBuf {
        self.in_store("refs").join(&self.bundles[bundle].name)
    }

    /// Asserts that verify finds this and nothing else.
    #[track_caller]
    fn finds(&self, what: &str, mut expected: Expected) {
        let report = self.sandbox.damage_report();
        let found = report["findings"].as_array().expect("a list");
        let mut told: Vec<(&str, PathBuf)> = found
            .iter()
            .map(|finding| {
                let kind = finding["damage"].as_str().or(finding["defect"].as_str());
                let path = finding["path"].as_str().expect("a path");
                (kind.expect("a kind"), PathBuf::from(path))
            })
            .collect();
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "{what}: {report:#}");
    }

    /// Asserts that verify finds this left over, and nothing wrong.
    #[track_caller]
    fn finds_left(&self, defect: &str, path: &Path) {
        let report = self.sandbox.json(["verify"]);
        let left = report["leftovers"].as_array().expect("a list");
        assert_eq!(left.len(), 1, "{report:#}");
        assert_eq!(left[0]["defect"], defect);
        assert_eq!(left[0]["path"].as_str(), path.to_str());
    }

    fn repair(&self, from: &[&Path]) -> (Option<i32>, Value) {
        let mut command = self.sandbox.command(["--json", "verify", "--repair"]);
        for archive in from {
            command.arg("--from").arg(archive);
        }
        let output = command.output().expect("it starts");
        let told = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout);
        let report = report.unwrap_or_else(|error| panic!("{error}: {told}"));
        (output.status.code(), report)
    }

    /// Asserts that a repair heals everything.
    #[track_caller]
    fn heals(&self, what: &str, from: &[&Path]) {
        let (code, report) = self.repair(from);
        assert_eq!(code, Some(0), "{what}: {report:#}");
        assert_eq!(report["reinstall"], Value::Array(vec![]), "{what}");
        self.is_clean(what);
    }

    /// Asserts that a repair names these bundles, and that everything is healed when they are installed again.
    #[track_caller]
    fn names(&self, what: &str, bundles: &BTreeSet<usize>) {
        let (code, report) = self.repair(&[]);
        assert_eq!(code, Some(1), "{what}: {report:#}");
        let named: BTreeSet<&str> = report["reinstall"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|name| name.as_str().expect("text"))
            .collect();
        let expected: Vec<String> = bundles
            .iter()
            .map(|bundle| self.bundles[*bundle].identity())
            .collect();
        assert_eq!(
            named,
            expected.iter().map(String::as_str).collect(),
            "{what}: {report:#}"
        );
        for bundle in bundles {
            let directory = self.sandbox.install(&self.archives[*bundle]);
            self.bundles[*bundle].assert_complete(&directory);
        }
        self.is_clean(what);
    }

    #[track_caller]
    fn is_clean(&self, what: &str) {
        let report = self.sandbox.json(["verify"]);
        let none = Value::Array(vec![]);
        assert_eq!(report["findings"], none, "{what}");
        assert_eq!(report["leftovers"], none, "{what}");
        assert_eq!(report["unshared"], none, "{what}");
        for (bundle, directory) in self.bundles.iter().zip(&self.directories) {
            if directory.exists() {
                bundle.assert_complete(directory);
            }
        }
        self.sandbox.assert_reader_agrees();
    }
}

fn bundle(number: usize) -> Bundle {
    Bundle::new(&format!("bundle{number:02}"), "1.0.0")
        .files("lib", 20, 1)
        .files("own", 3, 100 + number as u64)
        .file(LIKE_ENTRY, 0o644, "print('hello')\n")
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let shelves = fs::read_dir(directory).expect("a directory of the store");
    let shelves = shelves.map(|shelf| shelf.expect("an entry").path());
    shelves
        .flat_map(|shelf| fs::read_dir(shelf).expect("a shelf"))
        .map(|file| file.expect("an entry").path())
        .collect()
}

fn chmod(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("its owner may");
}

/// Writes through the links of a file, as a careless server does.
fn write_through(file: &Path) {
    let length = fs::metadata(file).expect("it is there").len() as usize;
    chmod(file, 0o644);
    fs::write(file, vec![b'x'; length]).expect("its owner may");
}

fn all() -> BTreeSet<usize> {
    (0..BUNDLES).collect()
}

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

/// Copies the store as a tool does that knows no hard links.
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

// Seen to fail when `Repair::mend` makes no mark: what it had in staging lies there for good.
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
