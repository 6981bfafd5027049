//! A tree to pack, and whether what is installed is that tree.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use linkstead_store::archive::Policy;

use crate::installs::{Contents, contents, one_verdict};
use crate::verdicts::report;

const MANIFEST: &str = r#"{
  "manifest_version": "0.3",
  "name": "packed",
  "version": "1.0.0",
  "description": "A tree to pack",
  "author": { "name": "linkstead" },
  "server": {
    "type": "node",
    "entry_point": "server/index.js",
    "mcp_config": { "command": "node", "args": ["${__dirname}/server/index.js"] }
  }
}
"#;

/// What a packer keeps of a tree beyond names and content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Modes and empty directories.
    All,
    /// Empty directories.
    NoModes,
    /// Modes.
    NoEmptyDirectories,
}

/// A bundle in a directory of its own, and room for an archive.
pub(super) struct Packed {
    place: tempfile::TempDir,
}

impl Packed {
    /// Files of all kinds: empty, tiny, large, noise, executable, hidden, deep, with a name beyond ASCII; an empty directory.
    pub(super) fn new() -> Self {
        let packed = Packed::empty();
        packed.file("server/empty", "");
        packed.file("server/tiny", "t");
        packed.file("server/large.txt", "a line that repeats\n".repeat(20_000));
        packed.file("server/noise.bin", noise(300_000));
        packed.file("server/grün/日本.txt", "names beyond ASCII\n");
        packed.file("server/a/b/c/d/e/deep.js", "1\n".repeat(100));
        packed.file("server/.hidden", "h\n");
        let program = packed.file("server/run", "#!/bin/sh\nexec true\n");
        std::fs::set_permissions(program, PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::create_dir(packed.root().join("void")).unwrap();
        packed
    }

    /// The least that is a bundle.
    pub(super) fn empty() -> Self {
        let place = tempfile::tempdir().unwrap();
        let packed = Packed { place };
        packed.file("manifest.json", MANIFEST);
        packed.file("server/index.js", "console.log('hello')\n".repeat(9));
        packed
    }

    /// The directory that is packed.
    pub(super) fn root(&self) -> PathBuf {
        self.place.path().join("tree")
    }

    /// A place for the archive.
    pub(super) fn archive(&self) -> PathBuf {
        self.place.path().join("packed.zip")
    }

    /// Adds a file.
    pub(super) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The packed archive installs, as every archive does, and its directory is this tree.
    #[track_caller]
    pub(super) fn installs(&self, keeps: Keeps) {
        self.installs_beside(keeps, |_| false);
    }

    /// As [`installs`](Self::installs), with files that the packer brings.
    #[track_caller]
    pub(super) fn installs_beside(&self, keeps: Keeps, brought: fn(&Path) -> bool) {
        let bytes = std::fs::read(self.archive()).unwrap();
        let mut found = match one_verdict(&bytes, &Policy::default()) {
            Some(found) => found,
            None => panic!("{:#?}", report(&bytes, &Policy::default()).violations),
        };
        found.retain(|path, _| !brought(path));
        let expected = kept(contents(&self.root()), keeps);
        let names = |all: &Contents| {
            all.iter()
                .map(|(k, v)| (v.0, k.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&found), names(&expected));
        assert!(found == expected, "the content differs");
    }
}

/// What is left of a tree when a packer is done with it.
fn kept(mut contents: Contents, keeps: Keeps) -> Contents {
    match keeps {
        Keeps::All => {}
        Keeps::NoModes => contents.values_mut().for_each(|(kind, _)| {
            if *kind == 'x' {
                *kind = 'f';
            }
        }),
        Keeps::NoEmptyDirectories => {
            let all: Vec<PathBuf> = contents.keys().cloned().collect();
            contents.retain(|path, (kind, _)| {
                *kind != 'd'
                    || all
                        .iter()
                        .any(|other| other != path && other.starts_with(path))
            });
        }
    }
    contents
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}
