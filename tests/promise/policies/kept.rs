//! What stays though a policy would take it.

use super::*;

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
    let held = Held::shared(directory_of(&sandbox, 2));
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
