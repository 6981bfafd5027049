//! Why bytes or entries are no tree.

use crate::bytes::Truncated;
use crate::path_rule::PathRule;
use crate::tree_path::TreePath;
use crate::tree_rule::TreeRule;

/// A rule that a tree breaks, and the first entry that breaks it. What can be cut into entries comes before what is in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// It does not begin as a tree.
    #[error("this is no tree: it does not begin with \"LKTR\"")]
    Magic,
    /// A version that this program does not understand.
    #[error("this tree is of version {0}; this program understands version 1")]
    Version(u8),
    /// The bytes end before the tree does.
    #[error("this tree is cut short")]
    Truncated,
    /// Something follows the last entry.
    #[error("{0} bytes follow the last entry of this tree")]
    TrailingBytes(usize),
    /// Over 16,777,216 entries.
    #[error("this tree has {0} entries; 16,777,216 are allowed")]
    TooManyEntries(u64),
    /// A path that is not UTF-8.
    #[error("the path of entry {index} of this tree is not UTF-8")]
    PathText {
        /// Counted from 0.
        index: usize,
    },
    /// A path that breaks a rule on names.
    #[error("the path {path:?} in this tree {rule}")]
    Path {
        /// The path.
        path: String,
        /// The rule.
        rule: PathRule,
    },
    /// A kind of entry that does not exist.
    #[error("entry {index} of this tree is of the unknown kind {kind}")]
    Kind {
        /// Counted from 0.
        index: usize,
        /// The kind found.
        kind: u8,
    },
    /// A link whose target is not UTF-8.
    #[error("the target of the link {path:?} in this tree is not UTF-8")]
    TargetText {
        /// The link.
        path: TreePath,
    },
    /// Entries that are not strictly ascending.
    #[error("{path:?} in this tree does not come after the entry before it")]
    NotAscending {
        /// The later entry.
        path: TreePath,
    },
    /// A file of size 0 with another id than that of the empty content, or the reverse.
    #[error("size and object of {path:?} in this tree disagree on whether it is empty")]
    EmptyFile {
        /// The file.
        path: TreePath,
    },
    /// A file of over 2^40 bytes.
    #[error("{path:?} in this tree has {size} bytes; 2^40 are allowed")]
    FileTooLarge {
        /// The file.
        path: TreePath,
        /// Its size.
        size: u64,
    },
    /// Files of over 2^50 bytes together.
    #[error("the files of this tree have over 2^50 bytes together")]
    TotalTooLarge,
    /// Entries that do not go together: clashes, missing directories, links.
    #[error("the path {path:?} in this tree {rule}{}", beside(other))]
    Rule {
        /// The entry.
        path: TreePath,
        /// The rule.
        rule: TreeRule,
        /// The other entry, where there are two.
        other: Option<TreePath>,
    },
}

impl From<Truncated> for TreeError {
    fn from(_: Truncated) -> Self {
        TreeError::Truncated
    }
}

fn beside(other: &Option<TreePath>) -> String {
    match other {
        Some(other) => format!(" (beside {other:?})"),
        None => String::new(),
    }
}
