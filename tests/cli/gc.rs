//! `gc` with policies: the plan in tables and as data, and what makes no sense.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::archives::{Zip, noise};
use crate::world::{World, hello};

/// Versions of a bundle, the last one current, not used for so many days.
fn versions(world: &World, name: &str, days: &[u64]) {
    for (index, days) in days.iter().enumerate() {
        let version = (index + 1).to_string();
        let content = noise(index as u64 + 1, 40_000);
        let zip = Zip::bundle(name, &version).file("own", &content).bytes();
        world.install(&world.file("archive", zip));
        age(world, name, &version, *days);
    }
}

fn age(world: &World, name: &str, version: &str, days: u64) {
    let stamps = world.store().join("uses").join(name).join(version);
    let stamp = fs::read_dir(stamps)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let at = SystemTime::now() - Duration::from_secs(days * 24 * 3600);
    File::open(stamp).unwrap().set_modified(at).unwrap();
}

fn day(days: u64) -> String {
    let at = SystemTime::now() - Duration::from_secs(days * 24 * 3600);
    let date = std::process::Command::new("date")
        .args([
            "-u",
            "-d",
            &format!(
                "@{}",
                at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
            ),
            "+%Y-%m-%d",
        ])
        .output()
        .unwrap();
    String::from_utf8(date.stdout).unwrap().trim().to_owned()
}

// Seen to fail when a row says why it goes in place of why it stays, and when a dry run sweeps.
#[test]
fn the_plan_says_what_goes_what_stays_and_why() {
    let world = World::new();
    versions(&world, "a", &[40, 30, 20, 1]);
    world.run(&["pin", "a@2", "--as", "good"]).succeeds();
    let file = world.store().join("bundles/a/3");
    let directory = fs::read_dir(file).unwrap().next().unwrap().unwrap().path();
    let directory = directory.with_extension("");
    fs::write(directory.join("data.db"), "mine").unwrap();
    let planned = world
        .run(&[
            "gc",
            "--dry-run",
            "--keep-versions",
            "1",
            "--max-size",
            "1k",
        ])
        .succeeds();
    let lines: Vec<&str> = planned.stdout.lines().map(str::trim_end).collect();
    let words = |index: usize| {
        lines[index]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(words(0), "GOES VERSION BECAUSE LAST USE FREES");
    assert!(
        words(1).starts_with(&format!("a 1 --keep-versions {} ", day(40))),
        "{planned:#?}"
    );
    assert_eq!(lines[2], "");
    assert_eq!(words(3), "STAYS VERSION DESPITE LAST USE BECAUSE");
    assert_eq!(
        words(4),
        format!("a 2 --keep-versions {} pinned as good", day(30))
    );
    assert_eq!(
        words(5),
        format!("a 3 --keep-versions {} 1 extra file", day(20))
    );
    assert_eq!(words(6), format!("a 4 --max-size {} current", day(1)));
    assert_eq!(
        lines[7],
        "1 extra file in a@3, discarded only with --discard-extra:"
    );
    assert_eq!(lines[8], "  data.db");
    assert!(
        lines[10].starts_with("--max-size 1.0 kB is not met: "),
        "{planned:#?}"
    );
    assert!(lines[11].starts_with("would free "), "{planned:#?}");
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{planned:#?}"
    );

    // The same struct, as data; and nothing was deleted by looking.
    let arguments = ["--json", "gc", "--keep-versions", "1", "--max-size", "1k"];
    let collected = world.run(&arguments).succeeds().json();
    let plan = &collected["plan"];
    assert_eq!(plan["bundles"][0]["why"], "keep-versions");
    assert_eq!(plan["bundles"][0]["last_use"]["told_by"], "stamp");
    assert_eq!(plan["stays"][0]["keep"]["label"], "good");
    assert_eq!(plan["stays"][1]["keep"]["files"][0], "data.db");
    assert_eq!(plan["unmet"][0]["policy"], "max-size");
    assert_eq!(plan["bytes"], collected["swept"]["bytes"]);
    assert_eq!(plan["parked"], collected["swept"]["parked"]);
    assert_eq!(collected["swept"]["bundles"], 1);
    assert!(directory.join("data.db").exists());
    world.is_sound();
}

// Seen to fail when the default grace is none.
#[test]
fn without_a_policy_and_within_the_grace_time_every_version_stays() {
    let world = World::new();
    versions(&world, "a", &[400, 6, 0]);
    let is_there = |version: &str| {
        let path = world
            .store()
            .join("refs/a/versions")
            .join(format!("{version}.json"));
        path.exists()
    };
    world.run(&["gc"]).succeeds();
    assert!(is_there("1") && is_there("2") && is_there("3"));
    world
        .run(&["gc", "--keep-versions", "1", "--max-age", "1h"])
        .succeeds();
    assert!(!is_there("1") && is_there("2") && is_there("3"));
    world
        .run(&["gc", "--keep-versions", "1", "--grace", "5d"])
        .succeeds();
    assert!(
        !is_there("2") && is_there("3"),
        "what is current stays at any age"
    );
    world.is_sound();
}

// Seen to fail when `sweep` does not ask for consent.
#[test]
fn a_plan_that_takes_everything_needs_a_yes() {
    let world = World::new();
    let archive = hello();
    let archive = archive.to_str().unwrap();
    world.run(&["install", "--no-activate", archive]).succeeds();
    let policy = ["gc", "--max-age", "0", "--grace", "0"];
    let dry = world
        .run(&[&policy[..], &["--dry-run"]].concat())
        .succeeds();
    assert!(dry.stdout.ends_with("it needs --yes\n"), "{dry:#?}");
    world
        .run(&policy)
        .fails_saying(&["would take all that is installed", "hint: ", "--yes"]);
    let failure = world.run(&[&["--json"], &policy[..]].concat()).exits(1);
    assert_eq!(failure.json_failure()["kind"], "unconfirmed");
    world.run(&["path", "hello@1.0.0"]).succeeds();
    world.run(&[&policy[..], &["--yes"]].concat()).succeeds();
    world
        .run(&["path", "hello@1.0.0"])
        .fails_saying(&["hello@1.0.0 is not installed"]);
    world.is_sound();
}

#[test]
fn sizes_and_times_are_read_as_people_write_them() {
    let world = World::new();
    world.install(&hello());
    for size in ["10 GB", "10GB", "10GiB", "10g", "10000000000"] {
        for option in ["--max-size", "--min-free"] {
            world.run(&["gc", "--dry-run", option, size]).succeeds();
        }
    }
    for time in ["30d", "12h", "90m", "2w", "0"] {
        for option in ["--max-age", "--grace"] {
            world.run(&["gc", "--dry-run", option, time]).succeeds();
        }
    }
    for (option, wrong, word) in [
        ("--max-size", "10 XB", "such as 10GB, 10GiB or 10g"),
        ("--min-free", "lots", "such as 10GB, 10GiB or 10g"),
        ("--max-age", "30", "a number with its unit, such as 30d"),
        ("--grace", "7 days", "a number with its unit, such as 30d"),
        ("--keep-versions", "0", "the current version always stays"),
        ("--keep-versions", "all", "a number of versions, such as 2"),
    ] {
        let refused = world.run(&["gc", option, wrong]).exits(2);
        assert!(refused.stderr.contains(word), "{refused:#?}");
        assert!(refused.stderr.contains(option), "{refused:#?}");
    }
}
