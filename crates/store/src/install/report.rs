//! What an install tells when it is over.

use std::path::PathBuf;

use linkstead_format::{ArchiveId, BundleName, Sanitized, Signature, TreeId, Version};
use serde::Serialize;

use crate::farm::Counts;

/// A bundle that is on disk: verified, durable, complete.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Installed {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// Its tree.
    pub tree: TreeId,
    /// The archive it came from.
    pub archive: ArchiveId,
    /// Whether it was there before.
    pub outcome: Outcome,
    /// Whether the archive carries a signature. It is not checked.
    pub signature: Signature,
    /// What was dropped from the modes of its files.
    pub sanitized: Sanitized,
    /// What it cost.
    pub report: InstallReport,
}

/// How an install ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The directory is new.
    Published,
    /// The directory was there, and every file of it was found as it should be.
    AlreadyInstalled,
    /// The directory was there with damaged or missing files, and was healed.
    Healed,
}

/// What an install cost and saved. Sizes are in bytes of content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InstallReport {
    /// Regular files of the tree.
    pub files: u64,
    /// Directories of the tree.
    pub directories: u64,
    /// Symbolic links of the tree.
    pub symlinks: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Objects that were not in the store before.
    pub new_objects: u64,
    /// Their bytes.
    pub new_bytes: u64,
    /// Files that are hard links.
    pub linked: u64,
    /// Files that are reflinks.
    pub reflinked: u64,
    /// Files that are copies, private and empty ones included.
    pub copied: u64,
    /// Bytes of linked files whose object was there before, or is shared within the bundle.
    pub saved_bytes: u64,
    /// Bytes that had not to be inflated, because their compressed stream was known.
    pub not_inflated_bytes: u64,
    /// Files of a damaged directory that were mended.
    pub healed: u64,
    /// Why copies stand in for links, if they do.
    pub no_links_because: Option<String>,
}

impl InstallReport {
    /// The same with what was counted.
    pub(crate) fn with(self, counts: &Counts) -> Self {
        let facts = counts.facts();
        InstallReport {
            new_objects: facts.new.files,
            new_bytes: facts.new.bytes,
            linked: facts.linked.files,
            reflinked: facts.reflinked.files,
            copied: facts.copied.files,
            saved_bytes: facts.linked.bytes.saturating_sub(facts.new.bytes),
            not_inflated_bytes: facts.not_inflated.bytes,
            ..self
        }
    }
}
