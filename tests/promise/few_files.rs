//! A process that may open few files: everything works, by paths where no directory can be held open.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::bundle::Bundle;
use crate::support::sandbox::{Sandbox, succeeded};

/// Runs the command with few open files: some for each of its threads, and for locks, archive and manifest.
fn ok(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let command = sandbox.command(arguments);
    let mut shell = Command::new("sh");
    let limited = format!("ulimit -n {}; exec \"$0\" \"$@\"", 20 + 4 * threads);
    shell.args(["-c", &limited]);
    shell.arg(command.get_program()).args(command.get_args());
    succeeded(shell.output().expect("it starts"))
}

// Seen to fail when the share of a handle that was not given is given back, so that every directory is held open.
#[test]
fn an_install_needs_few_open_files() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("wide", "1.0.0").files("lib", 400, 3);
    let archive = sandbox.pack(&bundle);
    let install = ["install", archive.to_str().expect("text")];
    let directory = PathBuf::from(ok(&sandbox, &install));
    bundle.assert_complete(&directory);
    ok(&sandbox, &["verify"]);
    ok(&sandbox, &["remove", "wide"]);
    // From its parked directory, then from the objects.
    bundle.assert_complete(Path::new(&ok(&sandbox, &install)));
    ok(&sandbox, &["remove", "wide"]);
    let parked = sandbox.store().join("parked");
    for entry in std::fs::read_dir(parked).expect("it is there") {
        std::fs::remove_dir_all(entry.expect("an entry").path()).expect("it is ours");
    }
    bundle.assert_complete(Path::new(&ok(&sandbox, &install)));
    ok(&sandbox, &["gc"]);
    sandbox.assert_sound();
}
