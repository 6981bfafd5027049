//! The reasons that some errors come with.

/// What a full disk lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lack {
    /// At least so many bytes.
    Bytes(u64),
    /// At least so many files and directories.
    Inodes(u64),
    /// As much as is needed is free by now: others gave it back, or a quota allows less than is free.
    Unknown {
        /// Bytes that the operation needs in all.
        needed: u64,
    },
}

impl std::fmt::Display for Lack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Lack::Bytes(bytes) => write!(f, "at least {bytes} bytes are missing"),
            Lack::Inodes(count) => {
                write!(
                    f,
                    "at least {count} more files and directories must be possible"
                )
            }
            Lack::Unknown { needed } => write!(
                f,
                "{needed} bytes are needed, and others use the space or a quota allows less"
            ),
        }
    }
}

/// Why a store is read-only for this process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadOnlyReason {
    /// It was opened so.
    Asked,
    /// It belongs to another user.
    OtherOwner {
        /// User id of the owner.
        owner: u32,
        /// User id of this process.
        user: u32,
    },
    /// It has a feature that only newer versions may write.
    Feature(String),
    /// The file system or the modes forbid it.
    NotWritable,
}

impl std::fmt::Display for ReadOnlyReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadOnlyReason::Asked => f.write_str("it was opened for reading"),
            ReadOnlyReason::OtherOwner { owner, user } => {
                write!(f, "it belongs to user {owner}, and this is user {user}")
            }
            ReadOnlyReason::Feature(name) => write!(f, "it has the unknown feature {name:?}"),
            ReadOnlyReason::NotWritable => f.write_str("no permission to write there"),
        }
    }
}
