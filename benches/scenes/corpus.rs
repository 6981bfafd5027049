//! The archives. `tests/corpus/build.py` makes the real ones and keeps them; generated ones lie beside them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::timing::{output, run};

/// A real bundle, by its label in `tests/corpus`.
pub(crate) fn bundle(label: &str) -> Outcome<PathBuf> {
    let build = repository().join("tests/corpus/build.py");
    let printed = output(Command::new("python3").arg(build).arg(label))?;
    Ok(printed.trim().into())
}

/// A zip with one deflated entry of so many bytes.
pub(crate) fn large_entry(bytes: u64) -> Outcome<PathBuf> {
    generated(&format!("large-{bytes}"), &["large", &bytes.to_string()])
}

/// A zip of `count` small files that no other part has.
pub(crate) fn small_files(part: u64, count: u64) -> Outcome<PathBuf> {
    generated(
        &format!("small-{part}-{count}"),
        &["small", &part.to_string(), &count.to_string()],
    )
}

fn generated(name: &str, arguments: &[&str]) -> Outcome<PathBuf> {
    let archive = kept().join(format!("{name}.zip"));
    if !archive.exists() {
        let script = repository().join("benches/scenes/generate.py");
        std::fs::create_dir_all(kept()).map_err(|error| error.to_string())?;
        run(Command::new("python3")
            .arg(script)
            .arg(&archive)
            .args(arguments))?;
    }
    Ok(archive)
}

/// A `PATH` whose `python3` has no packages and no start-up hooks: some machines' own Python writes into the files that a server
/// loads.
pub(crate) fn path_of_servers() -> Outcome<OsString> {
    let make = repository().join("tests/real/environment.py");
    run(Command::new("python3").arg(make))?;
    let mut folders = vec![kept().join("venv-bare/bin")];
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    std::env::join_paths(folders).map_err(|error| error.to_string())
}

/// Where archives and peers are kept; not part of the repository.
pub(crate) fn kept() -> PathBuf {
    repository().join("corpus-cache")
}

pub(crate) fn repository() -> &'static Path {
    const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    Path::new(REPOSITORY)
}
