//! What is done on every filesystem: two bundles that share most files, path, verify, a second install, remove, gc.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::bundle::Bundle;
use crate::support::sandbox::Sandbox;

/// Two bundles with the same libraries; of each, one file is private, one empty, one the entry point.
pub(crate) fn bundles() -> [Bundle; 2] {
    ["one", "two"].map(|name| {
        Bundle::new(name, "1.0.0")
            .files("lib", 40, 1)
            .file("own.txt", 0o644, format!("only in {name}\n"))
            .file("run", 0o755, "#!/bin/sh\n")
            .file("empty.txt", 0o644, "")
            .file("lib/__pycache__/x.pyc", 0o644, "private\n")
    })
}

/// What the two installs reported.
pub(crate) struct Reports {
    pub(crate) first: Value,
    pub(crate) second: Value,
}

/// How the files of a bundle are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Files {
    /// Read-only, but for private ones.
    Sealed,
    /// All the server's own.
    Isolated,
}

/// Runs the course with these words after `install`, each step checked.
pub(crate) fn run(sandbox: &Sandbox, words: &[&str], files: Files) -> Reports {
    let bundles = bundles();
    let archives = bundles.clone().map(|bundle| sandbox.pack(&bundle));
    let install = |archive: &Path| {
        let mut arguments = vec!["install"];
        arguments.extend(words);
        arguments.push(archive.to_str().expect("a scratch path"));
        sandbox.json(arguments)
    };
    let reports = Reports {
        first: install(&archives[0]),
        second: install(&archives[1]),
    };
    for (bundle, report) in bundles.iter().zip([&reports.first, &reports.second]) {
        assert_eq!(report["outcome"], "published", "{report}");
        let directory = PathBuf::from(sandbox.ok(["path", &bundle.name]));
        assert_eq!(report["directory"], directory.to_str().expect("text"));
        has_modes(bundle, &directory, files);
    }
    sandbox.ok(["verify"]);
    sandbox.assert_reader_agrees();
    assert_eq!(install(&archives[0])["outcome"], "already-installed");
    sandbox.ok(["remove", "one"]);
    let swept = sandbox.json(["gc"]);
    assert_eq!(
        swept["swept"]["objects"], 2,
        "manifest.json and own.txt: {swept}"
    );
    let second = PathBuf::from(sandbox.ok(["path", "two"]));
    has_modes(&bundles[1], &second, files);
    assert_eq!(install(&archives[0])["outcome"], "published");
    has_modes(&bundles[0], Path::new(&sandbox.ok(["path", "one"])), files);
    sandbox.assert_sound();
    reports
}

/// Asserts that every file is there with its content and exactly its mode.
pub(crate) fn has_modes(bundle: &Bundle, directory: &Path, files: Files) {
    bundle.assert_complete(directory);
    for (path, mode, _) in bundle.entries() {
        let is_private = files == Files::Isolated || path.ends_with(".pyc");
        let wanted = match (is_private, mode & 0o100 != 0) {
            (true, true) => 0o755,
            (true, false) => 0o644,
            (false, true) => 0o555,
            (false, false) => 0o444,
        };
        let found = fs::metadata(directory.join(path)).expect("it is there");
        let found = found.permissions().mode() & 0o7777;
        assert_eq!(found, wanted, "{path}: {found:o}");
    }
}

/// A number of the report of an install.
pub(crate) fn count(report: &Value, what: &str) -> u64 {
    let number = report["report"][what].as_u64();
    number.unwrap_or_else(|| panic!("no number {what}: {report}"))
}
