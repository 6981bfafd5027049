//! Drawing up the plan: what no name means, then what the policies take, each put on the scale in the order in which it goes.

use jiff::Timestamp;
use linkstead_format::paths;
use linkstead_fs::space;
use linkstead_fs::stat::Mtime;

use super::choose::{Candidate, Choice, Scene, choose};
use super::facts::Facts;
use super::mark::Mark;
use super::needed::Needed;
use super::plan::{GcPlan, Keep, Unmet};
use super::policy::{Limit, Why};
use super::scale::{Scale, small_files};
use crate::error::{Error, Result};
use crate::locks::Locks;
use crate::manifest::{Reader, Record, stale_look_ups};
use crate::observe::{Event, Notice, Observer};
use crate::options::GcOptions;
use crate::roots::Roots;
use crate::store::Store;

/// A plan, and what its sweep needs.
pub(super) struct Planned {
    pub(super) plan: GcPlan,
    pub(super) going: Vec<Going>,
    pub(super) needed: Needed,
}

/// A record that goes.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) record: Record,
    pub(super) why: Why,
    /// Its use stamp when it was planned.
    pub(super) stamp: Option<Mtime>,
}

/// Plans a sweep after a mark.
pub(super) fn plan(
    store: &Store,
    locks: &Locks<'_>,
    mark: Mark,
    options: &GcOptions,
    observer: &dyn Observer,
) -> Result<Planned> {
    let mut planner = Planner {
        store,
        options,
        now: Timestamp::now(),
        plan: GcPlan::default(),
        going: Vec::new(),
    };
    let mut needed = mark.needed;
    let unnamed = planner.judge_unnamed(mark.unnamed, &mut needed)?;
    let mut scale = Scale::new(store, needed);
    planner.plan.forgotten = mark.leftovers.forgotten;
    scale.take_outside(&mark.leftovers.displaced)?;
    scale.take_dead(&mark.leftovers.dead);
    scale.take_leftovers(None)?;
    for facts in unnamed {
        let files = small_files(store, &facts.record.key);
        let bytes = scale.take(&facts.directory, &files, &facts.record.row.tree)?;
        planner.goes(facts, Why::NoName, bytes)?;
    }
    if options.policies.take_something() {
        planner.apply_policies(mark.named, &mark.roots, &mut scale, observer)?;
    }
    planner.count(locks, &scale)?;
    Ok(Planned {
        plan: planner.plan,
        going: planner.going,
        needed: scale.into_needed(),
    })
}

struct Planner<'a> {
    store: &'a Store,
    options: &'a GcOptions,
    now: Timestamp,
    plan: GcPlan,
    going: Vec<Going>,
}

