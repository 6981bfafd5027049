//! Symbolic links of a tree: where each one ends, found in the tree alone.
//!
//! A link is accepted only if it is relative and its target, other links on the way included, stays inside the tree and
//! ends at an entry of it. Nothing here looks at a disk: the tree that is judged is the tree that will be made.
//!
//! Each target is walked once, however many links lead through it, and a step looks up one name: all links together take no
//! more steps than their targets have components.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Split;

use crate::tree_rule::{ItemKind, TreeBreach, TreeItem, TreeRule};

/// The longest target, in bytes: Linux makes no longer one (`PATH_MAX` counts the NUL behind it).
pub const MAX_TARGET: usize = 4095;

/// Links followed on the way to an entry; a kernel gives up after about as many (Linux: 40).
const MAX_HOPS: u32 = 40;

/// One rule on symbolic links; the messages complete "the path …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum LinkRule {
    /// The target begins at a root.
    #[error("is a link to an absolute path")]
    Absolute,
    /// On its way the target leaves the tree.
    #[error("is a link that leads out of the tree")]
    Escapes,
    /// The target is no entry of the tree.
    #[error("is a link to nothing in the tree")]
    Dangling,
    /// The target leads back to the link, or over more than 40 links.
    #[error("is a link that leads in a circle, or over too many links")]
    Cyclic,
    /// The target is longer than [`MAX_TARGET`].
    #[error("is a link with a target of over 4,095 bytes")]
    TargetTooLong,
    /// An entry lies beneath a link.
    #[error("lies beneath a link")]
    EntryBeneath,
}

/// Resolves every link; `holders` has the directory of each entry.
pub(crate) fn resolve(
    items: &[TreeItem<'_>],
    holders: &[Option<usize>],
    found: &mut Vec<TreeBreach>,
) {
    let is_link = |item: &TreeItem<'_>| matches!(item.kind, ItemKind::Symlink(_));
    if !items.iter().any(is_link) {
        return;
    }
    let mut resolver = Resolver::new(items, holders);
    for (index, item) in items.iter().enumerate() {
        if is_link(item)
            && let Err(rule) = resolver.link(index)
        {
            found.push(TreeBreach {
                rule: TreeRule::Link(rule),
                item: index,
                other: None,
            });
        }
    }
}

/// An entry of the tree; `None` is its root.
type Place = Option<usize>;

/// Where a link ends, and how many links were followed, itself included.
#[derive(Clone, Copy)]
struct End {
    index: usize,
    hops: u32,
}

#[derive(Clone, Copy)]
enum Known {
    UnderWay,
    Done(Result<End, LinkRule>),
}

/// How far a walk has come.
enum Step {
    /// This link must be resolved first.
    Into(usize),
    Ended(End),
}

/// The walk along the target of one link.
struct Walk<'a> {
    link: usize,
    target: &'a str,
    here: Place,
    rest: Peekable<Split<'a, char>>,
    hops: u32,
}

struct Resolver<'a> {
    items: &'a [TreeItem<'a>],
    holders: &'a [Place],
    by_name: HashMap<(Place, &'a str), usize>,
    known: HashMap<usize, Known>,
}

impl<'a> Resolver<'a> {
    fn new(items: &'a [TreeItem<'a>], holders: &'a [Place]) -> Self {
        // Of several entries with one path the first counts.
        let names = items.iter().zip(holders).enumerate().rev();
        Resolver {
            items,
            holders,
            by_name: names
                .map(|(index, (item, holder))| ((*holder, item.path.file_name()), index))
                .collect(),
            known: HashMap::new(),
        }
    }

    /// Where a link ends. Walks that wait for other links are kept in a list: a chain may be as long as the tree.
    fn link(&mut self, first: usize) -> Result<End, LinkRule> {
        let mut next = first;
        let mut waiting = Vec::new();
        loop {
            let mut walk = match self.known.get(&next) {
                Some(Known::Done(result)) => match waiting.pop() {
                    Some(walk) => walk,
                    None => return *result,
                },
                _ => {
                    self.known.insert(next, Known::UnderWay);
                    self.begin(next)
                }
            };
            let result = match self.go_on(&mut walk) {
                Ok(Step::Into(link)) => {
                    waiting.push(walk);
                    next = link;
                    continue;
                }
                Ok(Step::Ended(end)) => Ok(end),
                Err(rule) => Err(rule),
            };
            self.known.insert(walk.link, Known::Done(result));
            next = walk.link;
        }
    }

    /// The directory above a link needs no look: it is one, or other rules say so.
    fn begin(&self, link: usize) -> Walk<'a> {
        let target = match self.items[link].kind {
            ItemKind::Symlink(target) => target,
            _ => "",
        };
        Walk {
            link,
            target,
            here: self.holders[link],
            rest: target.split('/').peekable(),
            hops: 1,
        }
    }

    /// Walks to the end of the target, or to a link of which nothing is known yet; then it goes on from there.
    fn go_on(&self, walk: &mut Walk<'a>) -> Result<Step, LinkRule> {
        walk.check_target()?;
        while let Some(&component) = walk.rest.peek() {
            match component {
                "" | "." => {}
                ".." => walk.here = self.holders[walk.here.ok_or(LinkRule::Escapes)?],
                name => {
                    let next = self.by_name.get(&(walk.here, name));
                    let next = *next.ok_or(LinkRule::Dangling)?;
                    match self.end_of(next)? {
                        None => return Ok(Step::Into(next)),
                        Some(end) => walk.arrive(end, self.items)?,
                    }
                    continue;
                }
            }
            walk.rest.next();
        }
        let index = walk.here.ok_or(LinkRule::Dangling)?;
        Ok(Step::Ended(End {
            index,
            hops: walk.hops,
        }))
    }

    /// Where an entry leads: to itself if it is no link. `None` while that is not known.
    fn end_of(&self, index: usize) -> Result<Option<End>, LinkRule> {
        if !matches!(self.items[index].kind, ItemKind::Symlink(_)) {
            return Ok(Some(End { index, hops: 0 }));
        }
        match self.known.get(&index) {
            None => Ok(None),
            Some(Known::UnderWay) => Err(LinkRule::Cyclic),
            Some(Known::Done(result)) => result.map(Some),
        }
    }
}

impl Walk<'_> {
    fn check_target(&self) -> Result<(), LinkRule> {
        if self.target.len() > MAX_TARGET {
            return Err(LinkRule::TargetTooLong);
        }
        if self.target.starts_with('/') {
            return Err(LinkRule::Absolute);
        }
        // POSIX gives it no meaning, and no system makes such a link.
        if self.target.is_empty() {
            return Err(LinkRule::Dangling);
        }
        Ok(())
    }

    /// Takes the step to where the present component leads. Where the target goes on, that must be a directory.
    fn arrive(&mut self, end: End, items: &[TreeItem<'_>]) -> Result<(), LinkRule> {
        self.here = Some(end.index);
        self.hops += end.hops;
        if self.hops > MAX_HOPS {
            return Err(LinkRule::Cyclic);
        }
        self.rest.next();
        if self.rest.peek().is_some() && items[end.index].kind != ItemKind::Directory {
            return Err(LinkRule::Dangling);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
}
