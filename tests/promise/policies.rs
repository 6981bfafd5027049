//! A gc by policies: it frees what its plan says, and takes nothing that somebody wants, whenever they say so.

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

// Seen to fail when `Needed::release` lets go of objects at the first bundle that goes, not at the last; when `Tally` counts an
// inode at its first link; when `estimate` takes the removed directory for a leftover.
#[test]
fn each_policy_frees_what_its_plan_says_measured_by_the_filesystem() {
    for (kind, mounted) in [
        ("tmpfs", Mounted::memory("size=64m")),
        ("ext4", Mounted::disk("ext4", 64 << 20, &["-q"], "noatime")),
    ] {
        let Some(disk) = due(kind, mounted) else {
            continue;
        };
        let sandbox = Sandbox::with_store(disk.path().join("store"));
        let [one, two, three] = <[Bundle; 3]>::try_from(three_versions(&sandbox))
            .ok()
            .unwrap();

        let plan = frees_what_is_planned(&sandbox, &["--keep-versions", "2"]);
        assert_eq!(
            versions_of(&plan["bundles"], "why"),
            [("1.0.0", "keep-versions")]
        );
        sandbox.install(&sandbox.pack(&one));
        age(&sandbox, &one, 90);
        sandbox.ok(["use", "app@3.0.0"]);
        age(&sandbox, &three, 30);

        let plan = frees_what_is_planned(&sandbox, &["--max-age", "80d"]);
        assert_eq!(versions_of(&plan["bundles"], "why"), [("1.0.0", "max-age")]);
        sandbox.install(&sandbox.pack(&one));
        age(&sandbox, &one, 90);
        sandbox.ok(["use", "app@3.0.0"]);
        age(&sandbox, &three, 30);

        let size = store_objects(&sandbox);
        let most = (size - 1).to_string();
        let plan = frees_what_is_planned(&sandbox, &["--max-size", &most]);
        assert_eq!(
            versions_of(&plan["bundles"], "why"),
            [("1.0.0", "max-size")]
        );
        assert!(store_objects(&sandbox) < size);

        let least = (free(&sandbox.store()) + 100_000).to_string();
        let plan = frees_what_is_planned(&sandbox, &["--min-free", &least]);
        assert_eq!(
            versions_of(&plan["bundles"], "why"),
            [("2.0.0", "min-free")]
        );

        // What was removed by hand goes first, and is not counted a second time.
        sandbox.install(&sandbox.pack(&two));
        sandbox.ok(["use", "app@3.0.0"]);
        let told = sandbox.json(["remove", "app@2.0.0"])["frees"].as_u64();
        let plan = frees_what_is_planned(&sandbox, &[]);
        assert_eq!(told, Some(bytes(&plan)), "remove said what gc would free");
        sandbox.assert_sound();
        three.assert_complete(Path::new(&sandbox.ok(["path", "app"])));
    }
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

// Seen to fail when `Tally` counts an inode at its first link.
#[test]
fn what_a_kept_bundle_needs_is_not_counted_and_what_only_they_share_goes_with_the_last() {
    let sandbox = Sandbox::new();
    let same = |name: &str| {
        Bundle::new(name, "1.0.0")
            .files("lib", 40, 7)
            .file("big.bin", 0o644, noise(5, 500_000))
    };
    let bundles = [same("a"), same("b"), same("c")];
    for (bundle, days) in bundles.iter().zip([30, 20, 10]) {
        let archive = sandbox.pack(bundle);
        sandbox.ok([Path::new("install"), Path::new("--no-activate"), &archive]);
        age(&sandbox, bundle, days);
    }
    sandbox.ok(["use", "c@1.0.0"]);
    let with_c = sandbox.json(["gc", "--dry-run", "--max-age", "1d"]);
    let freed = |plan: &Value| -> Vec<u64> {
        let bundles = plan["plan"]["bundles"].as_array().expect("a list");
        bundles.iter().map(bytes).collect()
    };
    let [a, b] = <[u64; 2]>::try_from(freed(&with_c)).unwrap();
    assert!(a < 500_000 && b < 500_000, "c needs it all: {with_c}");
    sandbox.ok(["remove", "c"]);
    let without_c = sandbox.json(["gc", "--dry-run", "--max-age", "1d"]);
    let [first, last] = <[u64; 2]>::try_from(freed(&without_c)).unwrap();
    assert_eq!(first, a, "b still needs it");
    assert!(last > 500_000, "with the last it goes: {without_c}");
}

/// What somebody does who wants the first version; a lease, if that is what they take.
type Want = fn(&Sandbox) -> Option<File>;

/// Plans with one version kept, lets something happen, and sweeps.
fn between(sandbox: &Sandbox, options: &GcOptions, happens: impl FnOnce()) -> Swept {
    let store = open(sandbox);
    let gc = store.gc(options, &Silent).expect("it plans");
    let planned: Vec<&str> = gc
        .plan()
        .bundles
        .iter()
        .map(|at| at.version.as_str())
        .collect();
    assert_eq!(planned, ["1.0.0", "2.0.0"]);
    assert!(
        gc.plan()
            .bundles
            .iter()
            .all(|at| at.why == Why::KeepVersions)
    );
    happens();
    gc.sweep().expect("it sweeps")
}

// Seen to fail when `is_wanted` does not compare the stamp, and when it does not look for extra files; when `still_goes` does
// not ask for what is current, and when it does not ask for pins; when `take` goes on although the directory is held.
#[test]
fn what_somebody_wants_between_plan_and_sweep_stays() {
    let wants: [(&str, Want); 5] = [
        ("a use", |sandbox| {
            sandbox.ok(["path", "app@1.0.0"]);
            None
        }),
        ("a switch", |sandbox| {
            let stamp = stamp_of(sandbox, &version(1));
            let before = fs::metadata(&stamp).and_then(|found| found.modified());
            sandbox.ok(["use", "app@1.0.0"]);
            let stamp = File::open(stamp).expect("it is there");
            // The roots alone must tell.
            stamp
                .set_modified(before.expect("a time"))
                .expect("it is ours");
            None
        }),
        ("a pin", |sandbox| {
            sandbox.ok(["pin", "app@1.0.0"]);
            None
        }),
        ("a lease", |sandbox| {
            let held = File::open(directory_of(sandbox, 1)).expect("it is there");
            held.lock_shared().expect("nobody has it");
            Some(held)
        }),
        ("a file", |sandbox| {
            fs::write(directory_of(sandbox, 1).join("notes.txt"), "mine").expect("it is ours");
            None
        }),
    ];
    for (what, wants) in wants {
        let sandbox = Sandbox::new();
        let versions = three_versions(&sandbox);
        let mut lease = None;
        let swept = between(&sandbox, &keep_one(), || lease = wants(&sandbox));
        let spared: Vec<&str> = swept.spared.iter().map(|at| at.version.as_str()).collect();
        assert_eq!(spared, ["1.0.0"], "{what}");
        assert_eq!(swept.bundles, 1, "{what}");
        versions[0].assert_complete(&directory_of(&sandbox, 1));
        assert!(!sandbox.run(["path", "app@2.0.0"]).status.success());
        drop(lease);
        sandbox.assert_sound();
        versions[0].assert_complete(&directory_of(&sandbox, 1));
    }
}

/// The versions that stayed although they were planned to go.
fn versions_in(swept: &Swept) -> Vec<&str> {
    let spared = swept.spared.iter();
    spared.map(|at| at.version.as_str()).collect()
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

// Seen to fail when `still_goes` does not ask whether anything names what a policy takes: the removed one is told as kept.
#[test]
fn what_is_removed_or_published_anew_between_plan_and_sweep_is_none_of_its_business() {
    let sandbox = Sandbox::new();
    let versions = three_versions(&sandbox);
    let swept = between(&sandbox, &keep_one(), || {
        sandbox.ok(["remove", "app@1.0.0"]);
        sandbox.ok(["remove", "app@2.0.0"]);
        sandbox.install(&sandbox.pack(&versions[1]));
    });
    assert_eq!(swept.bundles, 0);
    assert_eq!(versions_in(&swept), ["2.0.0"]);
    versions[1].assert_complete(&directory_of(&sandbox, 2));
    sandbox.assert_sound();
    versions[1].assert_complete(&directory_of(&sandbox, 2));
}

// Seen to fail when `candidate` names no guard for what is pinned, or none for what is current; when `Facts::obstacle` asks
// nobody who holds it, or not for extra files.
#[test]
fn what_is_current_pinned_held_recent_or_written_to_stays_and_says_so() {
    let sandbox = Sandbox::new();
    let versions: Vec<Bundle> = (1..=6).map(version).collect();
    for (bundle, days) in versions.iter().zip([90, 80, 70, 60, 3, 50]) {
        sandbox.install(&sandbox.pack(bundle));
        age(&sandbox, bundle, days);
    }
    sandbox.ok(["pin", "app@1.0.0", "--as", "good"]);
    let held = File::open(directory_of(&sandbox, 2)).expect("it is there");
    held.lock_shared().expect("nobody has it");
    fs::write(directory_of(&sandbox, 3).join("data.sqlite"), "rows").expect("it is ours");
    let policies = [
        "--keep-versions",
        "1",
        "--max-age",
        "1d",
        "--max-size",
        "0",
        "--min-free",
        "1g",
    ];
    let plan = sandbox.json([&["gc"], &policies[..]].concat())["plan"].clone();
    assert_eq!(
        versions_of(&plan["bundles"], "why"),
        [("4.0.0", "keep-versions")]
    );
    let stays: Vec<(&str, &str)> = plan["stays"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            (
                row["version"].as_str().unwrap(),
                row["keep"]["by"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        stays,
        [
            ("1.0.0", "pin"),
            ("2.0.0", "lease"),
            ("3.0.0", "extra-files"),
            ("6.0.0", "current"),
            ("5.0.0", "grace"),
        ]
    );
    assert_eq!(
        plan["stays"][2]["keep"]["files"],
        serde_json::json!(["data.sqlite"])
    );
    assert_eq!(plan["unmet"][0]["policy"], "max-size");
    assert_eq!(plan["unmet"][0]["missing"], store_objects(&sandbox));
    for (index, bundle) in versions.iter().enumerate().filter(|(index, _)| *index != 3) {
        bundle.assert_complete(&directory_of(&sandbox, index as u64 + 1));
    }
    sandbox.assert_sound();
    drop(held);
    // Only what was in the way of the first gc goes with the next.
    let plan = sandbox.json(["gc", "--max-age", "75d", "--discard-extra"])["plan"].clone();
    assert_eq!(versions_of(&plan["bundles"], "why"), [("2.0.0", "max-age")]);
    assert!(directory_of(&sandbox, 3).join("data.sqlite").exists());
    let plan = sandbox.json(["gc", "--max-age", "65d", "--discard-extra"])["plan"].clone();
    assert_eq!(
        plan["bundles"][0]["extra_files"],
        serde_json::json!(["data.sqlite"])
    );
    sandbox.assert_sound();
}

// Seen to fail when `Used::new` does not count the future as now.
#[test]
fn a_clock_that_jumped_makes_nothing_old() {
    let sandbox = Sandbox::new();
    let versions = three_versions(&sandbox);
    let stamp = sandbox.store().join("uses/app/1.0.0");
    let stamp = fs::read_dir(stamp).unwrap().next().unwrap().unwrap().path();
    let ahead = SystemTime::now() + DAY * 4000;
    File::open(stamp).unwrap().set_modified(ahead).unwrap();
    let gc = sandbox.run(["gc", "--keep-versions", "1", "--max-age", "10d"]);
    assert!(gc.status.success());
    let told = String::from_utf8_lossy(&gc.stderr).into_owned();
    assert!(
        told.contains("did a clock jump?") && told.contains("app@1.0.0"),
        "{told}"
    );
    versions[0].assert_complete(&directory_of(&sandbox, 1));
    assert!(!sandbox.run(["path", "app@2.0.0"]).status.success());
}

// Seen to fail when a missing stamp counts as used in 1970.
#[test]
fn what_was_never_used_is_as_old_as_its_install() {
    let sandbox = Sandbox::new();
    three_versions(&sandbox);
    fs::remove_dir_all(sandbox.store().join("uses/app")).expect("it is ours");
    let plan = sandbox.json(["gc", "--dry-run", "--keep-versions", "1"])["plan"].clone();
    assert_eq!(
        plan["bundles"],
        serde_json::json!([]),
        "installed a moment ago"
    );
    assert_eq!(plan["stays"][0]["last_use"]["told_by"], "install");
    let plan = sandbox.json(["gc", "--dry-run", "--keep-versions", "1", "--grace", "0"]);
    assert_eq!(plan["plan"]["bundles"].as_array().map(Vec::len), Some(2));
}

/// Cancels when the sweep has begun.
struct CancelsSweep(CancelToken);

impl Observer for CancelsSweep {
    fn event(&self, event: &Event) {
        if matches!(
            event,
            Event::Phase {
                phase: Phase::Sweep
            }
        ) {
            self.0.cancel();
        }
    }
}

// Seen to fail when recovery leaves directories without a record where they are.
#[test]
fn an_interrupted_sweep_goes_on_next_time() {
    let sandbox = Sandbox::new();
    let versions = three_versions(&sandbox);
    let cancels = CancelsSweep(CancelToken::default());
    let options = GcOptions {
        control: Control {
            cancel: cancels.0.clone(),
            ..Control::default()
        },
        ..keep_one()
    };
    let store = open(&sandbox);
    let gc = store.gc(&options, &cancels).expect("it plans");
    assert!(matches!(gc.sweep(), Err(Error::Cancelled)));
    drop(store);
    let begun = Instant::now();
    sandbox.ok(["gc", "--dry-run", "--keep-versions", "1"]);
    let mut killing = Killing::of(begun.elapsed());
    let mut deaths = 0;
    while deaths < 25 {
        for bundle in &versions[..2] {
            let archive = sandbox.pack(bundle);
            sandbox.ok([Path::new("install"), Path::new("--no-activate"), &archive]);
            age(&sandbox, bundle, 60);
        }
        let mut gc = sandbox.spawn(["gc", "--keep-versions", "1"]);
        if killing.kill(&mut gc) == Killed::Running {
            deaths += 1;
        }
        versions[2].assert_complete(&directory_of(&sandbox, 3));
        for listed in sandbox.json(["list"]).as_array().expect("a list") {
            let directory = Path::new(listed["directory"].as_str().expect("text"));
            let bundle = versions
                .iter()
                .find(|bundle| listed["version"] == *bundle.version);
            bundle.expect("one of ours").assert_complete(directory);
        }
    }
    sandbox.ok(["gc", "--keep-versions", "1"]);
    sandbox.assert_sound();
    let alone = Sandbox::new();
    alone.install(&alone.pack(&versions[2]));
    assert_eq!(sandbox.objects(), alone.objects(), "nothing is left over");
    sandbox.assert_reader_agrees();
}

// Seen to fail when `sweep` does not ask for consent.
#[test]
fn a_policy_that_would_take_everything_asks_first() {
    let sandbox = Sandbox::new();
    let bundle = version(1);
    let archive = sandbox.pack(&bundle);
    sandbox.ok([Path::new("install"), Path::new("--no-activate"), &archive]);
    age(&sandbox, &bundle, 60);
    let mut options = GcOptions {
        policies: GcPolicies {
            max_age: Some(DAY),
            ..GcPolicies::default()
        },
        extra_files: ExtraFiles::Discard,
        ..GcOptions::default()
    };
    let store = open(&sandbox);
    let refused = store.gc(&options, &Silent).expect("it plans").sweep();
    assert!(matches!(
        refused,
        Err(Error::TakesEverything { bundles: 1, .. })
    ));
    bundle.assert_complete(&directory_of(&sandbox, 1));
    options.consent = Consent::Given;
    let swept = store.gc(&options, &Silent).expect("it plans").sweep();
    assert_eq!(swept.expect("it was meant").bundles, 1);
    assert_eq!(sandbox.objects(), 0);
    sandbox.assert_sound();
}
