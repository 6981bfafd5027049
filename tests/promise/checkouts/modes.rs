//! What a checkout takes over from the bundle's directory, or from what stood at its path, is no more open than it was there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{check_out, installed};
use crate::support::bundle::Bundle;
use crate::support::sandbox::Sandbox;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

fn mode(path: &Path) -> u32 {
    let found = fs::metadata(path).expect("it is there");
    found.permissions().mode() & 0o7777
}

// Seen to fail when host files get mode 0644, and when directories that only they need get 0755.
#[test]
fn a_host_file_keeps_its_mode() {
    let sandbox = Sandbox::new();
    let archive = sandbox.pack(&Bundle::new("tool", "1.0.0"));
    let secret = sandbox.path("secret");
    fs::write(&secret, "token").expect("it is ours");
    let host_file = format!(".host/deep/meta.json={}", secret.display());
    let archive = archive.to_str().expect("text");
    let directory = sandbox.ok(["install", archive, "--host-file", &host_file]);
    let directory = Path::new(&directory);
    set_mode(&directory.join(".host/deep/meta.json"), 0o600);
    set_mode(&directory.join(".host/deep"), 0o700);
    let path = sandbox.path("tool");
    check_out(&sandbox, "tool", &path, &[]);
    assert_eq!(mode(&path.join(".host/deep/meta.json")), 0o600);
    assert_eq!(mode(&path.join(".host/deep")), 0o700);
    assert_eq!(mode(&path.join(".host")), 0o755);
}

// Seen to fail when directories of what is kept get mode 0755.
#[test]
fn what_is_kept_lies_in_directories_with_the_modes_of_before() {
    let (sandbox, _, path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    fs::create_dir_all(path.join("state/keys")).expect("it is ours");
    fs::write(path.join("state/keys/data.db"), "rows").expect("it is ours");
    set_mode(&path.join("state/keys/data.db"), 0o640);
    set_mode(&path.join("state/keys"), 0o750);
    set_mode(&path.join("state"), 0o700);
    check_out(&sandbox, "tool@2.0.0", &path, &["--keep-extra"]);
    assert_eq!(mode(&path.join("state")), 0o700);
    assert_eq!(mode(&path.join("state/keys")), 0o750);
    assert_eq!(mode(&path.join("state/keys/data.db")), 0o640);
}
