//! What a plan says: the whole tree of an archive, and where the bytes of its files are. Nothing has been written yet.

use linkstead_format::{ExecClass, Sanitized, Signature, TreePath};
use serde::Serialize;

/// An archive that may be unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Every entry, implied directories included, sorted by path.
    pub entries: Vec<PlannedEntry>,
    /// Permissions that are dropped.
    pub sanitized: Sanitized,
    /// Whether there is a signature block.
    pub signature: Signature,
    /// What is accepted and may still surprise.
    pub warnings: Vec<Warning>,
    /// Bytes of the archive.
    pub packed_size: u64,
    /// Bytes of all files.
    pub unpacked_size: u64,
}

/// One entry of the planned tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEntry {
    /// Where it will be.
    pub path: TreePath,
    /// What it will be.
    pub kind: PlannedKind,
}

/// What a planned entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedKind {
    /// A directory, named by the archive or implied.
    Directory,
    /// A regular file.
    File {
        /// Whether it may be executed.
        exec: ExecClass,
        /// Where its content is.
        data: EntryData,
    },
    /// A symbolic link that resolves inside the tree.
    Symlink {
        /// Its target, as it is.
        target: String,
    },
}

/// Where the bytes of an entry are, and what they must unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryData {
    /// How they are packed.
    pub method: Method,
    /// Position of the first byte in the archive.
    pub offset: u64,
    /// Packed bytes.
    pub compressed: u64,
    /// Unpacked bytes.
    pub size: u64,
    /// CRC-32 of the unpacked bytes.
    pub crc32: u32,
    /// Whether the archive says if the file may be executed.
    pub mode_origin: ModeOrigin,
}

/// How the bytes of an entry are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Not at all.
    Stored,
    /// By raw deflate.
    Deflate,
}

impl Method {
    /// The number of the method in zip headers.
    pub const fn number(self) -> u16 {
        match self {
            Method::Stored => 0,
            Method::Deflate => 8,
        }
    }
}

/// Where the exec class of a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModeOrigin {
    /// The archive has a unix mode for it.
    Archive,
    /// The packer knew no modes, so the class is a guess: plain.
    Assumed,
}

/// Something that is accepted and may still surprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Warning {
    /// Windows allows no such character in a file name; the bundle will not install there.
    WindowsCharacter {
        /// The entry, escaped.
        entry: String,
    },
    /// The archive lists the same directory more than once.
    RepeatedDirectory {
        /// The entry, escaped.
        entry: String,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::WindowsCharacter { entry } => write!(
                f,
                "entry \"{entry}\": its name has one of < > \" | ? *, which Windows does not allow"
            ),
            Warning::RepeatedDirectory { entry } => {
                write!(
                    f,
                    "entry \"{entry}\": the directory is listed more than once"
                )
            }
        }
    }
}
