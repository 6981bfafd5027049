//! `kill -9` at a random moment of a checkout.

use std::ffi::OsStr;
use std::fs;
use std::time::Instant;

use super::{beside, check_out, installed};
use crate::support::killing::{Killed, Killing};

// Seen to fail when recovery settles no checkouts: names are left beside the path.
#[test]
fn killed_at_any_moment_it_leaves_the_old_or_the_new_and_nothing_beside() {
    const KILLS: usize = 60;
    let (sandbox, bundles, path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let begun = Instant::now();
    check_out(&sandbox, "tool@2.0.0", &path, &[]);
    let mut killing = Killing::of(begun.elapsed());
    let (mut killed, mut turn) = (0, 0);
    while killed < KILLS {
        let next = bundles[turn % 2].identity();
        turn += 1;
        let arguments: [&OsStr; 3] = ["checkout".as_ref(), next.as_ref(), path.as_ref()];
        if killing.kill(&mut sandbox.spawn(arguments)) == Killed::TooLate {
            continue;
        }
        killed += 1;
        // Any writer recovers.
        sandbox.ok(["verify"]);
        let version = fs::read(path.join("VERSION")).expect("one of both is there");
        bundles[usize::from(version != b"1.0.0")].assert_complete(&path);
        assert_eq!(beside(&path), ["tool"]);
        // The record of what was replaced may be there too: it is deleted last.
        let known = sandbox.json(["checkout"]);
        let count = |standing: &str| {
            let known = known.as_array().expect("a list").iter();
            known.filter(|one| one["standing"] == standing).count()
        };
        assert_eq!(
            (count("here"), count("unfinished"), count("away")),
            (1, 0, 0),
            "{known}"
        );
    }
    sandbox.assert_sound();
}

// Seen to fail when what is taken back is not deleted.
#[test]
fn killed_at_any_moment_the_first_one_is_whole_or_absent() {
    let (sandbox, [one, _], path) = installed();
    let begun = Instant::now();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let mut killing = Killing::of(begun.elapsed());
    let mut killed = 0;
    while killed < 40 {
        sandbox.run([
            OsStr::new("checkout"),
            "--forget".as_ref(),
            path.as_os_str(),
        ]);
        let _ = fs::remove_dir_all(&path);
        let arguments: [&OsStr; 3] = ["checkout".as_ref(), "tool@1.0.0".as_ref(), path.as_ref()];
        if killing.kill(&mut sandbox.spawn(arguments)) == Killed::TooLate {
            continue;
        }
        killed += 1;
        sandbox.ok(["verify"]);
        match fs::exists(&path).expect("it can be looked at") {
            true => one.assert_complete(&path),
            false => assert_eq!(sandbox.json(["checkout"]), serde_json::json!([])),
        }
        assert!(beside(&path).iter().all(|name| name == "tool"));
    }
    sandbox.assert_sound();
}
