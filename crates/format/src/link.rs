//! Symbolic links of a tree: where each one ends, found in the tree alone.
//!
//! A link is accepted only if it is relative and its target, other links on the way included, stays inside the tree and
//! ends at an entry of it. Nothing here looks at a disk: the tree that is judged is the tree that will be made.

use std::collections::HashMap;

use crate::tree_rule::{ItemKind, TreeBreach, TreeItem, TreeRule};

/// The longest target, in bytes.
pub const MAX_TARGET: usize = 4096;

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
    #[error("is a link with a target of over 4,096 bytes")]
    TargetTooLong,
    /// An entry lies beneath a link.
    #[error("lies beneath a link")]
    EntryBeneath,
}

/// Resolves every link.
pub(crate) fn resolve(items: &[TreeItem<'_>], found: &mut Vec<TreeBreach>) {
    if !items
        .iter()
        .any(|item| matches!(item.kind, ItemKind::Symlink(_)))
    {
        return;
    }
    let mut resolver = Resolver {
        items,
        by_path: items
            .iter()
            .enumerate()
            .rev()
            .map(|(index, item)| (item.path.as_str(), index))
            .collect(),
        known: HashMap::new(),
    };
    for (index, item) in items.iter().enumerate() {
        if let ItemKind::Symlink(_) = item.kind
            && let Err(rule) = resolver.link(index, 0)
        {
            found.push(TreeBreach {
                rule: TreeRule::Link(rule),
                item: index,
                other: None,
            });
        }
    }
}

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

struct Resolver<'a> {
    items: &'a [TreeItem<'a>],
    by_path: HashMap<&'a str, usize>,
    known: HashMap<usize, Known>,
}

impl<'a> Resolver<'a> {
    fn link(&mut self, index: usize, depth: u32) -> Result<End, LinkRule> {
        match self.known.get(&index) {
            Some(Known::Done(result)) => return *result,
            Some(Known::UnderWay) => return Err(LinkRule::Cyclic),
            None if depth > MAX_HOPS => return Err(LinkRule::Cyclic),
            None => {}
        }
        self.known.insert(index, Known::UnderWay);
        let result = self.walk(index, depth);
        // Deeper down, "too many links" may be the fault of where the walk began: then nothing is known yet.
        if depth == 0 || !matches!(result, Err(LinkRule::Cyclic)) {
            self.known.insert(index, Known::Done(result));
        } else {
            self.known.remove(&index);
        }
        result
    }

    fn walk(&mut self, index: usize, depth: u32) -> Result<End, LinkRule> {
        let item = self.items[index];
        let ItemKind::Symlink(target) = item.kind else {
            return Ok(End { index, hops: 0 });
        };
        if target.len() > MAX_TARGET {
            return Err(LinkRule::TargetTooLong);
        }
        if target.starts_with('/') {
            return Err(LinkRule::Absolute);
        }
        let mut here = Place {
            path: item.path.parent_str().unwrap_or_default().to_owned(),
            index: None,
        };
        let mut hops = 1;
        for component in target.split('/') {
            match component {
                "" | "." => here.must_be_a_directory(self.items)?,
                ".." => {
                    here.must_be_a_directory(self.items)?;
                    here.ascend()?;
                }
                name => {
                    here.must_be_a_directory(self.items)?;
                    here.descend(name);
                    let next = *self.by_path.get(&*here.path).ok_or(LinkRule::Dangling)?;
                    let end = match self.items[next].kind {
                        ItemKind::Symlink(_) => self.link(next, depth + hops)?,
                        _ => End {
                            index: next,
                            hops: 0,
                        },
                    };
                    hops += end.hops;
                    if hops > MAX_HOPS {
                        return Err(LinkRule::Cyclic);
                    }
                    here = Place {
                        path: self.items[end.index].path.as_str().to_owned(),
                        index: Some(end.index),
                    };
                }
            }
        }
        let index = match here.index {
            Some(index) => index,
            None => *self.by_path.get(&*here.path).ok_or(LinkRule::Dangling)?,
        };
        Ok(End { index, hops })
    }
}

/// A place on the way; the root of the tree is the empty path.
struct Place {
    path: String,
    /// The entry, where the walk has looked it up.
    index: Option<usize>,
}

impl Place {
    /// The directory above a link and the root need no look: they are directories, or other rules say so.
    fn must_be_a_directory(&self, items: &[TreeItem<'_>]) -> Result<(), LinkRule> {
        match self.index {
            Some(index) if items[index].kind != ItemKind::Directory => Err(LinkRule::Dangling),
            _ => Ok(()),
        }
    }

    fn ascend(&mut self) -> Result<(), LinkRule> {
        if self.path.is_empty() {
            return Err(LinkRule::Escapes);
        }
        let parent = self.path.rfind('/').unwrap_or_default();
        self.path.truncate(parent);
        self.index = None;
        Ok(())
    }

    fn descend(&mut self, name: &str) {
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_path::TreePath;
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
        resolve(&items, &mut found);
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
