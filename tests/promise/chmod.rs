//! Hosts chmod their entry point at each start.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::bundle::Bundle;
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