impl Planner<'_> {
    /// Those that go; what stays is needed.
    fn judge_unnamed(&mut self, unnamed: Vec<Record>, needed: &mut Needed) -> Result<Vec<Facts>> {
        let mut going = Vec::new();
        for record in unnamed {
            self.options.control.check()?;
            let tree = record.row.tree;
            let facts = Facts::read(self.store, record, self.now)?;
            match facts.obstacle(self.store, self.options.extra_files)? {
                Some(keep) => {
                    // No name means it: it is kept for what lies in its directory, and that is not in the tree.
                    needed.add_if_readable(self.store, &tree)?;
                    self.plan.stays.push(facts.stays(Why::NoName, keep));
                }
                None => {
                    // Needed until it is taken off the scale. What it needed is not known without its tree.
                    needed.add_if_readable(self.store, &tree)?;
                    going.push(facts);
                }
            }
        }
        Ok(going)
    }

    fn goes(&mut self, facts: Facts, why: Why, bytes: u64) -> Result<()> {
        let extra_files = self.options.extra_files;
        let reclaim = facts.goes(self.store, why, bytes, extra_files)?;
        self.plan.bundles.push(reclaim);
        self.going.push(Going {
            record: facts.record,
            why,
            stamp: facts.stamp,
        });
        Ok(())
    }

    fn apply_policies(
        &mut self,
        named: Vec<Record>,
        roots: &Roots,
        scale: &mut Scale<'_>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let facts: Vec<Facts> = named
            .into_iter()
            .map(|record| Facts::read(self.store, record, self.now))
            .collect::<Result<_>>()?;
        tell_of_the_future(&facts, observer);
        let candidates: Vec<Candidate> =
            facts.iter().map(|facts| candidate(facts, roots)).collect();
        if self.options.policies.max_size.is_some() {
            scale.weigh_objects()?;
        }
        let mut floor = Floor {
            store: self.store,
            options: self.options,
            facts: &facts,
            free: space::free(self.store.root())?.bytes,
            scale,
        };
        let Choice { goes, stays, unmet } =
            choose(&candidates, &self.options.policies, &mut floor)?;
        self.plan.takes_everything = !goes.is_empty() && goes.len() == facts.len();
        let mut facts: Vec<Option<Facts>> = facts.into_iter().map(Some).collect();
        for (candidate, wanted_by, keep) in stays {
            let kept = facts[candidate].as_ref();
            self.plan
                .stays
                .extend(kept.map(|kept| kept.stays(wanted_by, keep)));
        }
        for (candidate, why, bytes) in goes {
            if let Some(facts) = facts[candidate].take() {
                self.goes(facts, why, bytes)?;
            }
        }
        self.plan.unmet = unmet
            .into_iter()
            .map(|(limit, missing)| Unmet { limit, missing })
            .collect();
        Ok(())
    }

    fn count(&mut self, locks: &Locks<'_>, scale: &Scale<'_>) -> Result<()> {
        let counts = scale.counts();
        self.plan.parked = counts.parked;
        self.plan.trees = counts.trees;
        self.plan.objects = counts.objects;
        self.plan.bytes = scale.freed();
        let needed = scale.needed();
        let stale = stale_look_ups(
            self.store,
            || {
                self.options.control.check()?;
                Reader::look(self.store.root(), locks)
            },
            |tree| needed.has_tree(tree),
            |object| needed.has_content(object),
        );
        self.plan.look_ups = match stale {
            Ok(stale) => stale.len(),
            // It is made anew by the sweep, without look-ups.
            Err(Error::Manifest { .. }) => 0,
            Err(error) => return Err(error),
        };
        Ok(())
    }
}

/// A named bundle, as the policies see it.
fn candidate(facts: &Facts, roots: &Roots) -> Candidate {
    let key = &facts.record.key;
    let guard = if roots.is_current(key) {
        Some(Keep::Current)
    } else {
        let label = roots.pinned.get(key).cloned();
        label.map(|label| Keep::Pin { label })
    };
    Candidate {
        name: key.name.clone(),
        version: key.version.clone(),
        unused_for: facts.used.map(|used| used.unused_for).unwrap_or_default(),
        guard,
    }
}

fn tell_of_the_future(facts: &[Facts], observer: &dyn Observer) {
    let ahead: Vec<String> = facts
        .iter()
        .filter(|facts| facts.used.is_some_and(|used| used.lies_in_future()))
        .map(|facts| format!("{}@{}", facts.record.key.name, facts.record.key.version))
        .collect();
    if !ahead.is_empty() {
        observer.event(&Event::Notice {
            notice: Notice::UsedInFuture { bundles: ahead },
        });
    }
}

/// The store that the policies look at.
struct Floor<'a, 's> {
    store: &'a Store,
    options: &'a GcOptions,
    facts: &'a [Facts],
    /// Bytes that were free before.
    free: u64,
    scale: &'a mut Scale<'s>,
}

impl Scene for Floor<'_, '_> {
    fn obstacle(&mut self, candidate: usize) -> Result<Option<Keep>> {
        self.options.control.check()?;
        self.facts[candidate].obstacle(self.store, self.options.extra_files)
    }

    fn take(&mut self, candidate: usize) -> Result<u64> {
        let facts = &self.facts[candidate];
        let key = &facts.record.key;
        let mut files = small_files(self.store, key);
        files.push(self.store.path(paths::version_ref(&key.name, &key.version)));
        self.scale
            .take(&facts.directory, &files, &facts.record.row.tree)
    }

    fn missing(&self, limit: Limit) -> u64 {
        match limit {
            Limit::MaxSize { most } => self.scale.object_bytes().saturating_sub(most),
            Limit::MinFree { least } => least.saturating_sub(self.free + self.scale.freed_here()),
        }
    }
}
