//! Hosts chmod their entry point at each start, and some take away every right to write.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::bundle::Bundle;
use crate::support::held::Held;
use crate::support::sandbox::{Sandbox, succeeded};

// Seen to fail when `Roles::of` links entry points like other files: the witness's modes change.
#[test]
fn a_chmod_right_after_each_install_never_fails_and_stays_in_its_bundle() {
    let sandbox = Sandbox::new();
    // All bundles have the same entry point, and one of them has it as an ordinary file too.
    let bundles: Vec<Bundle> = (0..4)
        .map(|n| Bundle::new(&format!("host{n}"), "1.0.0").files("lib", 20, 7))
        .collect();
    let witness = Bundle::new("witness", "1.0.0").file("copy.py", 0o644, "print('hello')\n");
    let untouched = sandbox.install(&sandbox.pack(&witness));
    let archives: Vec<PathBuf> = bundles.iter().map(|bundle| sandbox.pack(bundle)).collect();
    std::thread::scope(|scope| {
        for n in 0..40 {
            let (sandbox, bundle, archive) = (&sandbox, &bundles[n % 4], &archives[n % 4]);
            scope.spawn(move || {
                let output = sandbox.command(["install"]).arg(archive).output();
                let directory = PathBuf::from(succeeded(output.expect("it starts")));
                let entry = directory.join("server.py");
                fs::set_permissions(&entry, fs::Permissions::from_mode(0o755))
                    .unwrap_or_else(|e| panic!("{}: {e}", entry.display()));
                bundle.assert_complete(&directory);
            });
        }
    });
    for path in ["server.py", "copy.py"] {
        let mode = fs::metadata(untouched.join(path))
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o444, "{path}");
    }
    sandbox.assert_reader_agrees();
    sandbox.assert_sound();
}

/// What a careful host does.
fn harden(directory: &Path) {
    let status = Command::new("chmod")
        .args(["-R", "a-w"])
        .arg(directory)
        .status();
    assert!(status.expect("chmod is there").success());
}

// Seen to fail when `move_away`, or `to_quarantine`, takes `move_aside`: Linux moves no directory that its owner may not write to.
#[test]
fn a_directory_that_was_hardened_makes_way() {
    let sandbox = Sandbox::of_ordinary_user();
    let bundle = Bundle::new("one", "1.0.0").files("lib", 20, 1);
    let archive = sandbox.pack(&bundle);
    harden(&sandbox.install(&archive));
    sandbox.ok(["remove", "one"]);
    sandbox.ok(["gc"]);
    sandbox.assert_sound();
    let directory = sandbox.install(&archive);
    bundle.assert_complete(&directory);
    fs::write(directory.join("notes.db"), "precious").expect("servers may write here");
    fs::remove_file(directory.with_extension("json")).expect("it has one");
    harden(&directory);
    bundle.assert_complete(&sandbox.install(&archive));
    sandbox.ok(["gc"]);
    sandbox.ok(["verify"]);
}

// Seen to fail when `doom_orphan` gives an error of permission on: no command that writes gets past the recovery.
#[test]
fn an_orphan_that_cannot_be_moved_is_told_and_stays() {
    let sandbox = Sandbox::of_ordinary_user();
    let [one, two] = ["1.0.0", "2.0.0"].map(|version| Bundle::new("one", version));
    sandbox.install(&sandbox.pack(&two));
    let directory = sandbox.install(&sandbox.pack(&one));
    let held = Held::shared(&directory);
    sandbox.ok(["remove", "--when-idle", "one@1.0.0"]);
    drop(held);
    fs::remove_file(sandbox.store().join("manifest.redb")).expect("it was there");
    let of_version = directory.parent().expect("bundles/one/1.0.0");
    fs::set_permissions(of_version, fs::Permissions::from_mode(0o555)).expect("its owner may");
    let output = sandbox.run(["gc"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains(&*directory.to_string_lossy()), "{told}");
    one.assert_complete(&directory);
    fs::set_permissions(of_version, fs::Permissions::from_mode(0o755)).expect("its owner may");
    sandbox.ok(["gc"]);
    assert!(!directory.exists());
    sandbox.assert_sound();
}
