//! `kill -9` at a random moment of an install.

use std::path::Path;
use std::time::Instant;

use crate::support::bundle::{Bundle, noise};
use crate::support::killing::{Killed, Killing};
use crate::support::sandbox::Sandbox;

const KILLS: usize = 100;

// Seen to fail when recovery leaves dead stagings where they are.
#[test]
fn a_killed_install_leaves_nothing_and_the_next_one_is_whole() {
    let bundle = Bundle::new("killed", "1.0.0").files("lib", 400, 3).file(
        "big.bin",
        0o644,
        noise(9, 6 << 20),
    );
    let sandbox = Sandbox::new();
    let archive = sandbox.pack(&bundle);
    let begun = Instant::now();
    sandbox.install(&archive);
    let mut killing = Killing::of(begun.elapsed());
    let mut killed = 0;
    while killed < KILLS {
        sandbox.ok(["remove", "killed"]);
        sandbox.ok(["gc"]);
        assert_eq!(sandbox.objects(), 0, "gc takes back everything");
        let mut install = sandbox.spawn([Path::new("install"), &archive]);
        if killing.kill(&mut install) == Killed::TooLate {
            continue;
        }
        killed += 1;
        sandbox.ok(["verify"]);
        bundle.assert_complete(&sandbox.install(&archive));
        sandbox.assert_sound();
    }
}
