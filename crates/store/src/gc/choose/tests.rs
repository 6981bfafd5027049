//! The choice, in a store of numbers: candidates hold objects of some bytes, which others may hold too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A store whose every object takes its number of bytes.
#[derive(Debug, Clone, Default)]
struct Numbers {
    /// What each candidate holds.
    held: Vec<BTreeSet<u64>>,
    gone: BTreeSet<usize>,
    obstacles: BTreeMap<usize, Keep>,
    asked: Vec<usize>,
    free: u64,
}

impl Numbers {
    fn size(&self) -> u64 {
        let there = (0..self.held.len()).filter(|candidate| !self.gone.contains(candidate));
        let needed: BTreeSet<&u64> = there.flat_map(|candidate| &self.held[candidate]).collect();
        needed.into_iter().sum()
    }

    fn whole(&self) -> u64 {
        let all: BTreeSet<&u64> = self.held.iter().flatten().collect();
        all.into_iter().sum()
    }
}

impl Scene for Numbers {
    fn obstacle(&mut self, candidate: usize) -> Result<Option<Keep>> {
        self.asked.push(candidate);
        Ok(self.obstacles.get(&candidate).cloned())
    }

    fn take(&mut self, candidate: usize) -> Result<u64> {
        let before = self.size();
        assert!(self.gone.insert(candidate), "taken twice");
        Ok(before - self.size())
    }

    fn missing(&self, limit: Limit) -> u64 {
        match limit {
            Limit::MaxSize { most } => self.size().saturating_sub(most),
            Limit::MinFree { least } => {
                least.saturating_sub(self.free + self.whole() - self.size())
            }
        }
    }
}

/// Of a version of its own.
fn candidate(name: &str, hours: u32, guard: Option<Keep>) -> Candidate {
    static VERSIONS: AtomicU32 = AtomicU32::new(0);
    let version = VERSIONS.fetch_add(1, Ordering::Relaxed).to_string();
    Candidate {
        name: BundleName::parse(name).expect("a name"),
        version: Version::parse(&version).expect("a version"),
        unused_for: HOUR * hours,
        guard,
    }
}

fn pinned() -> Option<Keep> {
    let label = "kept".to_owned();
    Some(Keep::Pin { label })
}

fn no_grace() -> GcPolicies {
    GcPolicies {
        grace: Duration::ZERO,
        ..GcPolicies::default()
    }
}

fn keep_versions(count: u32) -> GcPolicies {
    GcPolicies {
        keep_versions: NonZeroU32::new(count),
        ..no_grace()
    }
}

/// A store in which each candidate holds one object of its own.
fn apart(candidates: &[Candidate]) -> Numbers {
    let held = (0..candidates.len() as u64).map(|number| BTreeSet::from([1 << number]));
    Numbers {
        held: held.collect(),
        ..Numbers::default()
    }
}

fn going(choice: &Choice) -> Vec<usize> {
    choice
        .goes
        .iter()
        .map(|(candidate, ..)| *candidate)
        .collect()
}

// Seen to fail when `surplus` counts the current version only at its place in the order, and when a name without a current
// version keeps one less.
#[test]
fn of_each_name_the_current_and_the_most_recently_used_others_stay() {
    let candidates = [
        candidate("a", 90, Some(Keep::Current)),
        candidate("a", 50, None),
        candidate("a", 10, None),
        candidate("a", 70, None),
        candidate("b", 80, None),
        candidate("b", 20, None),
        candidate("b", 30, None),
    ];
    let mut scene = apart(&candidates);
    let choice = choose(&candidates, &keep_versions(2), &mut scene).expect("numbers");
    assert_eq!(going(&choice), [4, 3, 1], "the least recently used first");
    assert!(choice.stays.is_empty());
    assert!(
        choice
            .goes
            .iter()
            .all(|(_, why, _)| *why == Why::KeepVersions)
    );
}

// Seen to fail when `consider` asks no guard, when it does not look at the grace time, and when it asks no obstacle.
#[test]
fn what_is_wanted_otherwise_stays_and_is_told() {
    let candidates = [
        candidate("a", 900, Some(Keep::Current)),
        candidate("a", 800, pinned()),
        candidate("a", 5, None),
        candidate("a", 700, None),
        candidate("a", 600, None),
    ];
    let mut scene = apart(&candidates);
    let held = Keep::Lease {
        holders: Vec::new(),
    };
    scene.obstacles.insert(3, held.clone());
    let policies = GcPolicies {
        max_age: Some(HOUR),
        grace: HOUR * 24,
        ..GcPolicies::default()
    };
    let choice = choose(&candidates, &policies, &mut scene).expect("numbers");
    assert_eq!(going(&choice), [4]);
    let stays = |candidate, keep| (candidate, Why::MaxAge, keep);
    assert_eq!(
        choice.stays,
        [
            stays(0, Keep::Current),
            stays(1, pinned().expect("it is")),
            stays(3, held),
            stays(2, Keep::Grace),
        ]
    );
    assert_eq!(scene.asked, [3, 4], "who stays for sure is not looked at");
}

