//! What each file of a bundle is in its directory: a link of its object, or a file of its own (store-format.md, section 8).

use std::collections::HashSet;

use linkstead_format::{Layout, LayoutKind, PrivateMatcher, TreePath};

/// What a file of a tree is in a published directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A hard link of its object.
    Linked,
    /// A file of its own that carries the seal: empty files and entry points, and where links cannot be made.
    Sealed,
    /// A file of an isolated directory: its own inode, writable, a fresh mtime.
    Isolated,
    /// The server's own to change.
    Private,
}

/// Says which role each file of a bundle has.
#[derive(Debug)]
pub(crate) struct Roles {
    kind: LayoutKind,
    private: PrivateMatcher,
    own_inode: HashSet<TreePath>,
}

impl Roles {
    /// The roles in a new directory: entry points get inodes of their own, because hosts chmod them at each start.
    pub(crate) fn new(layout: &Layout, own_inode: impl IntoIterator<Item = TreePath>) -> Self {
        Roles {
            kind: layout.kind,
            private: layout.private.matcher(),
            own_inode: own_inode.into_iter().collect(),
        }
    }

    /// Which files are the server's own.
    pub(crate) fn private(&self) -> &PrivateMatcher {
        &self.private
    }

    /// The role of one file.
    pub(crate) fn of(&self, path: &TreePath, size: u64) -> Role {
        if self.private.is_private(path) {
            Role::Private
        } else if self.kind == LayoutKind::Isolated {
            Role::Isolated
        } else if size == 0 || self.own_inode.contains(path) {
            Role::Sealed
        } else {
            Role::Linked
        }
    }
}
