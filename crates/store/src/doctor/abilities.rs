//! What the file system of a store can do. It is tried in a scratch directory beside the store, which is removed again; where
//! that cannot be, nothing is said, for a guess by the name of a file system is often wrong.

use std::path::{Path, PathBuf};

use linkstead_fs::probe::{self, Support};
use linkstead_fs::stat;
use serde::Serialize;

/// Whether something can be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// It can.
    Yes,
    /// It cannot.
    No,
    /// It was not tried.
    #[default]
    Untried,
}

impl From<Support> for Ability {
    fn from(support: Support) -> Self {
        match support {
            Support::Yes => Ability::Yes,
            Support::No => Ability::No,
        }
    }
}

/// What a file system can do, as far as a store cares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Abilities {
    /// The directory in which it was tried; absent if it was not.
    pub tried_in: Option<PathBuf>,
    /// Hard links: without them bundles share nothing.
    pub hard_links: Ability,
    /// Reflinks: copies that share their bytes until one is written.
    pub reflinks: Ability,
    /// Symbolic links: some bundles have them.
    pub symbolic_links: Ability,
    /// A rename that replaces nothing, in one step (`renameat2`).
    pub rename_no_replace: Ability,
    /// One call that makes everything durable (`syncfs`).
    pub sync_filesystem: Ability,
    /// Syncs of directories.
    pub sync_directories: Ability,
    /// Locks (`flock`), on directories too.
    pub locks: Ability,
    /// Permission bits are kept.
    pub modes: Ability,
    /// Modification times are kept to the second.
    pub mtimes: Ability,
}

impl Abilities {
    /// Tries them for a store at `root`, of which `directory` is there.
    pub(super) fn of(root: &Path, directory: &Path) -> Self {
        let Some(place) = place_to_try(root, directory) else {
            return Abilities::default();
        };
        let Ok(found) = probe::capabilities(place) else {
            return Abilities::default();
        };
        Abilities {
            tried_in: Some(place.to_path_buf()),
            hard_links: found.hard_links.into(),
            reflinks: found.reflinks.into(),
            symbolic_links: found.symbolic_links.into(),
            rename_no_replace: found.rename_no_replace.into(),
            sync_filesystem: found.sync_filesystem.into(),
            sync_directories: found.sync_directories.into(),
            locks: found.directory_locks.into(),
            modes: found.modes.into(),
            mtimes: found.mtimes.into(),
        }
    }
}

/// A directory of the same mount that is not the store's and that this user may write to.
fn place_to_try<'a>(root: &'a Path, directory: &'a Path) -> Option<&'a Path> {
    let place = match directory == root {
        true => root.parent()?,
        false => directory,
    };
    let mount = |path| stat::mount(path).ok().flatten();
    let is_same = mount(place).is_some() && mount(place) == mount(directory);
    (is_same && stat::can_write(place)).then_some(place)
}
