//! A directory and a command: the helper of all tests.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::outcome::Outcome;

/// The command under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_linkstead");

/// A directory of a test's own, with a store that does not exist yet.
pub(crate) struct World {
    directory: tempfile::TempDir,
    store: PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is a place for temporary files");
        let store = directory.path().join("store");
        World { directory, store }
    }

    /// The same, with the store in another place.
    pub(crate) fn with_store(store: PathBuf) -> Self {
        World {
            store,
            ..World::new()
        }
    }

    pub(crate) fn store(&self) -> &Path {
        &self.store
    }

    /// A path for the test's own files.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file of the test's own.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a test can write its files");
        path
    }

    /// The command on this store, in an environment that says nothing.
    pub(crate) fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = bare(BINARY);
        command.arg("--store").arg(&self.store).args(arguments);
        command
    }

    /// Runs the command on this store.
    pub(crate) fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Outcome {
        finish(self.command(arguments))
    }

    /// Installs an archive; returns the directory that was printed.
    #[track_caller]
    pub(crate) fn install(&self, archive: &Path) -> PathBuf {
        self.run(&[OsStr::new("install"), archive.as_os_str()])
            .succeeds()
            .directory()
    }

    /// Asserts that verify finds nothing wrong.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        self.run(&["verify"]).succeeds();
    }
}

/// A command in an environment that says nothing.
pub(crate) fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for variable in [
        "LINKSTEAD_HOME",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "XDG_DATA_HOME",
        "LC_ALL",
        "LC_CTYPE",
        "LANG",
    ] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command) -> Outcome {
    let output = command.output().expect("the command can be started");
    Outcome::new(format!("{command:?}"), output)
}

/// The small real bundle of the repository.
pub(crate) fn hello() -> PathBuf {
    fixtures().join("hello-1.0.0.mcpb")
}

/// Where the test bundles and their sources are.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}
