//! The bundles of a history: few names and versions, each published in two ways, all sharing content.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use linkstead_store::Source;
use linkstead_store::format::{BundleName, BundleRef, Version};

use crate::bundle::{Bundle, noise};

/// How many names there are.
pub(crate) const NAMES: u8 = 2;
/// How many versions of each.
pub(crate) const VERSIONS: u8 = 3;
/// In how many ways each is published.
pub(crate) const CONTENTS: u8 = 2;

/// A name's version: what a ref is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Release {
    pub(crate) name: u8,
    pub(crate) version: u8,
}

/// A version as it was published: one directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Build {
    pub(crate) release: Release,
    pub(crate) content: u8,
}

impl Release {
    pub(crate) fn name(self) -> BundleName {
        name(self.name)
    }

    pub(crate) fn version(self) -> Version {
        Version::parse(&self.version.to_string()).expect("a plain version")
    }

    pub(crate) fn reference(self) -> BundleRef {
        BundleRef {
            name: self.name(),
            version: Some(self.version()),
        }
    }
}

pub(crate) fn name(number: u8) -> BundleName {
    BundleName::parse(&format!("name-{number}")).expect("a plain name")
}

/// The file that tells builds apart.
const OWN: &str = "own";

impl Build {
    /// Something that all have, of the name, of the version whatever its content, and of its own; one empty, one private.
    fn bundle(self) -> Bundle {
        let Release { name, version } = self.release;
        let (name, version) = (u64::from(name), u64::from(version));
        Bundle::new(
            self.release.name().as_str(),
            self.release.version().as_str(),
        )
        .file("lib/shared.py", 0o644, noise(1, 300))
        .file("lib/tool", 0o755, noise(1, 300))
        .file("lib/name.py", 0o644, noise(10 + 2 * name, 200))
        .file(
            "lib/version.py",
            0o644,
            noise(100 + 20 * name + 2 * version, 200),
        )
        .file("lib/__init__.py", 0o644, Vec::new())
        .file("lib/__pycache__/a.pyc", 0o644, b"compiled".to_vec())
        .file(OWN, 0o644, self.to_string().into_bytes())
    }

    pub(crate) fn source(self) -> Source {
        Source::Bytes(self.bundle().zip().into(), self.to_string().into())
    }

    /// The build whose directory this is.
    pub(crate) fn of_directory(directory: &Path) -> Option<Build> {
        let own = std::fs::read_to_string(directory.join(OWN)).ok()?;
        let numbers: Vec<u8> = own
            .split('-')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        let [name, version, content] = numbers[..] else {
            return None;
        };
        let release = Release { name, version };
        Some(Build { release, content })
    }

    /// Panics with the first file that is not there as it must be.
    pub(crate) fn assert_whole_in(self, directory: &Path) {
        self.bundle().assert_complete(directory);
    }

    /// The objects that it needs, by their paths in a store.
    pub(crate) fn objects(self) -> BTreeSet<PathBuf> {
        let bundle = self.bundle();
        bundle.contents().map(|(_, object)| object).collect()
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Release { name, version } = self.release;
        write!(f, "{name}-{version}-{}", self.content)
    }
}
