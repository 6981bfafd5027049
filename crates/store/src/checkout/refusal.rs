//! Why nothing is checked out to a path.

use std::path::PathBuf;

use super::settle::Hindrance;

/// What stands against a checkout to a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckoutRefusal {
    /// It is `/`.
    #[error("it is the root of the file system")]
    Root,
    /// It ends in `..`, say.
    #[error("it does not end in a name")]
    NoName,
    /// Its parent is not there.
    #[error("the directory that it is to lie in is not there")]
    NoParent,
    /// It cannot be written down.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A symbolic link is there.
    #[error("a symbolic link is there")]
    Symlink,
    /// A file is there, or the like.
    #[error("something that is no directory is there")]
    NoDirectory,
    /// A file system is mounted there.
    #[error("it is a mount point")]
    MountPoint,
    /// A file system is mounted below it.
    #[error("{} in it is a mount point", .0.display())]
    MountBelow(PathBuf),
    /// It is the store, or lies in it.
    #[error("it lies in the store {}", .0.display())]
    InStore(PathBuf),
    /// The store lies in it.
    #[error("the store {} lies in it", .0.display())]
    HoldsStore(PathBuf),
    /// It is a directory that must stay, or such a directory lies in it.
    #[error("it is or holds {}, which must stay", .0.display())]
    Protected(PathBuf),
    /// An earlier checkout to it was interrupted, and cannot be settled.
    #[error("an earlier checkout to it was interrupted: {0}")]
    Interrupted(Hindrance),
    /// A directory is there that is no checkout of this store.
    #[error("a directory is there that linkstead did not make")]
    Foreign,
    /// A checkout is there into which something was put: paths within it.
    #[error("it holds {} of its own: {}", files(.0), some(.0))]
    ExtraFiles(Vec<String>),
    /// Extra files that are to be kept have no place in the new directory: paths within it.
    #[error("{} cannot be kept, because the bundle has something in the way: {}", files(.0), some(.0))]
    ExtraClash(Vec<String>),
}

fn files(paths: &[String]) -> String {
    match paths.len() {
        1 => "a file".into(),
        count => format!("{count} files"),
    }
}

/// The first of them; whoever wants all has them as data.
fn some(paths: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut list = paths
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if paths.len() > SHOWN {
        list.push_str(" …");
    }
    list
}
