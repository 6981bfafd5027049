//! The rules on entries, whoever made them: order, sizes, clashes, directories, links.

use super::{TreeEntry, TreeError, TreeKind};
use crate::caps::Caps;
use crate::digest::ObjectId;
use crate::object::empty_content;
use crate::threads::Threads;
use crate::tree_path::TreePath;
use crate::tree_rule::{ItemKind, TreeItem, breaches};

pub(super) fn check(entries: &[TreeEntry], threads: Threads) -> Result<(), TreeError> {
    let count = entries.len() as u64;
    if count > Caps::FORMAT.entries {
        return Err(TreeError::TooManyEntries(count));
    }
    check_order(entries)?;
    check_sizes(entries)?;
    check_together(entries, threads)
}

/// One order, so that one tree has one encoding.
fn check_order(entries: &[TreeEntry]) -> Result<(), TreeError> {
    let wrong = entries.windows(2).find(|pair| pair[0].path >= pair[1].path);
    match wrong {
        Some(pair) => Err(TreeError::NotAscending {
            path: pair[1].path.clone(),
        }),
        None => Ok(()),
    }
}

fn check_sizes(entries: &[TreeEntry]) -> Result<(), TreeError> {
    let empty = empty_content();
    let mut total: u64 = 0;
    for entry in entries {
        if let TreeKind::File { object, size, .. } = entry.kind {
            check_file(&entry.path, object, size, empty)?;
            total = total.saturating_add(size);
        }
    }
    if total > Caps::FORMAT.total_size {
        return Err(TreeError::TotalTooLarge);
    }
    Ok(())
}

fn check_file(
    path: &TreePath,
    object: ObjectId,
    size: u64,
    empty: ObjectId,
) -> Result<(), TreeError> {
    let path = || path.clone();
    if size > Caps::FORMAT.file_size {
        return Err(TreeError::FileTooLarge { path: path(), size });
    }
    if (size == 0) != (object == empty) {
        return Err(TreeError::EmptyFile { path: path() });
    }
    Ok(())
}

fn check_together(entries: &[TreeEntry], threads: Threads) -> Result<(), TreeError> {
    let items: Vec<TreeItem<'_>> = entries.iter().map(item).collect();
    match breaches(&items, threads).first() {
        Some(breach) => Err(TreeError::Rule {
            path: entries[breach.item].path.clone(),
            rule: breach.rule,
            other: breach.other.map(|other| entries[other].path.clone()),
        }),
        None => Ok(()),
    }
}

fn item(entry: &TreeEntry) -> TreeItem<'_> {
    TreeItem {
        path: &entry.path,
        kind: match &entry.kind {
            TreeKind::Directory => ItemKind::Directory,
            TreeKind::File { .. } => ItemKind::File,
            TreeKind::Symlink { target } => ItemKind::Symlink(target),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::super::samples::{directory, entry, file, symlink};
    use super::*;
    use crate::object::ExecClass::Plain;
    use crate::tree_rule::TreeRule;

    fn error(entries: Vec<TreeEntry>) -> TreeError {
        Tree::new(entries).unwrap_err()
    }

    fn rule(entries: Vec<TreeEntry>) -> TreeRule {
        match error(entries) {
            TreeError::Rule { rule, .. } => rule,
            other => panic!("{other}"),
        }
    }

    fn sized(path: &str, size: u64) -> TreeEntry {
        let object = ObjectId::of(path.as_bytes());
        entry(
            path,
            TreeKind::File {
                exec: Plain,
                object,
                size,
            },
        )
    }

    #[test]
    fn entries_are_strictly_ascending_by_their_bytes() {
        for (one, other) in [("b", "a"), ("a", "a"), ("a/b", "a-")] {
            let entries = vec![sized(one, 1), sized(other, 1)];
            assert!(
                matches!(error(entries), TreeError::NotAscending { .. }),
                "{one} {other}"
            );
        }
        let entries = vec![directory("a"), sized("a-", 1), sized("a/b", 1)];
        assert!(Tree::new(entries).is_ok(), "\"-\" comes before \"/\"");
    }

    #[test]
    fn sizes_are_bounded_and_agree_with_the_object() {
        let too_large = vec![sized("a", Caps::FORMAT.file_size + 1)];
        assert!(matches!(error(too_large), TreeError::FileTooLarge { .. }));
        let many = (0..1025).map(|n| sized(&format!("{n:04}"), Caps::FORMAT.file_size));
        assert_eq!(error(many.collect()), TreeError::TotalTooLarge);
        assert!(matches!(
            error(vec![sized("a", 0)]),
            TreeError::EmptyFile { .. }
        ));
        let object = empty_content();
        let full = entry(
            "a",
            TreeKind::File {
                exec: Plain,
                object,
                size: 1,
            },
        );
        assert!(matches!(error(vec![full]), TreeError::EmptyFile { .. }));
    }

    #[test]
    fn entries_go_together() {
        let file = |path| file(path, Plain, b"x");
        assert_eq!(rule(vec![file("a/b")]), TreeRule::NoDirectory);
        assert_eq!(
            rule(vec![file("a"), file("a/b")]),
            TreeRule::FileAsDirectory
        );
        assert_eq!(
            rule(vec![file("A"), file("a")]),
            TreeRule::EqualAfterCaseFolding
        );
        assert_eq!(
            rule(vec![file("e\u{301}"), file("\u{e9}")]),
            TreeRule::EqualAfterNfc
        );
        assert!(matches!(rule(vec![symlink("a", "b")]), TreeRule::Link(_)));
        assert!(matches!(
            rule(vec![symlink("a", "../b")]),
            TreeRule::Link(_)
        ));
        assert!(matches!(
            rule(vec![symlink("a", "/b"), file("b")]),
            TreeRule::Link(_)
        ));
    }
}
