//! The packers that a machine has. What is missing is installed where that is possible, else skipped with a word; where all
//! must be there, a skip fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

/// The version of the reference packer of MCP bundles.
const MCPB: &str = "@anthropic-ai/mcpb@2.1.2";

/// One install at a time: the package manager has a lock of its own and does not wait for it.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Whether a command can be run; a missing one is installed from its Debian package first.
pub(super) fn has(tool: &str, package: &str) -> bool {
    let _one = INSTALLING
        .lock()
        .unwrap_or_else(|broken| broken.into_inner());
    if on_path(tool) {
        return true;
    }
    if is_root() && on_path("apt-get") {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/setup-apt.sh");
        let output = run(Command::new("sh").arg(script).arg(package));
        if on_path(tool) {
            return true;
        }
        let reachable = Command::new("apt-get")
            .args(["update", "--quiet", "--error-on=any"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        assert!(
            !reachable,
            "{package} could be installed and was not: {output:?}"
        );
    }
    skip(tool)
}

/// The command `mcpb`, installed where the tests keep their files; `None` where there is no npm or no registry.
pub(super) fn mcpb() -> Option<PathBuf> {
    if !has("npm", "npm") {
        return None;
    }
    let _one = INSTALLING
        .lock()
        .unwrap_or_else(|broken| broken.into_inner());
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcpb");
    let command = home.join("node_modules/.bin/mcpb");
    if !command.exists() {
        std::fs::create_dir_all(&home).unwrap();
        let _ = run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .args([home.as_os_str(), MCPB.as_ref()]));
    }
    (command.exists() || skip("mcpb")).then_some(command)
}

/// Says that a packer is missing, and fails where none may be.
fn skip(tool: &str) -> bool {
    assert!(
        std::env::var_os("CI").is_none(),
        "{tool} is missing, and CI is set"
    );
    eprintln!("skipped: {tool} is not on this machine and cannot be installed");
    false
}

fn on_path(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(tool).is_file())
}

fn is_root() -> bool {
    cfg!(target_os = "linux") && linkstead_fs::stat::effective_user() == 0
}

fn run(command: &mut Command) -> std::io::Result<Output> {
    command.stdin(Stdio::null()).output()
}

/// Runs a packer that must succeed.
#[track_caller]
pub(super) fn pack(command: &mut Command) -> Vec<u8> {
    let output = run(command.env("LC_ALL", "C.UTF-8")).expect("the packer starts");
    assert!(output.status.success(), "{command:?}: {output:?}");
    output.stdout
}
