//! Damage in it is found, and what it holds mends the store.

use std::fs;

use super::{check_out, installed};
use crate::support::vandal::alter_under_the_seal;

// Seen to fail when verify does not look at checkouts, and when a checkout of the same takes its word for whole; when the damage is
// told as one that a repair mends, and when its harm is told as one of a bundle.
#[test]
fn a_damaged_one_is_found_and_mended() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &["--link-mode", "copy"]);
    let victim = path.join("VERSION");
    fs::write(&victim, "9.9.9!").expect("it is ours");
    let finding = &sandbox.findings()[0];
    assert_eq!(finding["path"], victim.to_str().expect("text"));
    assert_eq!(finding["remedy"], "check-out");
    let harm = &finding["harms"][0];
    assert_eq!(harm["checkout"], path.to_str().expect("text"));
    assert_eq!(
        (&harm["of"], &harm["path"]),
        (&"tool@1.0.0".into(), &"VERSION".into())
    );
    assert!(harm["bundle"].is_null(), "{harm}");
    let told = sandbox.run(["verify"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let command = format!(
        "linkstead checkout tool@1.0.0 {} --link-mode copy",
        path.display()
    );
    assert!(
        told.contains(&format!("check it out again: {command}\n")),
        "{told}"
    );
    let repaired = sandbox.run(["--json", "verify", "--repair"]).stdout;
    let repaired: serde_json::Value = serde_json::from_slice(&repaired).expect("a report");
    assert_eq!(repaired["reinstall"], serde_json::json!([]));
    assert_eq!(
        repaired["check_out"][0]["checkout"],
        path.to_str().expect("text")
    );
    let hint = sandbox.run(["verify", "--repair"]).stderr;
    assert!(String::from_utf8_lossy(&hint).contains(&command));
    let report = check_out(&sandbox, "tool@1.0.0", &path, &["--link-mode", "copy"]);
    assert_eq!(report["outcome"], "replaced");
    one.assert_complete(&path);
    sandbox.assert_sound();
}

// Seen to fail when `Copies` does not look into checkouts, and when what can be done is said before they were looked at.
#[test]
fn an_object_that_only_checkouts_need_is_mended_from_one() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &["--link-mode", "copy"]);
    sandbox.ok(["remove", "tool@1.0.0"]);
    sandbox.ok(["remove", "tool@2.0.0"]);
    sandbox.ok(["gc"]);
    let objects = sandbox.store().join("objects");
    let objects = walkdir::WalkDir::new(objects).into_iter();
    let mut files =
        objects.filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_file()));
    let lost = files.next().expect("what the checkout needs").into_path();
    let altered = files.next().expect("of more than one file").into_path();
    fs::remove_file(&lost).expect("it is ours");
    alter_under_the_seal(&altered);
    for finding in sandbox.findings() {
        assert_eq!(finding["remedy"], "repair", "{finding}");
        assert_eq!(finding["harms"][0]["of"], "tool@1.0.0", "{finding}");
    }
    let report = sandbox.json(["verify", "--repair"]);
    assert_eq!(
        report["healed"].as_array().map(Vec::len),
        Some(2),
        "{report}"
    );
    one.assert_complete(&path);
    assert!(lost.exists() && altered.exists());
    sandbox.ok(["verify"]);
}
