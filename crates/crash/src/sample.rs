//! The bundles of the crash layers: small, overlapping, with every kind of file that is stored in a way of its own.

use std::collections::BTreeSet;
use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use linkstead_store::Source;
use linkstead_store::format::BundleRef;
use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::ledger::Vouched;

/// The names; a sample's first number.
const NAMES: [&str; 12] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "my",
];

/// One bundle, by name and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sample {
    name: u8,
    version: u8,
}

/// A file of the host's own, in a directory of its own.
pub(crate) const HOST_FILE: (&str, &[u8]) = ("host/state.json", b"{}");

/// The entry point, which is a copy.
pub(crate) const ENTRY_POINT: &str = "server.py";

/// A file that is the server's own to change.
const PRIVATE: &str = "lib/__pycache__/a.pyc";

/// Bytes of a file that is unpacked piece by piece.
const LARGE: usize = (4 << 20) + 1;

impl Sample {
    /// The only one with a file too large to be unpacked in one piece.
    pub const LARGE: Self = Sample::new(10, 1);

    /// The sample of the `name`-th name in this version.
    #[must_use]
    pub const fn new(name: u8, version: u8) -> Self {
        assert!((name as usize) < NAMES.len());
        Sample { name, version }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.name)]
    }

    /// Its version.
    #[must_use]
    pub fn version(self) -> String {
        format!("{}.0.0", self.version)
    }

    /// Its name and version, as the engine takes them.
    ///
    /// # Panics
    /// Never: the names are plain.
    #[must_use]
    pub fn reference(self) -> BundleRef {
        BundleRef::parse(&self.to_string()).expect("a plain name and version")
    }

    /// Its content: some files that all samples have, some of its name, some of its own; an empty one and a private one; a symbolic link.
    #[must_use]
    pub(crate) fn bundle(self) -> Bundle {
        let (name, version) = (u64::from(self.name), u64::from(self.version));
        let bundle = Bundle::new(self.name(), &self.version())
            .files("lib", 4, 1)
            .files("name", 2, 100 + name)
            .files("own", 2, 10_000 + 100 * name + version)
            .file("lib/__init__.py", 0o644, Vec::new())
            .file(PRIVATE, 0o644, b"compiled".to_vec())
            .symlink("lib/link.py", "d1/f1.py");
        match self {
            Sample::LARGE => bundle.file("large.bin", 0o644, vec![0; LARGE]),
            _ => bundle,
        }
    }

    /// Its archive.
    #[must_use]
    pub(crate) fn source(self) -> Source {
        Source::Bytes(self.bundle().zip().into(), self.to_string().into())
    }

    /// Its published directory, if there is one, found without any name.
    #[must_use]
    pub(crate) fn directory_in(self, root: &Path) -> Option<PathBuf> {
        let of_version = root.join("bundles").join(self.name()).join(self.version());
        let entries = std::fs::read_dir(of_version).ok()?;
        let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths.find(|path| path.is_dir())
    }

    /// The objects that it needs, by their paths in a store.
    #[must_use]
    pub fn objects(self) -> BTreeSet<PathBuf> {
        self.contents().map(|(_, object)| object).collect()
    }

    /// The object of one of its files.
    pub(crate) fn object_of(self, path: &str) -> PathBuf {
        let mut contents = self.contents();
        let found = contents.find(|(found, _)| found == path);
        found.expect("it has such a file").1
    }

    /// Its files that are links of objects, with these.
    pub(crate) fn links(self) -> impl Iterator<Item = (String, PathBuf)> {
        self.contents()
            .filter(|(path, _)| path != ENTRY_POINT && path != PRIVATE)
    }

    /// Its files that are not empty, each with the path of its object.
    fn contents(self) -> impl Iterator<Item = (String, PathBuf)> {
        let bundle = self.bundle();
        let contents: Vec<(String, PathBuf)> = bundle
            .contents()
            .map(|(path, object)| (path.to_owned(), object))
            .collect();
        contents.into_iter()
    }

    /// What is wrong with this directory, if anything is: every file with its bytes, readable, executable where it must be.
    #[must_use]
    pub fn flaw_of(self, directory: &Path) -> Option<String> {
        self.flaw_as_vouched(directory, Vouched::Whole)
    }

    /// Whether its directory has the host's file.
    #[must_use]
    pub(crate) fn has_host_file(directory: &Path) -> bool {
        let (path, bytes) = HOST_FILE;
        std::fs::read(directory.join(path)).is_ok_and(|found| found == bytes)
    }

    /// What is wrong of that which is promised.
    #[must_use]
    pub fn flaw_as_vouched(self, directory: &Path, vouched: Vouched) -> Option<String> {
        let is_gone = || vouched == Vouched::WholeOrGone && !directory.exists();
        if vouched == Vouched::Nothing || is_gone() {
            return None;
        }
        let bundle = self.bundle();
        let mut symlinks = bundle.symlinks();
        let astray = symlinks.find(|(path, target)| {
            let found = std::fs::read_link(directory.join(path));
            !found.is_ok_and(|found| found == Path::new(target))
        });
        if let Some((path, target)) = astray {
            return Some(format!("{path} is no link to {target}"));
        }
        bundle.entries().find_map(|(path, mode, bytes)| {
            let file = directory.join(path);
            match std::fs::read(&file) {
                Err(error) => return Some(format!("{}: {error}", file.display())),
                Ok(found) if found != bytes => {
                    let lengths = (found.len(), bytes.len());
                    return Some(format!(
                        "{} is altered, lengths {lengths:?}",
                        file.display()
                    ));
                }
                Ok(_) => {}
            }
            let found = std::fs::metadata(&file).ok()?.permissions().mode();
            let counts = vouched != Vouched::Bytes;
            let wrong = found & 0o400 == 0 || (mode & 0o100) != (found & 0o100);
            (counts && wrong).then(|| format!("{} has the mode {found:o}", file.display()))
        })
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name(), self.version())
    }
}

impl FromStr for Sample {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("{text} is no sample");
        let (name, version) = text.rsplit_once('@').ok_or_else(unknown)?;
        let name = NAMES.iter().position(|known| *known == name);
        let version = version
            .strip_suffix(".0.0")
            .and_then(|number| number.parse().ok());
        match (name, version) {
            (Some(name), Some(version)) => Ok(Sample::new(name as u8, version)),
            _ => Err(unknown()),
        }
    }
}
