//! `pnpm install` of the packages that the Node bundle is made of, offline, with everything in its store. It links from there, and
//! syncs nothing.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::contest::{Peer, Run, Target};
use crate::corpus::{kept, repository};
use crate::disk::Disk;
use crate::timing::{run, time};

/// With everything in the store, and the store on the disk.
pub(crate) fn warm(most: f64) -> Peer {
    let run = program().and_then(|pnpm| {
        let project = project(&pnpm)?;
        Ok(Box::new(move |disk: &Disk| {
            run(Command::new("cp")
                .arg("-a")
                .arg(&project)
                .arg(disk.path("project")))?;
            run(Command::new("rm")
                .arg("-rf")
                .arg(disk.path("project/node_modules")))?;
            disk.settle()?;
            time(install(&pnpm, disk.path("project")).arg("--offline"))
        }) as Run)
    });
    Peer {
        name: "pnpm, offline".into(),
        target: Target::Ratio(most),
        run,
    }
}

/// From the npm registry.
fn program() -> Outcome<PathBuf> {
    let home = kept().join("peers/pnpm");
    let mut install = Command::new("npm");
    install.args([
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "pnpm",
        "--prefix",
    ]);
    super::installed(install.arg(&home), home.join("node_modules/.bin/pnpm"))
}

/// A project with the same versions as the bundle, and a store beside it that has them all; made once.
fn project(pnpm: &PathBuf) -> Outcome<PathBuf> {
    let project = kept().join("peers/pnpm-project");
    if project.join("node_modules").exists() {
        return Ok(project);
    }
    fs::create_dir_all(&project).map_err(|error| error.to_string())?;
    for (list, name) in [
        ("N-package.json", "package.json"),
        ("N-package-lock.json", "package-lock.json"),
    ] {
        let list = repository().join("tests/corpus").join(list);
        fs::copy(list, project.join(name)).map_err(|error| error.to_string())?;
    }
    run(Command::new(pnpm).arg("import").current_dir(&project))?;
    run(&mut install(pnpm, project.clone()))?;
    Ok(project)
}

fn install(pnpm: &PathBuf, project: PathBuf) -> Command {
    let mut command = Command::new(pnpm);
    command
        .args([
            "install",
            "--frozen-lockfile",
            "--ignore-scripts",
            "--silent",
        ])
        .args(["--package-import-method", "hardlink", "--store-dir"])
        .arg(project.join("store"))
        .current_dir(project);
    command
}
