//! What must be there: a few maps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::build::{Build, NAMES, Release};
use crate::step::Step;

/// Whether a step can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Done,
    /// The engine must refuse it, and change nothing.
    Refused,
}

/// What a reader sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What each release is.
    pub(crate) releases: BTreeMap<Release, Build>,
    /// What each name alone means.
    pub(crate) current: BTreeMap<u8, Build>,
    /// What each label pins.
    pub(crate) pins: BTreeMap<u8, Build>,
    /// What is checked out to each place.
    pub(crate) checkouts: BTreeMap<u8, Build>,
}

/// What was meant so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) shown: Shown,
    /// What is held, the first first.
    pub(crate) leases: Vec<Build>,
    /// When each directory was recorded; of a name in `unsure`, as far as is known.
    recorded: BTreeMap<Build, u32>,
    /// When each build was last used.
    uses: BTreeMap<Build, u32>,
    /// Names of which somebody died before it could say what it recorded.
    pub(crate) unsure: BTreeSet<u8>,
    clock: u32,
}

impl Model {
    /// One step.
    pub(crate) fn take(&mut self, step: Step) -> Expected {
        self.clock += 1;
        let used = self.used_by(step);
        self.uses.extend(used.map(|build| (build, self.clock)));
        let is_done = match step {
            Step::Install(build) => {
                self.install(build);
                self.shown.current.insert(build.release.name, build);
                true
            }
            Step::InstallAside(build) => {
                self.install(build);
                true
            }
            Step::Use(release) => match self.shown.releases.get(&release) {
                Some(build) => {
                    self.shown.current.insert(release.name, *build);
                    true
                }
                None => false,
            },
            Step::Pin(label, release) => self.pin(label, release),
            Step::Unpin(label) => self.shown.pins.remove(&label).is_some(),
            Step::Lease(release) => self.lease(self.shown.releases.get(&release).copied()),
            Step::LeaseCurrent(name) => self.lease(self.shown.current.get(&name).copied()),
            Step::LetGo => {
                if !self.leases.is_empty() {
                    self.leases.remove(0);
                }
                true
            }
            Step::Remove(release) => match self.is_held(release) {
                true => false,
                false => self.remove(release),
            },
            Step::RemoveWhenIdle(release) => self.remove(release),
            Step::CheckOut(place, release) => match self.shown.releases.get(&release) {
                Some(build) => {
                    self.shown.checkouts.insert(place, *build);
                    true
                }
                None => false,
            },
            Step::DeleteCheckout(place) => {
                self.shown.checkouts.remove(&place);
                true
            }
            Step::Collect => self.collect(),
            Step::CollectKeeping(count) => {
                for release in self.surplus(count) {
                    // What keeps it is no error of a gc.
                    if !self.is_held(release) {
                        self.remove(release);
                    }
                }
                self.collect()
            }
        };
        match is_done {
            true => Expected::Done,
            false => Expected::Refused,
        }
    }

    /// What a step uses, if it can be done.
    pub(crate) fn used_by(&self, step: Step) -> Option<Build> {
        match step {
            Step::Install(build) | Step::InstallAside(build) => Some(build),
            Step::Use(release) | Step::Lease(release) | Step::CheckOut(_, release) => {
                self.shown.releases.get(&release).copied()
            }
            Step::LeaseCurrent(name) => self.shown.current.get(&name).copied(),
            _ => None,
        }
    }

    /// When a build was last used, in steps; 0 where nobody knows.
    pub(crate) fn last_use(&self, build: Build) -> u32 {
        self.uses.get(&build).copied().unwrap_or_default()
    }

    /// Of what trees and objects are kept.
    pub(crate) fn needed(&self) -> BTreeSet<Build> {
        let mut needed = self.kept();
        needed.extend(self.shown.checkouts.values());
        needed
    }

    /// What something keeps, with its directory.
    pub(crate) fn kept(&self) -> BTreeSet<Build> {
        let named = self
            .shown
            .releases
            .values()
            .chain(self.shown.current.values());
        named
            .chain(self.shown.pins.values())
            .chain(&self.leases)
            .copied()
            .collect()
    }

    /// Everybody lets go.
    pub(crate) fn end(&mut self) {
        self.leases.clear();
    }

    /// What was found after a death counts from now on.
    pub(crate) fn adopt(&mut self, found: Shown) {
        self.shown = found;
        let named: Vec<Build> = self.shown.releases.values().copied().collect();
        for build in named {
            self.record(build);
        }
    }

    fn install(&mut self, build: Build) {
        self.record(build);
        self.shown.releases.insert(build.release, build);
    }

    /// A directory that is recorded already keeps its place in the order.
    fn record(&mut self, build: Build) {
        self.recorded.entry(build).or_insert(self.clock);
    }

    fn pin(&mut self, label: u8, release: Release) -> bool {
        let Some(build) = self.shown.releases.get(&release) else {
            return false;
        };
        self.shown.pins.entry(label).or_insert(*build) == build
    }

    fn lease(&mut self, build: Option<Build>) -> bool {
        self.leases.extend(build);
        build.is_some()
    }

    fn is_held(&self, release: Release) -> bool {
        let build = self.shown.releases.get(&release);
        build.is_some_and(|build| self.leases.contains(build))
    }

    /// Takes the names away. The directory of one that is held stays recorded.
    fn remove(&mut self, release: Release) -> bool {
        let Some(build) = self.shown.releases.get(&release).copied() else {
            return false;
        };
        if self.shown.pins.values().any(|pinned| *pinned == build) {
            return false;
        }
        let is_held = self.is_held(release);
        self.shown.releases.remove(&release);
        if !is_held {
            self.recorded.remove(&build);
        }
        let current = self.shown.current.get(&release.name);
        if current.is_some_and(|current| current.release == release) {
            match self.newest_of(release.name) {
                Some(next) => self.shown.current.insert(release.name, next),
                None => self.shown.current.remove(&release.name),
            };
        }
        true
    }

    fn collect(&mut self) -> bool {
        let kept = self.kept();
        self.recorded.retain(|build, _| kept.contains(build));
        true
    }

    /// Of each name all but the current version and the most recently used others, `count` in all.
    fn surplus(&self, count: u32) -> Vec<Release> {
        let is_current = |release: &Release| {
            let current = self.shown.current.get(&release.name);
            current.is_some_and(|current| current.release == *release)
        };
        // A version that was published again counts once, as last used as any of its directories.
        let mut versions: BTreeMap<Release, u32> = BTreeMap::new();
        let named = self
            .shown
            .releases
            .values()
            .chain(self.shown.current.values());
        for build in named.chain(self.shown.pins.values()) {
            let last = versions.entry(build.release).or_default();
            *last = self.last_use(*build).max(*last);
        }
        let mut surplus = Vec::new();
        for name in 0..NAMES {
            let mut of_name: Vec<(Release, u32)> = versions.clone().into_iter().collect();
            of_name.retain(|(release, _)| release.name == name);
            of_name.sort_by_key(|(release, last)| (!is_current(release), Reverse(*last)));
            let rest = of_name.into_iter().skip(count as usize);
            surplus.extend(rest.map(|(release, _)| release));
        }
        surplus
    }

    /// The release of a name that was recorded last.
    fn newest_of(&self, name: u8) -> Option<Build> {
        let of_name = self
            .shown
            .releases
            .values()
            .filter(|b| b.release.name == name);
        of_name.max_by_key(|build| self.recorded[build]).copied()
    }
}
