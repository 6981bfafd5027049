//! `uv pip install` of the wheels that the large Python bundle is made of: the fastest installer of Python packages, with a
//! cache that it links from. It checks no digest of a file and syncs nothing.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::contest::{Peer, Run, Target};
use crate::corpus::{kept, repository};
use crate::disk::Disk;
use crate::timing::{run, time};

/// With an empty cache.
pub(crate) fn cold(most: f64) -> Peer {
    let run = program()
        .map(|uv| Box::new(move |disk: &Disk| time(&mut install(&uv, disk, "target"))) as Run);
    peer("uv, cold cache", most, run)
}

/// With everything in the cache.
pub(crate) fn warm(most: f64) -> Peer {
    let run = program().map(|uv| {
        Box::new(move |disk: &Disk| {
            run(&mut install(&uv, disk, "before"))?;
            disk.settle()?;
            time(&mut install(&uv, disk, "target"))
        }) as Run
    });
    peer("uv, warm cache", most, run)
}

/// From PyPI.
fn program() -> Outcome<PathBuf> {
    let home = kept().join("peers/uv");
    let mut install = Command::new("python3");
    install.args(["-m", "pip", "install", "--quiet", "uv", "--target"]);
    super::installed(install.arg(&home), home.join("bin/uv"))
}

fn peer(name: &str, most: f64, run: Outcome<Run>) -> Peer {
    Peer {
        name: name.to_owned(),
        target: Target::Ratio(most),
        run,
    }
}

fn install(uv: &PathBuf, disk: &Disk, target: &str) -> Command {
    let mut command = Command::new(uv);
    command
        .args(["pip", "install", "--quiet", "--no-deps", "--no-index"])
        .args(["--python-version", "3.11", "--python-platform", "linux"])
        .args(["--link-mode", "hardlink", "--find-links"])
        .arg(kept().join("downloads/wheels-linux"))
        .arg("--cache-dir")
        .arg(disk.path("cache"))
        .arg("--target")
        .arg(disk.path(target))
        .arg("--requirement")
        .arg(repository().join("tests/corpus/L.txt"));
    command
}
