//! A store across two mounts: names cannot be moved or linked between them, so it is refused before anything is written.

use std::path::Path;
use std::process::Command;

use crate::course;
use crate::support::mount::{self, Mounted, due};
use crate::support::sandbox::Sandbox;

fn refused(sandbox: &Sandbox, part: &Path) {
    let archive = sandbox.pack(&course::bundles()[1]);
    for arguments in [
        &["install".as_ref(), archive.as_os_str()][..],
        &["remove".as_ref(), "one".as_ref()],
    ] {
        let output = sandbox.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        for said in [part.to_str().expect("text"), "mounted apart", "hint: "] {
            assert!(told.contains(said), "{said:?} is missing: {told}");
        }
    }
}

/// Mounts over `part` for as long as `test` runs.
fn while_mounted(part: &Path, arguments: &[&str], test: impl FnOnce()) {
    let mounted = Command::new("mount").args(arguments).arg(part).output();
    let mounted = mounted.expect("mount is there");
    assert!(mounted.status.success(), "{mounted:?}");
    let tested = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test));
    let unmounted = Command::new("umount").arg(part).status();
    assert!(unmounted.expect("umount is there").success());
    if let Err(panic) = tested {
        std::panic::resume_unwind(panic);
    }
}

// Seen to fail when `create::complete` does not compare mounts: EXDEV in the middle of the install, with half of it written.
#[test]
fn bundles_or_staging_on_another_filesystem_or_bind_mount() {
    if let Some(reason) = mount::refusal() {
        let _ = due("tmpfs", Err(reason));
        return;
    }
    let sandbox = Sandbox::new();
    let one = &course::bundles()[0];
    let directory = sandbox.install(&sandbox.pack(one));
    for shelf in ["bundles", "staging"] {
        let part = sandbox.store().join(shelf);
        while_mounted(&part, &["-t", "tmpfs", "tmpfs"], || {
            refused(&sandbox, &part)
        });
        // The same filesystem, and another mount of it all the same.
        let itself = part.to_str().expect("text").to_owned();
        while_mounted(&part, &["--bind", &itself], || refused(&sandbox, &part));
    }
    one.assert_complete(&directory);
    sandbox.assert_sound();
}

// Reading needs no renames: seen to fail when a read-only open compares mounts too.
#[test]
fn a_split_store_can_be_read() {
    if let Some(reason) = mount::refusal() {
        let _ = due("tmpfs", Err(reason));
        return;
    }
    let sandbox = Sandbox::new();
    let directory = sandbox.install(&sandbox.pack(&course::bundles()[0]));
    let part = sandbox.store().join("bundles");
    let itself = part.to_str().expect("text").to_owned();
    while_mounted(&part, &["--bind", &itself], || {
        assert_eq!(
            sandbox.ok(["path", "one"]),
            directory.to_str().expect("text")
        );
    });
}

// Seen to fail when mounts are compared with that of the store's parent.
#[test]
fn a_whole_store_may_be_a_mount_of_its_own() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let Some(mounted) = due("tmpfs", Mounted::bind(place.path())) else {
        return;
    };
    let sandbox = Sandbox::with_store(mounted.path());
    course::run(&sandbox, &[], course::Files::Sealed);
}
