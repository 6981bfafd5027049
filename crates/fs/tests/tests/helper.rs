//! A scratch directory, a second filesystem, and tests that run in a process of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use linkstead_fs::file::Attributes;
use linkstead_fs::stat;
use tempfile::TempDir;

/// The user that owns nothing.
pub(crate) const NOBODY: u32 = 65_534;

pub(crate) const PLAIN: Attributes = Attributes {
    mode: 0o644,
    mtime: None,
};

pub(crate) fn scratch() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A directory on another filesystem than `here`, where this machine has one.
pub(crate) fn elsewhere(here: &Path) -> Option<TempDir> {
    let there = tempfile::tempdir_in("/dev/shm").ok()?;
    let device = |path| stat::stat(path).unwrap().unwrap().device;
    (device(here) != device(there.path())).then_some(there)
}

pub(crate) fn mode(path: &Path) -> u32 {
    stat::stat(path).unwrap().unwrap().mode
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The names in a directory.
pub(crate) fn names(path: &Path) -> Vec<String> {
    linkstead_fs::dir::list(path)
        .unwrap()
        .into_iter()
        .map(|entry| entry.name.into_string().unwrap())
        .collect()
}

/// Runs an ignored test of this binary under a umask, which belongs to the whole process.
pub(crate) fn run_under_umask(umask: &str, test: &str) {
    let script = format!("umask {umask}; exec \"$0\" --ignored --exact {test}");
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(script)
        .arg(std::env::current_exe().unwrap());
    assert_passed(&mut command);
}

/// Runs an ignored test of this binary as a user without privileges; as that user at once if we are not root.
pub(crate) fn run_as_nobody(test: &str) {
    run_as_nobody_in(Path::new("/"), test);
}

/// As [`run_as_nobody`], in a directory.
pub(crate) fn run_as_nobody_in(here: &Path, test: &str) {
    // Where the binary lies, that user may have no access. Another process copies it: a file that is open for writing here would be
    // open in whatever another test starts at this moment, and could not be run.
    let directory = scratch();
    let program = directory.path().join("tests");
    let mut copy = Command::new("cp");
    copy.arg(std::env::current_exe().unwrap()).arg(&program);
    assert!(copy.status().unwrap().success());
    set_mode(directory.path(), 0o755);
    set_mode(&program, 0o755);
    let mut command = Command::new(&program);
    command.args(["--ignored", "--exact", test]);
    if stat::effective_user() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    assert_passed(command.current_dir(here));
}

fn assert_passed(command: &mut Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(told.contains("1 passed"), "no such test: {told}");
}
