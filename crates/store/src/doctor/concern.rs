//! What follows from what was seen: facts, for which whoever shows them has the words.

use std::path::{Path, PathBuf};

use linkstead_fs::stat::{self, Mount};
use serde::Serialize;

use super::{Ability, Diagnosis, StoreState};
use crate::roots::Roots;
use crate::store::{DIRECTORIES, Store};

/// Fewer bytes or inodes than these are few: a middling bundle does not fit.
const FEW_BYTES: u64 = 256 << 20;
const FEW_INODES: u64 = 10_000;

/// Write permission for group and others.
const WRITE_OF_OTHERS: u32 = 0o022;

/// One thing to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "concern")]
#[non_exhaustive]
pub enum Concern {
    /// It is no store, or one that cannot be used.
    Unusable {
        /// Why.
        problem: String,
    },
    /// A ref, a pin or a checkout cannot be read, so nothing is collected.
    UnreadableRoot {
        /// Which, and why.
        problem: String,
    },
    /// A directory of the store cannot be listed.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// A directory of the store is another mount.
    Split {
        /// Which.
        path: PathBuf,
    },
    /// Others may change what lies in it.
    WritableByOthers {
        /// Permission bits of the store's directory.
        mode: u32,
    },
    /// The file system lacks what no store can do without.
    Unsuitable {
        /// Such as `locks`.
        lacks: Vec<&'static str>,
    },
    /// Damaged files were put aside, or directories with extra files.
    Quarantine,
    /// Little can be written any more.
    LittleSpace,
    /// This process may only read it.
    ReadOnly {
        /// Why.
        reason: String,
    },
    /// The file system makes no hard links, so that bundles share nothing.
    NothingShared,
    /// The file system's abilities could not be tried.
    NotTried,
    /// A program of a newer version keeps things alive there that this one does not know.
    UnknownRoots {
        /// Their kinds.
        kinds: Vec<String>,
    },
    /// The manifest is gone, and will be rebuilt.
    ManifestLost,
    /// A crash left something, which will be cleared.
    DeadStagings {
        /// How many.
        count: u64,
    },
    /// There is something to collect.
    Collectable,
}

impl Concern {
    /// Whether it will not go away by itself, nor by using the store.
    pub fn needs_a_person(&self) -> bool {
        match self {
            Concern::Unusable { .. }
            | Concern::UnreadableRoot { .. }
            | Concern::Unreadable { .. }
            | Concern::Split { .. }
            | Concern::WritableByOthers { .. }
            | Concern::Unsuitable { .. }
            | Concern::Quarantine
            | Concern::LittleSpace => true,
            Concern::ReadOnly { .. }
            | Concern::NothingShared
            | Concern::NotTried
            | Concern::UnknownRoots { .. }
            | Concern::ManifestLost
            | Concern::DeadStagings { .. }
            | Concern::Collectable => false,
        }
    }
}

/// What the refs, pins and checkouts of a store that opens give to think about.
pub(super) fn of_roots(store: &Store, concerns: &mut Vec<Concern>) {
    if let Err(error) = Roots::read(store) {
        concerns.push(Concern::UnreadableRoot {
            problem: super::with_causes(&error),
        });
    }
    let of_store = mount(store.root());
    for directory in DIRECTORIES {
        let path = store.path(directory);
        if mount(&path).is_some_and(|mount| Some(mount) != of_store) {
            concerns.push(Concern::Split { path });
        }
    }
    if store.manifest_is_lost().is_ok_and(|is_lost| is_lost) {
        concerns.push(Concern::ManifestLost);
    }
    let kinds: Vec<String> = store.json().unknown_roots().map(str::to_owned).collect();
    if !kinds.is_empty() {
        concerns.push(Concern::UnknownRoots { kinds });
    }
}

fn mount(path: &Path) -> Option<Mount> {
    stat::mount(path).ok().flatten()
}

/// What all else gives to think about.
pub(super) fn of_facts(seen: &Diagnosis, concerns: &mut Vec<Concern>) {
    of_place(seen, concerns);
    if let Some(owner) = &seen.owner
        && seen.state != StoreState::Absent
    {
        if owner.mode & WRITE_OF_OTHERS != 0 && seen.store_json.is_some() {
            concerns.push(Concern::WritableByOthers { mode: owner.mode });
        }
        if let Some(reason) = owner.read_only_because.clone() {
            concerns.push(Concern::ReadOnly { reason });
        }
    }
    let leftovers = &seen.leftovers;
    if leftovers.quarantine.entries > 0 {
        concerns.push(Concern::Quarantine);
    }
    if leftovers.dead_stagings > 0 {
        concerns.push(Concern::DeadStagings {
            count: leftovers.dead_stagings,
        });
    }
    if leftovers.parked.entries + leftovers.trash.entries > 0 {
        concerns.push(Concern::Collectable);
    }
}

fn of_place(seen: &Diagnosis, concerns: &mut Vec<Concern>) {
    let place = &seen.place;
    let abilities = &place.abilities;
    let needed = [
        (abilities.modes, "modes"),
        (abilities.mtimes, "times"),
        (abilities.locks, "locks"),
    ];
    let lacks: Vec<_> = needed
        .into_iter()
        .filter_map(|(ability, what)| (ability == Ability::No).then_some(what))
        .collect();
    if !lacks.is_empty() {
        concerns.push(Concern::Unsuitable { lacks });
    }
    if abilities.hard_links == Ability::No {
        concerns.push(Concern::NothingShared);
    }
    if abilities.tried_in.is_none() {
        concerns.push(Concern::NotTried);
    }
    let is_little = |free: Option<u64>, few| free.is_some_and(|free| free < few);
    if is_little(place.free_bytes, FEW_BYTES) || is_little(place.free_inodes, FEW_INODES) {
        concerns.push(Concern::LittleSpace);
    }
}
