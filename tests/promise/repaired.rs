//! Each kind of damage, planted in a store of twenty bundles that share content: verify names exactly it, a repair heals all
//! bundles or says which not, and a second verify is clean.

mod copied;
mod edited;
mod killed;
mod kinds;
mod meanwhile;

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
