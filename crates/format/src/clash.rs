//! Paths that differ in their bytes and still name the same file on some file system: Windows and macOS ignore case, macOS
//! also normalizes.

use std::hash::{BuildHasher, RandomState};

use rayon::prelude::*;
use unicode_casefold::UnicodeCaseFold;
use unicode_normalization::UnicodeNormalization;

use crate::threads::Threads;
use crate::tree_rule::{TreeBreach, TreeItem, TreeRule};

/// Names whose keys a thread hashes before it looks for other work.
const RUN: usize = 512;

/// Finds entries of one directory whose names are equal after case folding, after NFC, or after both. Every directory is an entry,
/// so directories that clash are found too, and what lies below them is not told again.
pub(crate) fn equal_elsewhere(
    items: &[TreeItem<'_>],
    holders: &[Option<usize>],
    threads: Threads,
    found: &mut Vec<TreeBreach>,
) {
    let by_key = sorted_by_key(items, holders, threads);
    let mut clashes = Vec::new();
    for same_hash in by_key.chunk_by(|a, b| a.0 == b.0) {
        if same_hash.len() > 1 {
            compare(items, holders, same_hash, &mut clashes);
        }
    }
    // The seed of the hashes does not choose which is told.
    clashes.sort_unstable_by_key(|breach| (breach.item, breach.rule));
    found.extend(clashes);
}

/// (hash of the directory and the comparison key, index) of every distinct path whose directory is an entry. The hash is seeded, so
/// that nobody can make collisions.
fn sorted_by_key(
    items: &[TreeItem<'_>],
    holders: &[Option<usize>],
    threads: Threads,
) -> Vec<(u64, usize)> {
    let hasher = RandomState::new();
    let hash = |key: &mut String, index: usize| {
        let (path, holder) = (items[index].path, holders[index]);
        let is_twice = index > 0 && items[index - 1].path == path;
        let is_nowhere = holder.is_none() && path.parent_str().is_some();
        if is_twice || is_nowhere {
            return None;
        }
        write_key(key, path.file_name());
        Some((hasher.hash_one((holder, key.as_str())), index))
    };
    let indexes = 0..items.len();
    match threads {
        Threads::Caller => {
            let mut key = String::new();
            let mut hashes: Vec<_> = indexes.filter_map(|index| hash(&mut key, index)).collect();
            hashes.sort_unstable();
            hashes
        }
        Threads::Pool => {
            let indexes = indexes.into_par_iter().with_min_len(RUN);
            let hashes = indexes.map_init(String::new, hash).flatten_iter();
            let mut hashes: Vec<_> = hashes.collect();
            hashes.par_sort_unstable();
            hashes
        }
    }
}

fn compare(
    items: &[TreeItem<'_>],
    holders: &[Option<usize>],
    same_hash: &[(u64, usize)],
    found: &mut Vec<TreeBreach>,
) {
    let mut firsts: Vec<(String, usize)> = Vec::new();
    let mut key = String::new();
    for &(_, item) in same_hash {
        write_key(&mut key, items[item].path.file_name());
        let same = |first: &&(String, usize)| holders[first.1] == holders[item] && first.0 == key;
        match firsts.iter().find(same) {
            None => firsts.push((key.clone(), item)),
            Some(&(_, other)) => tell(items, item, other, found),
        }
    }
}

fn tell(items: &[TreeItem<'_>], item: usize, other: usize, found: &mut Vec<TreeBreach>) {
    let (a, b) = (items[item].path.file_name(), items[other].path.file_name());
    let equal_after_nfc = a.nfc().eq(b.nfc());
    let breach = |rule| TreeBreach {
        rule,
        item,
        other: Some(other),
    };
    if !equal_after_nfc || folded(a.chars()).eq(folded(b.chars())) {
        found.push(breach(TreeRule::EqualAfterCaseFolding));
    }
    if equal_after_nfc {
        found.push(breach(TreeRule::EqualAfterNfc));
    }
}

/// What two names have in common that any file system may take for one: canonical caseless matching (The Unicode Standard,
/// section 3.13, D145).
fn write_key(key: &mut String, name: &str) {
    key.clear();
    if name.is_ascii() {
        key.push_str(name);
        key.make_ascii_lowercase();
    } else {
        key.extend(folded(name.nfd()).nfc());
    }
}

/// Full case folding. The tables of the crate end at Unicode 9; letters that came later fold as they are lowercased.
fn folded(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    chars.case_fold().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_path::TreePath;
    use crate::tree_rule::{ItemKind, holders};

    fn rules(paths: &[&str]) -> Vec<TreeRule> {
        let mut paths: Vec<_> = paths
            .iter()
            .map(|path| TreePath::parse(path).unwrap())
            .collect();
        paths.sort();
        let items: Vec<_> = paths
            .iter()
            .map(|path| TreeItem {
                path,
                kind: ItemKind::File,
            })
            .collect();
        let mut found = Vec::new();
        equal_elsewhere(&items, &holders(&items), Threads::Caller, &mut found);
        found.into_iter().map(|breach| breach.rule).collect()
    }

    #[test]
    fn case_does_not_tell_paths_apart() {
        for (a, b) in [
            ("readme", "README"),
            ("straße", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﬁle", "FILE"),
            ("\u{10d0}", "\u{1c90}"),
            // Both at once: composed and upper case against decomposed and lower case.
            ("\u{c9}", "e\u{301}"),
        ] {
            assert_eq!(rules(&[a, b]), [TreeRule::EqualAfterCaseFolding], "{a} {b}");
            assert_eq!(rules(&[b, a]), [TreeRule::EqualAfterCaseFolding], "{b} {a}");
        }
    }

    #[test]
    fn normalization_does_not_tell_paths_apart() {
        assert_eq!(rules(&["\u{e9}", "e\u{301}"]), [TreeRule::EqualAfterNfc]);
        // The Kelvin sign normalizes to K, and folds like it.
        assert_eq!(
            rules(&["K", "\u{212a}"]),
            [TreeRule::EqualAfterCaseFolding, TreeRule::EqualAfterNfc]
        );
    }

    #[test]
    fn what_differs_is_left_alone() {
        assert_eq!(rules(&["a", "b", "é", "e", "ß", "s"]), []);
    }

    // Seen to fail when the clashes come in the order of their hashes, and when a pool leaves out what is not in its first piece.
    #[test]
    fn clashes_are_told_by_their_paths_by_whomever_they_are_found() {
        let paths: Vec<_> = ["A", "a"]
            .iter()
            .flat_map(|first| (0..2000).map(move |n| format!("{first}{n:04}")))
            .map(|path| TreePath::parse(&path).unwrap())
            .collect();
        let items: Vec<_> = paths
            .iter()
            .map(|path| TreeItem {
                path,
                kind: ItemKind::File,
            })
            .collect();
        let by = |threads| {
            let mut found = Vec::new();
            equal_elsewhere(&items, &holders(&items), threads, &mut found);
            found
                .into_iter()
                .map(|breach| (breach.item, breach.other))
                .collect::<Vec<_>>()
        };
        let right: Vec<_> = (0..2000).map(|n| (n + 2000, Some(n))).collect();
        assert_eq!(by(Threads::Caller), right);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build();
        assert_eq!(pool.unwrap().install(|| by(Threads::Pool)), right);
    }

    #[test]
    fn below_clashing_directories_nothing_is_told_again() {
        assert_eq!(
            rules(&["lib", "lib/x", "Lib", "Lib/x"]),
            [TreeRule::EqualAfterCaseFolding]
        );
    }
}
