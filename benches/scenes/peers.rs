//! The programs that we are compared with. They come from where people get them, and are kept beside the corpus.

pub(crate) mod bare_calls;
pub(crate) mod ostree;
pub(crate) mod pnpm;
pub(crate) mod uv;

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::corpus::{kept, repository};
use crate::timing::run;

/// A program that is there.
pub(crate) type Program = PathBuf;

/// `unzip`, from Debian.
pub(crate) fn unzip() -> Outcome<Program> {
    from_debian("unzip", "unzip")
}

/// `7zz`, from Debian.
pub(crate) fn seven_zip() -> Outcome<Program> {
    from_debian("7zz", "7zip")
}

/// `ripunzip`, a crate: an unzip with all processors.
pub(crate) fn ripunzip() -> Outcome<Program> {
    let home = kept().join("peers/ripunzip");
    let mut install = Command::new("cargo");
    install.args(["install", "--quiet", "ripunzip", "--root"]);
    installed(install.arg(&home), home.join("bin/ripunzip"))
}

fn from_debian(program: &str, package: &str) -> Outcome<Program> {
    let set_up = repository().join("tests/setup-apt.sh");
    if let Some(there) = on_path(program) {
        return Ok(there);
    }
    run(Command::new(set_up).arg(package))?;
    on_path(program).ok_or(format!("{package} brings no {program}"))
}

fn installed(install: &mut Command, program: PathBuf) -> Outcome<Program> {
    if !program.exists() {
        run(install)?;
    }
    match program.exists() {
        true => Ok(program),
        false => Err(format!("{} was not installed", program.display())),
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|program| program.is_file())
}
