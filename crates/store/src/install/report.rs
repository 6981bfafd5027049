//! What an install tells when it is over.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use linkstead_format::{
    Amount, ArchiveId, BundleName, InstallFacts, Sanitized, Signature, TreeId, Version,
};
use serde::Serialize;

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

/// The counters that threads share while they work.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(super) new: Tally,
    pub(super) linked: Tally,
    pub(super) reflinked: Tally,
    pub(super) copied: Tally,
    pub(super) not_inflated: Tally,
}

/// Files and their bytes, counted by several threads.
#[derive(Debug, Default)]
pub(super) struct Tally {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    /// Counts one file.
    pub(super) fn add(&self, bytes: u64) {
        self.add_all(Amount { files: 1, bytes });
    }

    pub(super) fn add_all(&self, amount: Amount) {
        self.files.fetch_add(amount.files, Ordering::Relaxed);
        self.bytes.fetch_add(amount.bytes, Ordering::Relaxed);
    }

    fn amount(&self) -> Amount {
        Amount {
            files: self.files.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

impl Counts {
    /// What the receipt remembers.
    pub(super) fn facts(&self) -> InstallFacts {
        InstallFacts {
            new: self.new.amount(),
            linked: self.linked.amount(),
            reflinked: self.reflinked.amount(),
            copied: self.copied.amount(),
            not_inflated: self.not_inflated.amount(),
            ..InstallFacts::default()
        }
    }

    /// Fills in what was counted.
    pub(crate) fn report(&self, base: InstallReport) -> InstallReport {
        let facts = self.facts();
        InstallReport {
            new_objects: facts.new.files,
            new_bytes: facts.new.bytes,
            linked: facts.linked.files,
            reflinked: facts.reflinked.files,
            copied: facts.copied.files,
            saved_bytes: facts.linked.bytes.saturating_sub(facts.new.bytes),
            not_inflated_bytes: facts.not_inflated.bytes,
            ..base
        }
    }
}
