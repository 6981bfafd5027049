//! Wrong usage: exit code 2, and nothing is done.

use crate::world::{World, hello};

#[test]
fn wrong_usage_exits_with_2_and_makes_no_store() {
    let world = World::new();
    let archive = hello();
    let archive = archive.to_str().unwrap();
    for wrong in [
        &[][..],
        &["unknown"],
        &["install"],
        &["install", archive, "--unknown"],
        &["install", archive, "--as", "no-version"],
        &["install", archive, "--as", "../a@1"],
        &["install", archive, "--link-mode", "symlink"],
        &["install", archive, "--max-file-size", "10 parsecs"],
        &["install", archive, "--max-entries", "-1"],
        &["install", archive, "--sha256", "12"],
        &["install", archive, "--private", "[a"],
        &["install", archive, "--host-file", "a"],
        &["install", archive, "--host-file", "../a=b"],
        &["path"],
        &["path", "a", "b"],
        &["path", "a@"],
        &["path", "../a"],
        &["pin", "a"],
        &["pin", "--as", "b"],
        &["pin", "a@1", "--as", "b/c"],
        &["unpin"],
        &["run"],
        &["run", "a", "b"],
        &["use"],
        &["use", "a"],
        &["-q", "-v", "list"],
        &["--lock-timeout", "soon", "list"],
        &["--progress", "often", "list"],
        &["--color", "red", "list"],
    ] {
        let outcome = world.run(wrong).exits(2);
        assert_eq!(outcome.stdout, "", "{outcome:#?}");
        assert!(!outcome.stderr.is_empty());
    }
    assert!(!world.store().exists());
}
