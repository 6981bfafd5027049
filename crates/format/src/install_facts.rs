//! What a receipt remembers of the install that made its directory (store-format.md, section 9): what was new and what was there.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::json::Extra;

/// A number of files and the bytes of their content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Amount {
    /// Counts one more file.
    pub fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, more: Amount) {
        self.files += more.files;
        self.bytes += more.bytes;
    }
}

/// The facts about one install.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InstallFacts {
    /// Objects that were not in the store before.
    pub new: Amount,
    /// Files that are hard links.
    pub linked: Amount,
    /// Files that share their content until one is written.
    pub reflinked: Amount,
    /// Files that are copies, private and empty ones included.
    pub copied: Amount,
    /// Files whose compressed stream was known, so that they had not to be inflated.
    pub not_inflated: Amount,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}