// Seen to fail when `meet` looks only at the end whether it is met.
#[test]
fn a_limit_takes_the_least_recently_used_until_it_is_met() {
    let candidates = [
        candidate("a", 1, None),
        candidate("b", 3, None),
        candidate("c", 2, None),
    ];
    let shared = Numbers {
        held: vec![
            BTreeSet::from([100, 7]),
            BTreeSet::from([100, 10]),
            BTreeSet::from([100, 20]),
        ],
        ..Numbers::default()
    };
    let policies = |most| GcPolicies {
        max_size: Some(most),
        ..no_grace()
    };
    let chosen = |most| choose(&candidates, &policies(most), &mut shared.clone()).expect("numbers");
    assert!(chosen(137).goes.is_empty());
    let one = (1, Why::MaxSize, 10);
    assert_eq!(chosen(136).goes, [one], "what the others need is not freed");
    assert_eq!(chosen(110).goes, [one, (2, Why::MaxSize, 20)]);
    let all = chosen(0);
    assert_eq!(all.goes[2], (0, Why::MaxSize, 107), "shared bytes once");
    assert!(all.unmet.is_empty());
}

// Seen to fail when `meet` does not say what is missing.
#[test]
fn a_limit_that_cannot_be_met_says_by_how_much_and_what_stays() {
    let candidates = [
        candidate("a", 9, Some(Keep::Current)),
        candidate("b", 8, None),
    ];
    let mut scene = apart(&candidates);
    scene.free = 5;
    let least = 100;
    let policies = GcPolicies {
        min_free: Some(least),
        ..no_grace()
    };
    let choice = choose(&candidates, &policies, &mut scene).expect("numbers");
    assert_eq!(choice.goes, [(1, Why::MinFree, 2)]);
    assert_eq!(choice.stays, [(0, Why::MinFree, Keep::Current)]);
    assert_eq!(choice.unmet, [(Limit::MinFree { least }, 93)]);
}

prop_compose! {
    fn stores()(
        candidates in prop::collection::vec(
            (0_u8..3, 0_u32..50, 0_u8..6, prop::collection::btree_set(1_u64..40, 0..6), any::<bool>()),
            0..12,
        ),
    ) -> (Vec<Candidate>, Numbers) {
        let mut scene = Numbers::default();
        let mut made = Vec::new();
        for (name, hours, guard, held, is_held) in candidates {
            let name = ["a", "b", "c"][usize::from(name)];
            let has_current = made.iter().any(|made: &Candidate| {
                made.name.as_str() == name && made.guard == Some(Keep::Current)
            });
            let guard = match guard {
                0 if !has_current => Some(Keep::Current),
                1 => pinned(),
                _ => None,
            };
            if is_held {
                let files = vec!["notes".to_owned()];
                scene.obstacles.insert(made.len(), Keep::ExtraFiles { files });
            }
            made.push(candidate(name, hours, guard));
            scene.held.push(held);
        }
        (made, scene)
    }
}

prop_compose! {
    fn all_policies()(
        keep in prop::option::of(1_u32..4),
        age in prop::option::of(0_u32..60),
        size in prop::option::of(0_u64..200),
        free in prop::option::of(0_u64..200),
        grace in 0_u32..40,
    ) -> GcPolicies {
        GcPolicies {
            keep_versions: keep.and_then(NonZeroU32::new),
            max_age: age.map(|age| HOUR * age),
            max_size: size,
            min_free: free,
            grace: HOUR * grace,
        }
    }
}

proptest! {
    // Each of these was seen to fail on the change that it names.
    #[test]
    fn no_choice_breaks_a_promise((candidates, mut scene) in stores(), policies in all_policies()) {
        let before = scene.clone();
        let choice = choose(&candidates, &policies, &mut scene).expect("numbers");
        let gone: BTreeSet<usize> = going(&choice).into_iter().collect();
        for candidate in &gone {
            // Seen to fail when `keep` asks no guard, or when `unused_for` may be the grace time's half.
            prop_assert!(candidates[*candidate].guard.is_none());
            prop_assert!(candidates[*candidate].unused_for >= policies.grace);
            prop_assert!(!scene.obstacles.contains_key(candidate));
        }
        // Seen to fail when `consider` notes other bytes than `take` says.
        let freed: u64 = choice.goes.iter().map(|(_, _, bytes)| bytes).sum();
        prop_assert_eq!(freed, before.size() - scene.size());
        for limit in policies.limits() {
            // Seen to fail when `meet` stops at the first that stays.
            let missing = scene.missing(limit);
            let told = choice.unmet.iter().find(|(unmet, _)| *unmet == limit);
            prop_assert_eq!(told.map_or(0, |(_, missing)| *missing), missing);
            if missing > 0 {
                let decided = gone.len() + choice.stays.len();
                prop_assert_eq!(decided, candidates.len(), "all that stays is told");
            }
        }
        // Without limits nothing is taken that a policy does not want; with one, nothing more than it wants.
        if let Some((last, why @ (Why::MaxSize | Why::MinFree), _)) = choice.goes.last() {
            let mut without = scene.clone();
            without.gone.remove(last);
            let limit = policies.limits().find(|limit| limit.why() == *why).expect("it is asked for");
            // Seen to fail when `meet` goes on when it is met.
            prop_assert!(without.missing(limit) > 0);
        }
    }
}

// Seen to fail when `surplus` counts directories.
#[test]
fn a_version_that_was_published_again_counts_once() {
    let current = candidate("a", 1, Some(Keep::Current));
    let again = Candidate {
        guard: pinned(),
        ..current.clone()
    };
    let candidates = [
        current,
        again,
        candidate("a", 5, None),
        candidate("a", 9, None),
    ];
    let policies = GcPolicies {
        keep_versions: NonZeroU32::new(2),
        grace: Duration::ZERO,
        ..GcPolicies::default()
    };
    let choice = choose(&candidates, &policies, &mut apart(&candidates)).expect("numbers");
    let goes: Vec<usize> = choice
        .goes
        .iter()
        .map(|(candidate, ..)| *candidate)
        .collect();
    assert_eq!(goes, [3]);
}
