//! The caps on what an archive may hold. They bound work and disk before anything is written; all are adjustable.

/// Upper limits on an archive and on what it unpacks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps {
    /// Entries of the archive, implied directories included.
    pub entries: u64,
    /// Bytes of one file.
    pub file_size: u64,
    /// Bytes of all files together.
    pub total_size: u64,
    /// Bytes of the archive itself.
    pub archive_size: u64,
    /// Bytes of the MCPB manifest.
    pub manifest_size: u64,
}

impl Caps {
    /// The caps that the tree format itself has, whatever an install allows (store-format.md, section 7).
    pub const FORMAT: Caps = Caps {
        entries: 1 << 24,
        file_size: 1 << 40,
        total_size: 1 << 50,
        archive_size: u64::MAX,
        manifest_size: u64::MAX,
    };
}

impl Default for Caps {
    fn default() -> Self {
        Caps {
            entries: 200_000,
            file_size: 4 << 30,
            total_size: 8 << 30,
            archive_size: 4 << 30,
            manifest_size: 1 << 20,
        }
    }
}
