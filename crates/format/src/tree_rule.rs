//! What the entries of a tree may be to each other: no clashes, nothing without its directory, links that stay inside.
//!
//! One function judges the plan of an archive and a tree that is read back, so that both keep the same rules (I2 rests on
//! them: a published directory is the same on every file system that linkstead supports).

use crate::clash;
use crate::link::{self, LinkRule};
use crate::threads::Threads;
use crate::tree_path::TreePath;

/// One entry of a tree, as far as its place among the others matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeItem<'a> {
    /// Where it is.
    pub path: &'a TreePath,
    /// What it is.
    pub kind: ItemKind<'a>,
}

/// What an entry is, as far as its place among the others matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind<'a> {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link and its target.
    Symlink(&'a str),
}

/// One rule on the entries of a tree; the messages complete "the path …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum TreeRule {
    /// A symbolic link, or what lies beneath one.
    #[error(transparent)]
    Link(#[from] LinkRule),
    /// The same path twice.
    #[error("occurs twice")]
    Twice,
    /// Equal to another path on a file system that ignores case.
    #[error("equals another path after case folding")]
    EqualAfterCaseFolding,
    /// Equal to another path on a file system that normalizes names.
    #[error("equals another path after NFC normalization")]
    EqualAfterNfc,
    /// It is a file, and a directory or something in a directory too.
    #[error("is a file and a directory")]
    FileAsDirectory,
    /// The directory that should hold it is no entry.
    #[error("has no entry for its directory")]
    NoDirectory,
}

/// A rule that two entries of a tree break, or one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeBreach {
    /// The rule.
    pub rule: TreeRule,
    /// Index of the entry.
    pub item: usize,
    /// Index of the other entry, where there are two.
    pub other: Option<usize>,
}

/// Every breach among the entries of a tree, sorted by their paths (implied directories included). The verdict does not
/// depend on the order in which an archive names them. Takes n log n time; links add no more than their targets'
/// length, and one look at each entry for each directory above it.
pub fn breaches(items: &[TreeItem<'_>], threads: Threads) -> Vec<TreeBreach> {
    debug_assert!(items.is_sorted_by(|a, b| a.path <= b.path));
    let mut found = Vec::new();
    let holders = holders(items);
    same_path(items, &mut found);
    parents(items, &holders, &mut found);
    clash::equal_elsewhere(items, &holders, threads, &mut found);
    link::resolve(items, &holders, &mut found);
    found
}

/// Index of the (first) entry with this path.
pub(crate) fn find(items: &[TreeItem<'_>], path: &str) -> Option<usize> {
    let at = items.partition_point(|item| item.path.as_str() < path);
    (items.get(at)?.path.as_str() == path).then_some(at)
}

fn same_path(items: &[TreeItem<'_>], found: &mut Vec<TreeBreach>) {
    let is_directory = |index: usize| items[index].kind == ItemKind::Directory;
    for item in 1..items.len() {
        let other = item - 1;
        if items[item].path != items[other].path {
            continue;
        }
        let rule = if is_directory(item) == is_directory(other) {
            TreeRule::Twice
        } else {
            TreeRule::FileAsDirectory
        };
        found.push(TreeBreach {
            rule,
            item,
            other: Some(other),
        });
    }
}

/// Of each entry, the index of the (first) one that holds it; `None` at the root, and where nothing has that path.
pub(crate) fn holders(items: &[TreeItem<'_>]) -> Vec<Option<usize>> {
    // The entries that the present one lies beneath. A name that sorts before "/" stands between a directory and what lies in it,
    // and takes it off: then it is searched for.
    let mut above: Vec<usize> = Vec::new();
    let mut holders = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        while above
            .pop_if(|above| !is_beneath(item.path, items[*above].path))
            .is_some()
        {}
        let holder = item
            .path
            .parent_str()
            .and_then(|parent| match above.last() {
                Some(&above) if items[above].path.as_str() == parent => Some(above),
                _ => find(items, parent),
            });
        holders.push(holder);
        if index == 0 || items[index - 1].path != item.path {
            above.push(index);
        }
    }
    holders
}

/// Whether the path is this one, or below it.
fn is_beneath(path: &TreePath, above: &TreePath) -> bool {
    let rest = path.as_str().strip_prefix(above.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What holds an entry must be a directory of the tree.
fn parents(items: &[TreeItem<'_>], holders: &[Option<usize>], found: &mut Vec<TreeBreach>) {
    for (item, (entry, holder)) in items.iter().zip(holders).enumerate() {
        let rule = match holder.map(|holder| items[holder].kind) {
            Some(ItemKind::Directory) => continue,
            Some(ItemKind::File) => TreeRule::FileAsDirectory,
            Some(ItemKind::Symlink(_)) => TreeRule::Link(LinkRule::EntryBeneath),
            None if entry.path.parent_str().is_none() => continue,
            None => TreeRule::NoDirectory,
        };
        found.push(TreeBreach {
            rule,
            item,
            other: *holder,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(entries: &[(&str, ItemKind<'_>)]) -> Vec<TreeRule> {
        let mut paths: Vec<_> = entries
            .iter()
            .map(|(path, kind)| (TreePath::parse(path).unwrap(), *kind))
            .collect();
        paths.sort_by(|a, b| a.0.cmp(&b.0));
        let items: Vec<_> = paths
            .iter()
            .map(|(path, kind)| TreeItem { path, kind: *kind })
            .collect();
        breaches(&items, Threads::Caller)
            .into_iter()
            .map(|breach| breach.rule)
            .collect()
    }

    use ItemKind::{Directory, File, Symlink};

    #[test]
    fn an_honest_tree_breaks_nothing() {
        assert_eq!(
            rules(&[
                ("a", Directory),
                ("a-b", File),
                ("a/b", File),
                ("a/l", Symlink("../a-b"))
            ]),
            []
        );
    }

    #[test]
    fn every_path_is_one_thing() {
        assert_eq!(rules(&[("a", File), ("a", File)]), [TreeRule::Twice]);
        assert_eq!(
            rules(&[("a", File), ("a", Directory)]),
            [TreeRule::FileAsDirectory]
        );
        assert_eq!(
            rules(&[("a", File), ("a-", File), ("a/b", File)]),
            [TreeRule::FileAsDirectory]
        );
        assert_eq!(rules(&[("a/b", File)]), [TreeRule::NoDirectory]);
    }

    #[test]
    fn nothing_lies_beneath_a_link() {
        assert_eq!(
            rules(&[("d", Directory), ("l", Symlink("d")), ("l/x", File)]),
            [TreeRule::Link(LinkRule::EntryBeneath)]
        );
    }
}
