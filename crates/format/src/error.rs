//! Why bytes or text are no part of a store: which kind of file, which member, which rule.
//!
//! A caller adds the path, which this crate never knows.

use std::fmt;

use crate::name::NameError;
use crate::private::GlobError;
use crate::tree::TreeError;

/// The kinds of files and rows that this crate decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// `store.json`.
    StoreJson,
    /// A receipt.
    Receipt,
    /// A ref.
    Ref,
    /// A pin.
    Pin,
    /// A checkout.
    Checkout,
    /// A row of `bundles.1`.
    BundleRow,
    /// A row of `archives.1`.
    ArchiveRow,
    /// A row of `streams.1`.
    StreamRow,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileKind::StoreJson => "store.json",
            FileKind::Receipt => "receipt",
            FileKind::Ref => "ref",
            FileKind::Pin => "pin",
            FileKind::Checkout => "checkout",
            FileKind::BundleRow => "row of bundles.1",
            FileKind::ArchiveRow => "row of archives.1",
            FileKind::StreamRow => "row of streams.1",
        })
    }
}

/// Why something cannot be decoded or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The text is no digest.
    #[error("{found:?} is not a digest of 64 lowercase hex digits")]
    Digest {
        /// The text.
        found: String,
    },
    /// The text cannot be the last component of a published directory.
    #[error("{found:?} is not a directory name: 16, 24, … 64 lowercase hex digits")]
    DirectoryName {
        /// The text.
        found: String,
    },
    /// The text is no name, version or label.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The glob cannot be used.
    #[error(transparent)]
    Glob(#[from] GlobError),
    /// The bytes or entries are no tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The file is not one JSON object.
    #[error("this {file} is not a JSON object")]
    Json {
        /// Which kind of file.
        file: FileKind,
        /// What the parser said, if it is no JSON at all.
        source: Option<serde_json::Error>,
    },
    /// A member is missing.
    #[error("this {file} has no member {member:?}")]
    MissingMember {
        /// Which kind of file.
        file: FileKind,
        /// The member's name.
        member: &'static str,
    },
    /// A member has a value that it may not have.
    #[error("the member {member:?} of this {file} is wrong: {problem}")]
    Member {
        /// Which kind of file.
        file: FileKind,
        /// The member's name.
        member: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
    /// The file is of a version that this program does not understand.
    #[error("this {file} is of version {found}; this program understands version {understood}")]
    Version {
        /// Which kind of file.
        file: FileKind,
        /// The version found.
        found: u64,
        /// The version that is understood.
        understood: u64,
    },
    /// The store is not of a kind that this program may open.
    #[error("this store has the {what} {found:?}, which this program does not know")]
    UnknownStore {
        /// Such as "format" or "incompatible feature".
        what: &'static str,
        /// The value found.
        found: String,
    },
    /// A key or value of the manifest has not the form of its table.
    #[error("the {field} of this {file} is wrong: {problem}")]
    Row {
        /// Which table.
        file: FileKind,
        /// Which part of the key or value.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}
