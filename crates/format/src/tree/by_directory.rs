//! A tree, directory by directory.

use std::collections::HashMap;

use super::{Tree, TreeEntry, TreeKind};

/// A directory of a tree, with what lies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeDirectory<'t> {
    /// Where it lies; "" is the tree itself.
    pub path: &'t str,
    /// What lies in it, ascending by name.
    pub entries: Vec<&'t TreeEntry>,
    /// The directories in it, ascending by name: their places in the list of all.
    pub directories: Vec<usize>,
}

impl<'t> TreeDirectory<'t> {
    fn empty(path: &'t str) -> Self {
        TreeDirectory {
            path,
            entries: Vec::new(),
            directories: Vec::new(),
        }
    }

    /// The last component of its path.
    pub fn name(&self) -> &'t str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

impl Tree {
    /// All directories, the tree itself first; a directory stands before those in it.
    pub fn by_directory(&self) -> Vec<TreeDirectory<'_>> {
        let mut directories = vec![TreeDirectory::empty("")];
        let mut places: HashMap<&str, usize> = HashMap::from([("", 0)]);
        // A directory stands before what lies in it, and neighbours mostly lie in the same.
        let mut last = ("", 0);
        for entry in self.entries() {
            let parent = entry.path.parent_str().unwrap_or("");
            if last.0 != parent {
                last = (parent, places[parent]);
            }
            directories[last.1].entries.push(entry);
            if entry.kind == TreeKind::Directory {
                let place = directories.len();
                directories[last.1].directories.push(place);
                places.insert(entry.path.as_str(), place);
                directories.push(TreeDirectory::empty(entry.path.as_str()));
            }
        }
        directories
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::super::samples::{directory, file};
    use crate::object::ExecClass::Plain;

    // Seen to fail when an entry is given to the directory of the one before it.
    #[test]
    fn each_entry_lies_in_its_directory() {
        let file = |path| file(path, Plain, b"x");
        let entries = vec![
            directory("a"),
            file("a-"),
            file("a/b"),
            directory("a/c"),
            file("a/c/d"),
            file("e"),
        ];
        let tree = Tree::new(entries).unwrap();
        let directories = tree.by_directory();
        let told: Vec<_> = directories
            .iter()
            .map(|directory| {
                let entries = directory.entries.iter().map(|entry| entry.path.as_str());
                let entries: Vec<_> = entries.collect();
                (
                    directory.path,
                    directory.name(),
                    entries,
                    &directory.directories[..],
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("", "", vec!["a", "a-", "e"], &[1][..]),
                ("a", "a", vec!["a/b", "a/c"], &[2]),
                ("a/c", "c", vec!["a/c/d"], &[]),
            ]
        );
    }
}
