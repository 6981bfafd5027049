//! A write through a hard link is found, and altered content never spreads.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::bundle::Bundle;
use crate::support::sandbox::{Sandbox, succeeded};
use crate::support::vandal::alter_under_the_seal;

const LIBRARY: &str = "lib/d1/f1.py";

// Seen to fail when `need` believes every object that is there (`is_sealed` left out).
#[test]
fn altered_content_is_quarantined_and_not_linked_again() {
    altered_content_stays_where_it_is(&Sandbox::new());
}

// Root may write into what is not its own. Seen to fail on the same change.
#[test]
fn nor_is_what_root_altered_in_the_store_of_another() {
    altered_content_stays_where_it_is(&Sandbox::of_ordinary_user());
}

fn altered_content_stays_where_it_is(sandbox: &Sandbox) {
    let one = Bundle::new("one", "1.0.0").files("lib", 20, 1);
    let two = Bundle::new("two", "1.0.0").files("lib", 20, 1);
    let first = sandbox.install(&sandbox.pack(&one));
    let edited = first.join(LIBRARY);
    let length = fs::metadata(&edited).expect("it is there").len() as usize;
    fs::set_permissions(&edited, fs::Permissions::from_mode(0o644)).expect("its owner may");
    fs::write(&edited, vec![b'x'; length]).expect("its owner may");
    let report = sandbox.run(["--json", "verify"]);
    assert_eq!(report.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).expect("JSON");
    let altered = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|finding| finding["defect"] == "altered-object")
        .unwrap_or_else(|| panic!("{report}"));
    assert_eq!(altered["harms"][0]["bundle"], "one@1.0.0");
    assert_eq!(altered["harms"][0]["path"], LIBRARY);
    two.assert_complete(&sandbox.install(&sandbox.pack(&two)));
    let kept = fs::read_dir(sandbox.store().join("quarantine"))
        .expect("it is there")
        .count();
    assert_eq!(kept, 1);
    // Installing the damaged bundle again heals it in place.
    one.assert_complete(&sandbox.install(&sandbox.pack(&one)));
    sandbox.ok(["verify"]);
}

// Seen to fail when the walk excuses missing files.
#[test]
fn a_deleted_file_of_an_installed_bundle_comes_back() {
    let sandbox = Sandbox::new();
    let one = Bundle::new("one", "1.0.0").files("lib", 20, 1);
    let archive = sandbox.pack(&one);
    let directory = sandbox.install(&archive);
    fs::remove_file(directory.join("server.py")).expect("it is there");
    fs::remove_dir_all(directory.join("lib/d3")).expect("it is there");
    fs::write(directory.join("data.txt"), "the server's own").expect("directories are writable");
    assert_eq!(sandbox.run(["verify"]).status.code(), Some(1));
    assert_eq!(sandbox.install(&archive), directory);
    one.assert_complete(&directory);
    assert_eq!(
        fs::read(directory.join("data.txt")).expect("kept"),
        b"the server's own"
    );
    let report = sandbox.json(["verify"]);
    assert_eq!(report["extra"][0]["paths"][0], "data.txt");
}

/// A bundle that has the entry point's content as an ordinary file too, and in a private one.
fn with_copies(name: &str) -> Bundle {
    Bundle::new(name, "1.0.0")
        .file("copy.py", 0o644, "print('hello')\n")
        .file("__pycache__/copy.pyc", 0o644, "print('hello')\n")
}

// Seen to fail when `Copier::of_object` does not compare what it copied: the entry point of the second bundle is altered.
#[test]
fn altered_content_is_not_copied_either_even_under_a_whole_seal() {
    for mode in ["auto", "copy", "reflink"] {
        let sandbox = Sandbox::new();
        let directory = sandbox.install(&sandbox.pack(&with_copies("one")));
        alter_under_the_seal(&directory.join("copy.py"));
        let two = with_copies("two");
        let archive = sandbox.pack(&two);
        let installed = sandbox.ok([
            "install",
            "--link-mode",
            mode,
            archive.to_str().expect("text"),
        ]);
        two.assert_complete(std::path::Path::new(&installed));
        let kept = fs::read_dir(sandbox.store().join("quarantine"));
        assert_eq!(kept.expect("it is there").count(), 1, "{mode}");
        // The bundle that it was altered in is healed by its own archive.
        let one = with_copies("one");
        one.assert_complete(&sandbox.install(&sandbox.pack(&one)));
        sandbox.ok(["verify"]);
    }
}

// Seen to fail when a tree of copies stops at the first object that is altered, though the seals were looked at: it was then begun
// anew for every one or two of them.
#[test]
fn many_altered_objects_are_found_in_a_few_tries() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("one", "1.0.0").files("lib", 60, 1);
    let archive = sandbox.pack(&bundle);
    let directory = sandbox.install(&archive);
    for number in 0..60 {
        let file = directory.join(format!("lib/d{}/f{number}.py", number % 17));
        alter_under_the_seal(&file);
    }
    sandbox.ok(["remove", "one"]);
    let archive = archive.to_str().expect("text");
    let arguments = [
        "--progress",
        "json",
        "install",
        "--link-mode",
        "copy",
        archive,
    ];
    let output = sandbox.run(arguments);
    let events = String::from_utf8_lossy(&output.stderr).into_owned();
    bundle.assert_complete(std::path::Path::new(&succeeded(output)));
    let tries = events
        .matches(r#"{"event":"phase","phase":"materialize"}"#)
        .count();
    assert!((2..=3).contains(&tries), "{tries}: {events}");
}
