//! What a checkout tells when it is over.

use std::path::PathBuf;

use linkstead_format::{BundleName, TreeId, Version};
use serde::Serialize;

use super::displaced::Displaced;

/// A bundle that is at a path of the host's choice: verified, durable, complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckedOut {
    /// The bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// The directory, absolute.
    pub directory: PathBuf,
    /// Its tree.
    pub tree: TreeId,
    /// What became of the path.
    pub outcome: CheckoutOutcome,
    /// Regular files of the tree.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that are hard links.
    pub linked: u64,
    /// Files that are reflinks.
    pub reflinked: u64,
    /// Files that are copies, private and empty ones included.
    pub copied: u64,
    /// Why copies stand in for links, if they do.
    pub no_links_because: Option<String>,
    /// Files of the earlier checkout's own that are in the new directory too.
    pub kept: Vec<String>,
    /// Files of the earlier checkout's own that went with it.
    pub discarded: Vec<String>,
    /// What was displaced and could not be deleted: somebody holds it.
    pub displaced: Vec<Displaced>,
}

/// What became of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckoutOutcome {
    /// Nothing was there.
    Made,
    /// An earlier checkout was there.
    Replaced,
    /// A directory that linkstead did not make was there.
    ReplacedForeign,
    /// The same was there, and every file of it was found as it should be.
    AlreadyThere,
}
