//! A command that the system refuses something, as an old kernel, a sandbox or a strange filesystem would: strace answers in the
//! kernel's place.

use std::ffi::OsStr;
use std::process::{Command, Output};

use crate::support::mount;
use crate::support::sandbox::Sandbox;

/// Whether strace can be had. On root Linux it must.
pub(crate) fn is_possible() -> bool {
    let tried = mount::install(&["strace"]).and_then(|()| {
        let probe = Command::new("strace")
            .args(["-qq", "-o", "/dev/null", "true"])
            .status();
        match probe {
            Ok(status) if status.success() => Ok(()),
            done => Err(format!("strace: {done:?}")),
        }
    });
    match tried {
        Ok(()) => true,
        Err(reason) => {
            assert!(
                !(cfg!(target_os = "linux") && mount::refusal().is_none()),
                "strace could run here: {reason}"
            );
            eprintln!("skipped: {reason}");
            false
        }
    }
}

/// Runs a command of which the calls in `refusals`, such as `renameat2:error=ENOSYS`, fail.
pub(crate) fn run<A: AsRef<OsStr>>(
    sandbox: &Sandbox,
    refusals: &[&str],
    only_of: &[&std::path::Path],
    arguments: impl IntoIterator<Item = A>,
) -> Output {
    let command = sandbox.command(arguments);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null"]);
    for path in only_of {
        strace.arg("-P").arg(path);
    }
    let calls: Vec<&str> = refusals
        .iter()
        .filter_map(|refusal| refusal.split(':').next())
        .collect();
    // The kernel stops only these calls; the rest runs at full speed.
    strace.args(["--seccomp-bpf", "-e"]);
    strace.arg(format!("trace={}", calls.join(",")));
    for refusal in refusals {
        strace.arg("-e").arg(format!("inject={refusal}"));
    }
    strace.arg(command.get_program()).args(command.get_args());
    strace.env_remove("LINKSTEAD_HOME");
    strace.output().expect("strace was there")
}
