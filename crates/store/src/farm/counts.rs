//! How many files became what, counted by all threads that make a directory.

use std::sync::atomic::{AtomicU64, Ordering};

use linkstead_format::{Amount, InstallFacts};

/// The counters that threads share while they work.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) new: FileCounter,
    pub(crate) linked: FileCounter,
    pub(crate) reflinked: FileCounter,
    pub(crate) copied: FileCounter,
    pub(crate) not_inflated: FileCounter,
}

/// Files and their bytes, counted by several threads.
#[derive(Debug, Default)]
pub(crate) struct FileCounter {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl FileCounter {
    /// Counts one file.
    pub(crate) fn add(&self, bytes: u64) {
        self.add_all(Amount { files: 1, bytes });
    }

    pub(crate) fn add_all(&self, amount: Amount) {
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
    pub(crate) fn facts(&self) -> InstallFacts {
        InstallFacts {
            new: self.new.amount(),
            linked: self.linked.amount(),
            reflinked: self.reflinked.amount(),
            copied: self.copied.amount(),
            not_inflated: self.not_inflated.amount(),
            ..InstallFacts::default()
        }
    }
}
