//! `kill -9` at a random moment of an install.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::bundle::{Bundle, noise};
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
    let seed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_nanos() as u64;
    println!("seed {seed}");
    let whole = {
        let sandbox = Sandbox::new();
        let archive = sandbox.pack(&bundle);
        let started = Instant::now();
        sandbox.install(&archive);
        started.elapsed()
    };
    let moments = noise(seed, KILLS * 2);
    let sandbox = Sandbox::new();
    let archive = sandbox.pack(&bundle);
    let mut killed = 0;
    for moment in moments.chunks(2) {
        let part = u32::from(u16::from_le_bytes([moment[0], moment[1]]) & 0x3f3f);
        let delay = whole.mul_f64(1.1) * part / 0x3f3f;
        let mut install = sandbox.spawn([Path::new("install"), &archive]);
        std::thread::sleep(delay.max(Duration::from_millis(1)));
        let _ = install.kill();
        let status = install.wait().expect("it ends");
        killed += usize::from(!status.success());
        sandbox.ok(["verify"]);
        bundle.assert_complete(&sandbox.install(&archive));
        sandbox.assert_sound();
        sandbox.ok(["remove", "killed"]);
        sandbox.ok(["gc"]);
        assert_eq!(sandbox.objects(), 0, "gc takes back everything");
    }
    assert!(
        killed > KILLS / 3,
        "only {killed} of {KILLS} kills met a running install"
    );
}
