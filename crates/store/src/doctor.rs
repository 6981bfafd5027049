//! `doctor`: a look at a store and its place, and what follows from it. Nothing is written into the store, whatever state it is
//! in and whoever owns it; what a file system can do is tried beside it.
//!
//! What a recovery did is not told: it would have to be written down by each, and nothing else would ever read it.

mod abilities;
mod concern;
mod leftovers;
mod locks;

use std::path::{Path, PathBuf};

use linkstead_format::{StoreJson, paths};
use linkstead_fs::stat::{self, FileKind};
use linkstead_fs::{FsError, Op, file, probe, space};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::options::{OpenMode, OpenOptions};
use crate::store::{SMALL_FILE, Store};

pub use abilities::{Abilities, Ability};
pub use concern::Concern;
pub use leftovers::{Leftovers, Shelf};
pub use locks::LockState;

/// What was seen.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The store's directory, absolute.
    pub root: PathBuf,
    /// Whether there is a store that can be used.
    pub state: StoreState,
    /// What `store.json` says, if it can be read.
    pub store_json: Option<StoreJson>,
    /// Who owns it; absent where there is nothing.
    pub owner: Option<Owner>,
    /// Where it lies, or would lie.
    pub place: Place,
    /// The locks that somebody holds, as far as the system tells.
    pub locks: Vec<LockState>,
    /// What lies there besides bundles.
    pub leftovers: Leftovers,
    /// What follows, what needs a person first.
    pub concerns: Vec<Concern>,
}

impl Diagnosis {
    /// Whether something will not go away by itself.
    pub fn needs_a_person(&self) -> bool {
        self.concerns.iter().any(Concern::needs_a_person)
    }
}

/// Whether there is a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StoreState {
    /// It can be opened.
    Opens,
    /// There is none yet.
    Absent,
    /// Something is there that cannot be used.
    Unusable,
}

/// Who owns a store, and whether this process may write to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Owner {
    /// User id of the owner.
    pub owner: u32,
    /// User id of this process.
    pub user: u32,
    /// Permission bits of the store's directory.
    pub mode: u32,
    /// Why this process may only read it, if so.
    pub read_only_because: Option<String>,
}

/// Where a store lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// The directory that was looked at: the store's, or where it would be made.
    pub directory: PathBuf,
    /// The type of the file system, as the system calls it.
    pub filesystem: String,
    /// Bytes that this user may still write; absent where the system does not tell.
    pub free_bytes: Option<u64>,
    /// Files that may still be made; absent where the system does not tell, or makes room as it goes.
    pub free_inodes: Option<u64>,
    /// What it can do.
    pub abilities: Abilities,
}

/// Looks at the store at `root`, be it whole, damaged, another user's, or not there. What cannot be looked at is a concern.
///
/// # Errors
/// The path is relative and the current directory is gone.
pub fn diagnose(root: impl Into<PathBuf>) -> Result<Diagnosis> {
    let root = std::path::absolute(root.into())
        .map_err(|source| FsError::new(Op::Read, Path::new("."), source))?;
    let root = std::fs::canonicalize(&root).unwrap_or(root);
    let mut concerns = Vec::new();
    let opened = Store::open(&root, &OpenOptions::new(OpenMode::Resolve));
    let state = match &opened {
        Ok(_) => StoreState::Opens,
        Err(Error::NoStore { .. }) => StoreState::Absent,
        Err(error) => {
            concerns.push(Concern::Unusable {
                problem: with_causes(error),
            });
            StoreState::Unusable
        }
    };
    let diagnosis = Diagnosis {
        state,
        store_json: store_json(&root),
        owner: owner(&root, opened.as_ref().ok()),
        place: place(&root),
        locks: locks::held(&root),
        leftovers: leftovers::of(&root, &mut concerns),
        concerns: Vec::new(),
        root,
    };
    if let Ok(store) = &opened {
        concern::of_roots(store, &mut concerns);
    }
    concern::of_facts(&diagnosis, &mut concerns);
    concerns.sort_by_key(|concern| !concern.needs_a_person());
    Ok(Diagnosis {
        concerns,
        ..diagnosis
    })
}

/// What went wrong, with each cause.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}

fn store_json(root: &Path) -> Option<StoreJson> {
    let bytes = file::read(&root.join(paths::STORE_JSON), SMALL_FILE).ok()??;
    StoreJson::decode(&bytes).ok()
}

fn owner(root: &Path, opened: Option<&Store>) -> Option<Owner> {
    let found = stat::stat(root).ok()??;
    let refused = opened.and_then(|store| store.require_writable().err());
    Some(Owner {
        owner: found.uid,
        user: stat::effective_user(),
        mode: found.mode,
        read_only_because: refused.map(|error| match error {
            Error::ReadOnly { reason, .. } => reason.to_string(),
            other => other.to_string(),
        }),
    })
}

fn place(root: &Path) -> Place {
    let directory = nearest_directory(root);
    let free = space::free(directory).ok();
    Place {
        filesystem: probe::filesystem(directory),
        free_bytes: free.map(|free| free.bytes),
        free_inodes: free
            .map(|free| free.inodes)
            .filter(|inodes| *inodes != u64::MAX),
        abilities: Abilities::of(root, directory),
        directory: directory.to_path_buf(),
    }
}

/// The directory itself, or the nearest one above that is there.
fn nearest_directory(root: &Path) -> &Path {
    let is_directory = |path: &&Path| {
        stat::stat(path).is_ok_and(|found| found.is_some_and(|it| it.kind == FileKind::Directory))
    };
    root.ancestors()
        .find(is_directory)
        .unwrap_or(Path::new("/"))
}
