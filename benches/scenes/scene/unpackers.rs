//! Programs that unpack a zip and keep no store; none of them syncs.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::contest::{Peer, Run, Target};
use crate::peers;
use crate::timing::time;

/// `unzip -q`: what most hosts do, on one processor.
pub(super) fn unzip(archive: PathBuf, most: f64) -> Peer {
    peer("unzip -q", most, archive, peers::unzip(), |command| {
        command.arg("-q")
    })
}

/// `7zz x`.
pub(super) fn seven_zip(archive: PathBuf, most: f64) -> Peer {
    let program = peers::seven_zip();
    let run = program.map(|program| {
        Box::new(move |disk: &crate::disk::Disk| {
            let mut into = std::ffi::OsString::from("-o");
            into.push(disk.path("unpacked"));
            time(
                Command::new(&program)
                    .args(["x", "-y", "-snld"])
                    .arg(into)
                    .arg(&archive),
            )
        }) as Run
    });
    named("7zz x", most, run)
}

/// `ripunzip`: with all processors.
pub(super) fn ripunzip(archive: PathBuf, most: f64) -> Peer {
    peer("ripunzip", most, archive, peers::ripunzip(), |command| {
        command.arg("unzip-file")
    })
}

fn peer(
    name: &str,
    most: f64,
    archive: PathBuf,
    program: Outcome<PathBuf>,
    begin: fn(&mut Command) -> &mut Command,
) -> Peer {
    let run = program.map(|program| {
        Box::new(move |disk: &crate::disk::Disk| {
            let mut command = Command::new(&program);
            begin(&mut command)
                .arg(&archive)
                .arg("-d")
                .arg(disk.path("unpacked"));
            time(&mut command)
        }) as Run
    });
    named(name, most, run)
}

fn named(name: &str, most: f64, run: Outcome<Run>) -> Peer {
    Peer {
        name: name.to_owned(),
        target: Target::Ratio(most),
        run,
    }
}
