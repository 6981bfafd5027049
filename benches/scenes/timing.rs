//! One command, from spawn to exit.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Outcome;

/// Seconds that a command takes. One that fails has no time.
pub(crate) fn time(command: &mut Command) -> Outcome<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let done = command.output();
    let seconds = started.elapsed().as_secs_f64();
    let done = done.map_err(|error| format!("{command:?}: {error}"))?;
    match done.status.success() {
        true => Ok(seconds),
        false => Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&done.stderr).trim()
        )),
    }
}

/// Runs a command that only prepares.
pub(crate) fn run(command: &mut Command) -> Outcome<()> {
    time(command).map(|_| ())
}

/// What a command prints.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let done = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    match done.status.success() {
        true => Ok(String::from_utf8_lossy(&done.stdout).into_owned()),
        false => Err(format!("{command:?} failed")),
    }
}

/// The most memory that a command has resident, in bytes.
pub(crate) fn peak_memory(program: &Path, arguments: &[&str]) -> Outcome<f64> {
    // Python is there: the corpus is made by it. The system tells the peak of a child that has been waited for, in KiB.
    let ask = "import resource, subprocess, sys\n\
               subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n\
               print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let mut python = Command::new("python3");
    python.args(["-c", ask]).arg(program).args(arguments);
    let printed = output(&mut python)?;
    let kib: f64 = printed
        .trim()
        .parse()
        .map_err(|_| format!("{printed} is no number"))?;
    Ok(kib * 1024.0)
}
