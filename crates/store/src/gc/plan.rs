//! The plan as data: what a sweep would take back and why, how many bytes that really frees, and what stays though a policy
//! would take it.

use std::path::PathBuf;

use linkstead_format::{BundleName, Version};
use serde::Serialize;

use super::policy::{Limit, Why};
use crate::leases::Holder;
use crate::uses::LastUse;

/// What a sweep would take back.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GcPlan {
    /// Bundles that go, in this order: those that no name means, then what the policies take.
    pub bundles: Vec<Reclaim>,
    /// Bundles that stay though no name means them, or though a policy would take them.
    pub stays: Vec<Kept>,
    /// Policies that are not met by this.
    pub unmet: Vec<Unmet>,
    /// Whether the policies take every bundle that is installed: a sweep must be told that this is meant.
    pub takes_everything: bool,
    /// Paths of checkouts that were deleted by hand, or replaced: they are forgotten, and what only they needed goes.
    pub forgotten: Vec<PathBuf>,
    /// Removed directories that are parked or already doomed, and what operations that died left.
    pub parked: usize,
    /// Look-ups that lead to nothing.
    pub look_ups: usize,
    /// Trees that nothing needs.
    pub trees: usize,
    /// Objects that nothing needs.
    pub objects: usize,
    /// Bytes that will really be free, on the store's disk and on those of checkouts: a file with another link elsewhere frees
    /// nothing.
    pub bytes: u64,
}

/// A bundle that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reclaim {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// Why it goes.
    pub why: Why,
    /// When it was last used; `None` if neither stamp nor receipt says so.
    pub last_use: Option<LastUse>,
    /// Bytes on disk that its going frees, after all that goes before it: 0 of an object that another bundle still needs.
    pub bytes: u64,
    /// Extra files that go with it, relative to its directory; only if that was asked for.
    pub extra_files: Vec<String>,
    /// Why nobody can tell which files in its directory are extra, if that is so: then all that lies there goes with it.
    pub damage: Option<String>,
}

/// A bundle that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// Why it would go.
    pub wanted_by: Why,
    /// What keeps it.
    pub keep: Keep,
    /// When it was last used; `None` if neither stamp nor receipt says so.
    pub last_use: Option<LastUse>,
}

/// What keeps a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Keep {
    /// Its name alone means it.
    Current,
    /// A pin.
    Pin {
        /// The label of one that keeps it.
        label: String,
    },
    /// It was used within the grace time.
    Grace,
    /// Processes that hold it.
    Lease {
        /// Which; empty where the system does not tell.
        holders: Vec<Holder>,
    },
    /// Files in its directory that are not of the bundle.
    ExtraFiles {
        /// Their paths, relative to the directory.
        files: Vec<String>,
    },
    /// Its receipt or its tree cannot be read, so nobody can tell which files in its directory are extra.
    Damage {
        /// What is wrong.
        problem: String,
    },
}

/// A policy that is not met, because of what stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unmet {
    /// Which.
    #[serde(flatten)]
    pub limit: Limit,
    /// Bytes on disk that are still to be freed.
    pub missing: u64,
}
