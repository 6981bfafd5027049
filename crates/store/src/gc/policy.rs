//! What a gc may take besides what no name means any more. Without a policy it takes no installed version.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Serialize;

/// A week: who tried something on Monday finds it again on Sunday.
const GRACE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Which installed versions a gc takes. None takes what is current, pinned or held, nor what was used within the grace time;
/// of the others the least recently used go first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcPolicies {
    /// Of each name so many stay: the current version and the most recently used others.
    pub keep_versions: Option<NonZeroU32>,
    /// What was not used for so long goes.
    pub max_age: Option<Duration>,
    /// Versions go until the objects of the store take at most so many bytes of the disk.
    pub max_size: Option<u64>,
    /// Versions go until the store's file system has so many bytes free for this user.
    pub min_free: Option<u64>,
    /// What was used within this time stays, whatever the policies say.
    pub grace: Duration,
}

impl Default for GcPolicies {
    fn default() -> Self {
        GcPolicies {
            keep_versions: None,
            max_age: None,
            max_size: None,
            min_free: None,
            grace: GRACE,
        }
    }
}

impl GcPolicies {
    /// Whether any installed version may go.
    pub(super) fn take_something(&self) -> bool {
        self.keep_versions.is_some() || self.max_age.is_some() || self.limits().next().is_some()
    }

    /// The policies that go by bytes, in the order in which they are met.
    pub(super) fn limits(&self) -> impl Iterator<Item = Limit> + use<> {
        let max_size = self.max_size.map(|most| Limit::MaxSize { most });
        let min_free = self.min_free.map(|least| Limit::MinFree { least });
        max_size.into_iter().chain(min_free)
    }
}

/// Why a bundle goes, or would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Why {
    /// No name means it any more.
    NoName,
    /// Enough other versions of its name stay.
    KeepVersions,
    /// It was not used for too long.
    MaxAge,
    /// The store is too large.
    MaxSize,
    /// The disk is too full.
    MinFree,
}

/// A policy that goes by bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "policy", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Limit {
    /// The most that the objects may take.
    MaxSize {
        /// Bytes on disk.
        most: u64,
    },
    /// The least that must be free.
    MinFree {
        /// Bytes on disk.
        least: u64,
    },
}

impl Limit {
    /// The reason of what goes for it.
    pub(super) fn why(self) -> Why {
        match self {
            Limit::MaxSize { .. } => Why::MaxSize,
            Limit::MinFree { .. } => Why::MinFree,
        }
    }
}
