//! Symbolic links of a tree: where each one ends, found in the tree alone.
//!
//! A link is accepted only if it is relative and its target, other links on the way included, stays inside the tree and
//! ends at an entry of it. Nothing here looks at a disk: the tree that is judged is the tree that will be made.
//!
//! Each target is walked once, however many links lead through it, and a step looks up one name: all links together take no
//! more steps than their targets have components, and the look-ups are made of directories that some target leads into.

use std::collections::HashMap;
use std::iter::Peekable;
use std::ops::Range;
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
    /// What lies in the directories that a target led into.
    names: HashMap<Place, HashMap<&'a str, usize>>,
    known: HashMap<usize, Known>,
}

impl<'a> Resolver<'a> {
    fn new(items: &'a [TreeItem<'a>], holders: &'a [Place]) -> Self {
        Resolver {
            items,
            holders,
            names: HashMap::new(),
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

    /// What has this name in a directory. Its names are gathered once, from all that lies below it: in all, each entry is looked at
    /// no more often than its path has components.
    fn find(&mut self, place: Place, name: &str) -> Option<usize> {
        let (items, holders) = (self.items, self.holders);
        let names = self.names.entry(place).or_insert_with(|| {
            // Of several entries with one path the first counts.
            let below = below(items, place).rev();
            let inside = below.filter(|index| holders[*index] == place);
            inside
                .map(|index| (items[index].path.file_name(), index))
                .collect()
        });
        names.get(name).copied()
    }

    /// Walks to the end of the target, or to a link of which nothing is known yet; then it goes on from there.
    fn go_on(&mut self, walk: &mut Walk<'a>) -> Result<Step, LinkRule> {
        walk.check_target()?;
        while let Some(&component) = walk.rest.peek() {
            match component {
                "" | "." => {}
                ".." => walk.here = self.holders[walk.here.ok_or(LinkRule::Escapes)?],
                name => {
                    let next = self.find(walk.here, name).ok_or(LinkRule::Dangling)?;
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

/// The entries below a directory.
fn below(items: &[TreeItem<'_>], place: Place) -> Range<usize> {
    let Some(directory) = place.map(|index| items[index].path.as_str()) else {
        return 0..items.len();
    };
    let prefix = format!("{directory}/");
    let start = items.partition_point(|item| item.path.as_str() < prefix.as_str());
    let inside = |item: &TreeItem<'_>| item.path.as_str().starts_with(&prefix);
    start..start + items[start..].partition_point(inside)
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
mod tests;
