//! Mounts that nobody else sees and that end with the last process of a run, however that ends.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::mount::run;

/// Runs this program again with mounts of its own; does nothing where that was done, or cannot be.
pub(crate) fn keep_to_ourselves() {
    const DONE: &str = "--own-mounts";
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--propagation", "private"]);
        unshare
    };
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.iter().any(|argument| argument == DONE) || run(unshare().arg("true")).is_err() {
        return;
    }
    let error = unshare().args(arguments).arg(DONE).exec();
    eprintln!("unshare: {error}");
}
