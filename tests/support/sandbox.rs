//! A temporary directory with a store, and the `linkstead` command on it.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::bundle::Bundle;

/// A directory of its own for one test.
pub(crate) struct Sandbox {
    directory: tempfile::TempDir,
    store: PathBuf,
    user: Option<u32>,
}

/// A user with no rights of its own: `nobody`, nearly everywhere.
const NOBODY: u32 = 65534;

impl Sandbox {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Sandbox {
            store: directory.path().join("store"),
            directory,
            user: None,
        }
    }

    /// A sandbox whose store lies elsewhere: on a filesystem of its own.
    pub(crate) fn with_store(store: PathBuf) -> Self {
        Sandbox {
            store,
            ..Self::new()
        }
    }

    /// A sandbox whose commands are held to permission bits, also if root runs the tests.
    pub(crate) fn of_ordinary_user() -> Self {
        let mut sandbox = Self::new();
        let directory = sandbox.directory.path();
        let owner = std::fs::metadata(directory).expect("it was made").uid();
        if owner == 0 {
            chown(directory, Some(NOBODY), Some(NOBODY)).expect("root may");
            sandbox.user = Some(NOBODY);
        }
        sandbox
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.store.clone()
    }

    /// Packs a bundle into this directory.
    pub(crate) fn pack(&self, bundle: &Bundle) -> PathBuf {
        let path = self.path(format!("{}-{}.mcpb", bundle.name, bundle.version));
        bundle.pack(&path);
        path
    }

    /// The command on this sandbox's store.
    pub(crate) fn command<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_linkstead"));
        command
            .arg("--store")
            .arg(self.store())
            .args(arguments)
            .env_remove("LINKSTEAD_HOME")
            .stdin(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user).gid(user).current_dir("/");
        }
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.command(arguments)
            .output()
            .expect("the command starts")
    }

    pub(crate) fn spawn<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts")
    }

    /// Runs a command that must succeed; its standard output without the last newline.
    pub(crate) fn ok<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        succeeded(self.run(arguments))
    }

    /// Installs an archive; the directory that the command prints.
    pub(crate) fn install(&self, archive: &Path) -> PathBuf {
        PathBuf::from(self.ok([OsStr::new("install"), archive.as_os_str()]))
    }

    /// The JSON that a command prints.
    pub(crate) fn json<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> serde_json::Value {
        let mut command = self.command(["--json"]);
        command.args(arguments);
        let text = succeeded(command.output().expect("the command starts"));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// Whether the commands run as another user than the tests.
    pub(crate) fn is_of_another_user(&self) -> bool {
        self.user.is_some()
    }

    /// What verify finds; it must find something, and report all of it.
    pub(crate) fn findings(&self) -> Vec<serde_json::Value> {
        self.damage_report()["findings"]
            .as_array()
            .expect("a list")
            .clone()
    }

    /// The report of a verify that has findings.
    pub(crate) fn damage_report(&self) -> serde_json::Value {
        let output = self.run(["--json", "verify"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{told}"))
    }

    /// Asserts that verify finds nothing, and that after a gc nothing is left that no bundle needs.
    pub(crate) fn assert_sound(&self) {
        self.ok(["verify"]);
        self.ok(["gc"]);
        self.ok(["verify"]);
        for shelf in ["staging", "trash", "parked", "quarantine"] {
            let left: Vec<_> = std::fs::read_dir(self.store().join(shelf))
                .expect("a store's directory")
                .map(|entry| entry.expect("an entry").file_name())
                .collect();
            assert!(left.is_empty(), "left in {shelf}: {left:?}");
        }
        let again = self.json(["gc", "--dry-run"]);
        assert_eq!(
            again["plan"]["objects"], 0,
            "a second gc finds more: {again}"
        );
    }

    /// Asserts that the reader that was written from the specification alone finds nothing wrong.
    pub(crate) fn assert_reader_agrees(&self) {
        let reader =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reader/linkstead_reader.py");
        let output = Command::new("python3")
            .arg(reader)
            .arg(self.store())
            .output();
        let output = output.expect("python3 is there");
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// How many objects the store holds.
    pub(crate) fn objects(&self) -> usize {
        let mut count = 0;
        for shelf in std::fs::read_dir(self.store().join("objects")).expect("objects") {
            count += std::fs::read_dir(shelf.expect("an entry").path())
                .expect("a shelf")
                .count();
        }
        count
    }
}

/// The standard output of a command that must have succeeded.
pub(crate) fn succeeded(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .trim_end_matches('\n')
        .to_owned()
}
