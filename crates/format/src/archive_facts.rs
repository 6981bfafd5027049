//! What is kept about the archive that a bundle came from, apart from its content (store-format.md, section 9).

use serde::{Deserialize, Serialize};

/// Mode bits that were dropped: the number of files that had each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sanitized {
    /// Set user id on execution.
    pub setuid: u32,
    /// Set group id on execution.
    pub setgid: u32,
    /// The sticky bit.
    pub sticky: u32,
    /// Write permission for group or others.
    pub write: u32,
}

/// Whether the archive carries a signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// It has none.
    #[default]
    Absent,
    /// It has a well-formed block that nobody has checked.
    PresentNotChecked,
}

/// One digest of an archive, as a receipt keeps it. Registries name SHA-256; the store's own is `blake3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ArchiveDigest {
    /// Such as `blake3` or `sha256`.
    pub algorithm: String,
    /// The digest, hex.
    pub digest: String,
}
