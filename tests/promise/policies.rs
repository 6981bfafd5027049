//! A gc by policies: it frees what its plan says, and takes nothing that somebody wants, whenever they say so.

mod elsewhere;
mod freed;
mod interrupted;
mod kept;
mod meanwhile;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use linkstead_store::{
    CancelToken, Consent, Control, Error, Event, ExtraFiles, GcOptions, GcPolicies, Observer,
    OpenMode, OpenOptions, Phase, Silent, Store, Swept, Why,
};
use serde_json::Value;

use crate::support::bundle::{Bundle, noise};
use crate::support::held::Held;
use crate::support::killing::{Killed, Killing};
use crate::support::mount::{Mounted, due, run};
use crate::support::sandbox::Sandbox;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A version of `app`: most of it is the same in all, some is its own.
fn version(number: u64) -> Bundle {
    Bundle::new("app", &format!("{number}.0.0"))
        .files("lib", 60, 1)
        .files("own", 30, 100 + number)
        .file("big.bin", 0o644, noise(2 * number + 1, 300_000))
}

/// Three versions, the third current; the first was not used for the longest.
fn three_versions(sandbox: &Sandbox) -> Vec<Bundle> {
    let versions: Vec<Bundle> = (1..=3).map(version).collect();
    for (bundle, days) in versions.iter().zip([90, 60, 30]) {
        sandbox.install(&sandbox.pack(bundle));
        age(sandbox, bundle, days);
    }
    versions
}

/// Sets the last use so many days back.
fn age(sandbox: &Sandbox, bundle: &Bundle, days: u32) {
    let stamp = File::open(stamp_of(sandbox, bundle)).expect("it is there");
    let at = SystemTime::now() - DAY * days;
    stamp.set_modified(at).expect("it is ours");
}

fn stamp_of(sandbox: &Sandbox, bundle: &Bundle) -> PathBuf {
    let stamps = sandbox.store().join("uses").join(&bundle.name);
    let mut stamps = fs::read_dir(stamps.join(&bundle.version)).expect("it was installed");
    let stamp = stamps.next().expect("one directory, one stamp");
    stamp.expect("it can be listed").path()
}

fn keep_one() -> GcOptions {
    let mut options = GcOptions::default();
    options.policies.keep_versions = std::num::NonZeroU32::new(1);
    options
}

fn open(sandbox: &Sandbox) -> Store {
    Store::open(sandbox.store(), &OpenOptions::new(OpenMode::ReadWrite)).expect("it opens")
}

/// Bytes that are free on the disk of a directory, as the system's own tool tells them, once everything is written back.
fn free(directory: &Path) -> u64 {
    run(Command::new("sync").arg("-f").arg(directory)).expect("it syncs");
    let told = Command::new("stat")
        .args(["-f", "-c", "%f %S"])
        .arg(directory)
        .output();
    let told = String::from_utf8(told.expect("it tells").stdout).expect("numbers");
    let (blocks, size) = told.trim().split_once(' ').expect("two of them");
    blocks.parse::<u64>().expect("a number") * size.parse::<u64>().expect("a number")
}

fn bytes(value: &Value) -> u64 {
    value["bytes"].as_u64().expect("a number")
}

fn versions_of<'a>(rows: &'a Value, member: &str) -> Vec<(&'a str, &'a str)> {
    let rows = rows.as_array().expect("a list").iter();
    let text = |value: &'a Value| value.as_str().expect("text");
    rows.map(|row| (text(&row["version"]), text(&row[member])))
        .collect()
}

/// Directories grow and shrink by blocks as names come and go, and so does the manifest.
const SLACK: u64 = 32 << 10;

/// The plan, and that a sweep gives back as much as it says, as the filesystem measures it.
#[track_caller]
fn frees_what_is_planned(sandbox: &Sandbox, policies: &[&str]) -> Value {
    let dry: Vec<&str> = [&["gc", "--dry-run"], policies].concat();
    let plan = sandbox.json(&dry);
    assert!(plan["swept"].is_null(), "{plan}");
    let plan = plan["plan"].clone();
    let before = free(&sandbox.store());
    let swept = sandbox.json([&["gc"], policies].concat())["swept"].clone();
    let freed = free(&sandbox.store()) - before;
    let planned = bytes(&plan);
    assert_eq!(planned, bytes(&swept), "the sweep did what was planned");
    assert!(
        planned.abs_diff(freed) <= SLACK && planned > 4 * SLACK,
        "{policies:?}: {planned} planned, {freed} freed"
    );
    plan
}

fn directory_of(sandbox: &Sandbox, number: u64) -> PathBuf {
    // Not by `path`, which is a use.
    let of_version = format!("bundles/app/{number}.0.0");
    walkdir::WalkDir::new(sandbox.store().join(of_version))
        .min_depth(1)
        .max_depth(1)
        .into_iter()
        .map(|entry| entry.expect("it can be listed").into_path())
        .find(|path| path.is_dir())
        .expect("it is installed")
}

/// What the objects take of the disk.
fn store_objects(sandbox: &Sandbox) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    walkdir::WalkDir::new(sandbox.store().join("objects"))
        .into_iter()
        .map(|entry| {
            entry
                .expect("it can be listed")
                .metadata()
                .expect("it is there")
        })
        .filter(std::fs::Metadata::is_file)
        .map(|found| found.blocks() * 512)
        .sum()
}
