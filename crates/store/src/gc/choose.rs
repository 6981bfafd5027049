//! The choice: which installed versions the policies take, in which order, and what stays though they would take it. What
//! stands in the way of one, and what its going frees, is asked of a [`Scene`], only where it matters.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::time::Duration;

use linkstead_format::{BundleName, Version};

use super::plan::Keep;
use super::policy::{GcPolicies, Limit, Why};
use crate::error::Result;

/// An installed version, as the policies see it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) name: BundleName,
    pub(super) version: Version,
    pub(super) unused_for: Duration,
    /// What keeps it for sure: it is current, or pinned.
    pub(super) guard: Option<Keep>,
}

/// The store around the candidates, which are numbered.
pub(super) trait Scene {
    /// What keeps a candidate that no guard keeps: who holds it, or what lies in its directory.
    fn obstacle(&mut self, candidate: usize) -> Result<Option<Keep>>;

    /// Takes a candidate away; says how many bytes that frees by now.
    fn take(&mut self, candidate: usize) -> Result<u64>;

    /// By how many bytes this is not met by now.
    fn missing(&self, limit: Limit) -> u64;
}

/// What was chosen; candidates by their numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// What goes, in this order, why, and the bytes that it frees then.
    pub(super) goes: Vec<(usize, Why, u64)>,
    /// What stays though a policy would take it, and what keeps it.
    pub(super) stays: Vec<(usize, Why, Keep)>,
    /// What cannot be met, and by how many bytes.
    pub(super) unmet: Vec<(Limit, u64)>,
}

/// Chooses. Of candidates that were last used at the same moment, later ones count as used more recently.
pub(super) fn choose(
    candidates: &[Candidate],
    policies: &GcPolicies,
    scene: &mut impl Scene,
) -> Result<Choice> {
    let mut oldest_first: Vec<usize> = (0..candidates.len()).collect();
    oldest_first.sort_by_key(|candidate| Reverse(candidates[*candidate].unused_for));
    let surplus = match policies.keep_versions {
        Some(count) => surplus(candidates, &oldest_first, count),
        None => HashSet::new(),
    };
    let is_too_old = |candidate: usize| {
        let unused_for = candidates[candidate].unused_for;
        policies.max_age.is_some_and(|age| unused_for >= age)
    };
    let mut chooser = Chooser {
        candidates,
        grace: policies.grace,
        scene,
        considered: HashSet::new(),
        choice: Choice::default(),
    };
    for &candidate in &oldest_first {
        if surplus.contains(&candidate) {
            chooser.consider(candidate, Why::KeepVersions)?;
        } else if is_too_old(candidate) {
            chooser.consider(candidate, Why::MaxAge)?;
        }
    }
    for limit in policies.limits() {
        chooser.meet(limit, &oldest_first)?;
    }
    Ok(chooser.choice)
}

/// Of each name all but the current version and the most recently used others, `count` in all. A version that was published again
/// counts once, with all its directories.
fn surplus(candidates: &[Candidate], oldest_first: &[usize], count: NonZeroU32) -> HashSet<usize> {
    let is_current = |candidate: &usize| candidates[*candidate].guard == Some(Keep::Current);
    let most_recent_first = || oldest_first.iter().rev().copied();
    let mut kept: HashMap<&BundleName, HashSet<&Version>> = HashMap::new();
    let mut surplus = HashSet::new();
    let others = most_recent_first().filter(|candidate| !is_current(candidate));
    for candidate in most_recent_first().filter(is_current).chain(others) {
        let Candidate { name, version, .. } = &candidates[candidate];
        let kept = kept.entry(name).or_default();
        if kept.contains(version) || kept.len() < count.get() as usize {
            kept.insert(version);
        } else if !is_current(&candidate) {
            surplus.insert(candidate);
        }
    }
    surplus
}

struct Chooser<'a, S> {
    candidates: &'a [Candidate],
    grace: Duration,
    scene: &'a mut S,
    considered: HashSet<usize>,
    choice: Choice,
}

impl<S: Scene> Chooser<'_, S> {
    /// A policy would take it: it goes, unless something keeps it.
    fn consider(&mut self, candidate: usize, why: Why) -> Result<()> {
        if !self.considered.insert(candidate) {
            return Ok(());
        }
        match self.keep(candidate)? {
            Some(keep) => self.choice.stays.push((candidate, why, keep)),
            None => {
                let bytes = self.scene.take(candidate)?;
                self.choice.goes.push((candidate, why, bytes));
            }
        }
        Ok(())
    }

    fn keep(&mut self, candidate: usize) -> Result<Option<Keep>> {
        let Candidate {
            unused_for, guard, ..
        } = &self.candidates[candidate];
        if let Some(guard) = guard {
            return Ok(Some(guard.clone()));
        }
        if *unused_for < self.grace {
            return Ok(Some(Keep::Grace));
        }
        self.scene.obstacle(candidate)
    }

    fn meet(&mut self, limit: Limit, oldest_first: &[usize]) -> Result<()> {
        for &candidate in oldest_first {
            if self.scene.missing(limit) == 0 {
                return Ok(());
            }
            self.consider(candidate, limit.why())?;
        }
        match self.scene.missing(limit) {
            0 => {}
            missing => self.choice.unmet.push((limit, missing)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
