//! Links of every kind, and trees of random links against a resolver that is simple and slow.

use super::*;
use crate::tree_path::TreePath;
use crate::tree_rule::holders;
use proptest::prelude::*;

/// What becomes of the links of this tree: (path, target), `/` at the end for a directory, no target for a file.
fn verdicts(entries: &[(&str, &str)]) -> Vec<LinkRule> {
    let mut parsed: Vec<_> = entries
        .iter()
        .map(|(path, target)| {
            let kind = match (path.strip_suffix('/'), *target) {
                (Some(_), _) => ItemKind::Directory,
                (None, "-") => ItemKind::File,
                (None, target) => ItemKind::Symlink(target),
            };
            (TreePath::parse(path.trim_end_matches('/')).unwrap(), kind)
        })
        .collect();
    parsed.sort_by(|a, b| a.0.cmp(&b.0));
    let items: Vec<_> = parsed
        .iter()
        .map(|(path, kind)| TreeItem { path, kind: *kind })
        .collect();
    let mut found = Vec::new();
    resolve(&items, &holders(&items), &mut found);
    found
        .into_iter()
        .map(|breach| match breach.rule {
            TreeRule::Link(rule) => rule,
            other => panic!("{other}"),
        })
        .collect()
}

#[test]
fn links_that_stay_inside_are_accepted() {
    for target in [
        "f", "d", "./f", "d/g", "d/../f", "d/", "m/g", "m/../f", "d//g",
    ] {
        let tree = [
            ("f", "-"),
            ("d/", ""),
            ("d/g", "-"),
            ("m", "d"),
            ("l", target),
        ];
        assert_eq!(verdicts(&tree), [], "{target}");
    }
    assert_eq!(verdicts(&[("d/", ""), ("d/e/", ""), ("d/e/up", "..")]), []);
}

#[test]
fn each_rule_is_kept() {
    for (target, rule) in [
        ("/f", LinkRule::Absolute),
        ("..", LinkRule::Escapes),
        ("d/../../x/f", LinkRule::Escapes),
        ("up/../f", LinkRule::Escapes),
        ("x", LinkRule::Dangling),
        ("", LinkRule::Dangling),
        (".", LinkRule::Dangling),
        ("f/", LinkRule::Dangling),
        ("f/..", LinkRule::Dangling),
        ("f/../d", LinkRule::Dangling),
        ("D", LinkRule::Dangling),
        ("l", LinkRule::Cyclic),
        ("d/back", LinkRule::Cyclic),
    ] {
        let tree = [
            ("f", "-"),
            ("d/", ""),
            ("d/back", "../l"),
            ("d/e/", ""),
            ("up", "d"),
            ("l", target),
        ];
        let found = verdicts(&tree);
        if target == "up/../f" {
            assert_eq!(found, [], "`..` is taken where the link led");
        } else {
            assert!(
                !found.is_empty() && found.iter().all(|found| *found == rule),
                "{target}: {found:?}"
            );
        }
    }
    let long = "./".repeat(2050);
    assert_eq!(verdicts(&[("l", &long)]), [LinkRule::TargetTooLong]);
}

#[test]
fn an_escape_behind_another_link_is_an_escape() {
    let tree = [
        ("a/", ""),
        ("a/b/", ""),
        ("s", "a/b"),
        ("l", "s/../../../etc"),
    ];
    assert_eq!(verdicts(&tree), [LinkRule::Escapes]);
}

#[test]
fn the_number_of_hops_decides_whatever_the_order() {
    let up: fn(usize) -> String = |i| format!("l{i:03}");
    let down: fn(usize) -> String = |i| format!("l{:03}", 100 - i);
    for name in [up, down] {
        let links: Vec<_> = (1..=45).map(|i| (name(i), name(i - 1))).collect();
        let mut tree: Vec<_> = links
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        let end = name(0);
        tree.push((&end, "-"));
        assert_eq!(
            verdicts(&tree).len(),
            5,
            "links 41 to 45 follow more than 40 links"
        );
    }
}

/// A chain may be as long as a tree, and a circle may be entered at each of its links.
#[test]
fn long_chains_and_circles_are_told_apart_from_short_ones() {
    let name = |i: usize| format!("l{i:06}");
    for (count, last, detours, refused) in
        [(100_000, "f", 0, 99_960), (1_000, "l000000", 700, 1_000)]
    {
        let target = |i| match i + 1 {
            next if next == count => last.to_owned(),
            next => name(next),
        };
        let links: Vec<_> = (0..count)
            .map(|i| (name(i), "d/../".repeat(detours) + &target(i)))
            .collect();
        let mut tree = vec![("d/", ""), ("f", "-")];
        tree.extend(links.iter().map(|(a, b)| (a.as_str(), b.as_str())));
        assert_eq!(verdicts(&tree), vec![LinkRule::Cyclic; refused]);
    }
}

// Seen to fail when an empty target is walked like any other: it ends where it began, in `d`.
#[test]
fn an_empty_target_is_a_link_to_nothing_wherever_it_is() {
    assert_eq!(verdicts(&[("d/", ""), ("d/l", "")]), [LinkRule::Dangling]);
    assert_eq!(verdicts(&[("l", "")]), [LinkRule::Dangling]);
}

proptest! {
    /// The answer agrees with a walk that knows nothing of memory: follow the target step by step, as a kernel does.
    #[test]
    fn resolving_agrees_with_a_plain_walk(targets in proptest::collection::vec("(\\.\\./|[a-d]/){0,3}[a-d]", 1..6)) {
        let paths = ["a", "b", "d/a", "d/b", "d/c/a", "d/c/b"];
        let mut tree = vec![("c", "-"), ("d/", ""), ("d/c/", ""), ("d/d", "-")];
        tree.extend(paths.into_iter().zip(targets.iter().map(String::as_str)));
        let links: Vec<(&str, &str)> = tree.iter().copied().filter(|(p, t)| !p.ends_with('/') && *t != "-").collect();
        let accepted = links.iter().filter(|(path, _)| plain_walk(&tree, path)).count();
        prop_assert_eq!(links.len() - accepted, verdicts(&tree).len());
    }
}

fn plain_walk(tree: &[(&str, &str)], link: &str) -> bool {
    let mut here: Vec<String> = Vec::new();
    let mut rest: Vec<String> = link.split('/').rev().map(Into::into).collect();
    let mut hops = 0;
    let mut is_directory = true;
    while let Some(component) = rest.pop() {
        if !is_directory {
            return false;
        }
        if component == ".." {
            if here.pop().is_none() {
                return false;
            }
            continue;
        }
        here.push(component);
        let path = here.join("/");
        let Some((name, target)) = tree
            .iter()
            .find(|(name, _)| name.trim_end_matches('/') == path)
        else {
            return false;
        };
        if !name.ends_with('/') && *target != "-" {
            hops += 1;
            if hops > 40 {
                return false;
            }
            here.pop();
            rest.extend(target.split('/').rev().map(Into::into));
            continue;
        }
        is_directory = name.ends_with('/');
    }
    !here.is_empty()
}
