//! An update that fails leaves the old version: complete, current, resolvable.
//!
//! All three tests were seen to fail when an install takes the ref of the current version away before it fills its staging.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::support::bundle::{Bundle, noise};
use crate::support::killing::{Killed, Killing};
use crate::support::mount::{Mounted, due};
use crate::support::sandbox::{Sandbox, succeeded};

const KILLS: usize = 12;

fn old() -> Bundle {
    Bundle::new("app", "1.0.0").files("lib", 40, 8)
}

fn new() -> Bundle {
    Bundle::new("app", "2.0.0").files("lib", 60, 8)
}

struct Installed {
    sandbox: Sandbox,
    directory: PathBuf,
}

impl Installed {
    fn in_sandbox(sandbox: Sandbox) -> Self {
        let directory = sandbox.install(&sandbox.pack(&old()));
        Installed { sandbox, directory }
    }

    fn fails(&self, archive: &Path) -> String {
        let output = self.sandbox.run([Path::new("install"), archive]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        told
    }

    /// The old version is what the name means, whole; and of the new one nothing is left.
    fn is_as_before(&self) {
        let found = self.sandbox.ok(["path", "app"]);
        assert_eq!(Path::new(&found), self.directory);
        old().assert_complete(&self.directory);
        let listed = self.sandbox.json(["list"]);
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
        self.sandbox.assert_sound();
    }
}

#[test]
fn a_hostile_new_version() {
    let world = Installed::in_sandbox(Sandbox::new());
    let objects = world.sandbox.objects();
    let hostile = new().file("../../escaped.txt", 0o644, "out");
    assert!(
        world
            .fails(&world.sandbox.pack(&hostile))
            .contains("escaped.txt")
    );
    let broken = world.sandbox.path("broken.mcpb");
    let whole = new().zip();
    std::fs::write(&broken, &whole[..whole.len() / 2]).expect("written");
    world.fails(&broken);
    assert_eq!(world.sandbox.objects(), objects);
    world.is_as_before();
}

#[test]
fn a_disk_that_is_too_small_for_the_new_version() {
    let Some(disk) = due("tmpfs", Mounted::memory("size=8m")) else {
        return;
    };
    let world = Installed::in_sandbox(Sandbox::with_store(disk.path().join("store")));
    let large = new().file("big.bin", 0o644, noise(4, 12 << 20));
    world.fails(&world.sandbox.pack(&large));
    world.is_as_before();
}

#[test]
fn a_new_version_killed_at_a_random_moment() {
    let world = Installed::in_sandbox(Sandbox::new());
    let sandbox = &world.sandbox;
    let archive = sandbox.pack(&new());
    let begun = Instant::now();
    sandbox.install(&archive);
    let mut killing = Killing::of(begun.elapsed());
    let mut killed = 0;
    while killed < KILLS {
        sandbox.ok(["remove", "app@2.0.0"]);
        sandbox.ok(["gc"]);
        let mut install = sandbox.spawn([Path::new("install"), &archive]);
        if killing.kill(&mut install) == Killed::TooLate {
            continue;
        }
        killed += 1;
        // Killed between the rename and the answer it may be there, wholly, and be current or not yet.
        let new_one = sandbox.run(["path", "app@2.0.0"]);
        if new_one.status.success() {
            new().assert_complete(Path::new(&succeeded(new_one)));
            old().assert_complete(&world.directory);
        } else {
            world.is_as_before();
        }
        new().assert_complete(&sandbox.install(&archive));
    }
}
