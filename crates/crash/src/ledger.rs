//! What has been promised so far: the bundles that were acknowledged, and those that an operation under way may or may not leave.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::deed::Deed;
use crate::recording::Mark;
use crate::sample::Sample;

/// The promises of one store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Acknowledged, in the order in which they were first recorded.
    installed: Vec<Sample>,
    /// Acknowledged as what the name alone means.
    current: BTreeMap<String, Sample>,
    /// There or not there, but nothing in between.
    unsure: BTreeSet<Sample>,
    /// Names whose current version may be any that is there, with the deeds that left it open.
    unsure_current: BTreeMap<String, usize>,
    /// Damaged by hand: promised again only after an install.
    damaged: BTreeSet<Sample>,
    /// Whether something was damaged that the engine keeps for people to look at.
    keeps_damaged: bool,
}

impl Ledger {
    /// The ledger of a store that went through these.
    #[must_use]
    pub fn after(deeds: &[Deed]) -> Self {
        let mut ledger = Ledger::default();
        for deed in deeds {
            ledger.begin(*deed);
            ledger.acknowledge(*deed);
        }
        ledger
    }

    /// The ledger after these marks about these deeds.
    #[must_use]
    pub fn marked(mut self, deeds: &[Deed], marks: &[Mark]) -> Self {
        for mark in marks {
            match mark {
                Mark::Begins(index) => self.begin(deeds[*index]),
                Mark::Acknowledged(index) => self.acknowledge(deeds[*index]),
            }
        }
        self
    }

    /// A deed begins: from now on its outcome is open.
    pub fn begin(&mut self, deed: Deed) {
        match deed {
            Deed::Install(sample, _) => {
                if !self.installed.contains(&sample) {
                    self.unsure.insert(sample);
                }
                *self
                    .unsure_current
                    .entry(sample.name().to_owned())
                    .or_default() += 1;
            }
            Deed::Remove(sample) => {
                self.installed.retain(|installed| *installed != sample);
                self.unsure.insert(sample);
                *self
                    .unsure_current
                    .entry(sample.name().to_owned())
                    .or_default() += 1;
            }
            _ => {}
        }
    }

    /// A deed that began has returned without an error.
    pub fn acknowledge(&mut self, deed: Deed) {
        match deed {
            Deed::Install(sample, _) => {
                self.unsure.remove(&sample);
                self.damaged.remove(&sample);
                if !self.installed.contains(&sample) {
                    self.installed.push(sample);
                }
                self.unsure_current.remove(sample.name());
                self.current.insert(sample.name().to_owned(), sample);
            }
            Deed::Remove(sample) => {
                self.unsure.remove(&sample);
                self.pass_on_current(sample);
                // It settles what it left open itself, not what a killed deed did.
                let open = self
                    .unsure_current
                    .remove(sample.name())
                    .unwrap_or_default();
                if open > 1 {
                    self.unsure_current
                        .insert(sample.name().to_owned(), open - 1);
                }
            }
            Deed::Damage(sample) => {
                self.damaged.insert(sample);
            }
            Deed::Alter(sample) => {
                self.damaged.insert(sample);
                self.keeps_damaged = true;
            }
            Deed::SpoilManifest => self.keeps_damaged = true,
            Deed::Open | Deed::Gc | Deed::Verify | Deed::LoseManifest | Deed::Orphan(_) => {}
        }
    }

    fn pass_on_current(&mut self, removed: Sample) {
        if self.current.get(removed.name()) != Some(&removed) {
            return;
        }
        let mut others = self.installed.iter().rev();
        match others.find(|other| other.name() == removed.name()) {
            Some(next) => self.current.insert(removed.name().to_owned(), *next),
            None => self.current.remove(removed.name()),
        };
    }

    /// Adds the promises about other names.
    pub fn take_over(&mut self, other: &Ledger) {
        self.installed.extend(&other.installed);
        self.current.extend(other.current.clone());
        self.unsure.extend(&other.unsure);
        self.unsure_current.extend(other.unsure_current.clone());
        self.damaged.extend(&other.damaged);
    }

    /// What must be there.
    pub fn installed(&self) -> impl Iterator<Item = Sample> {
        self.installed.iter().copied()
    }

    /// What may be there.
    pub fn unsure(&self) -> impl Iterator<Item = Sample> {
        self.unsure.iter().copied()
    }

    /// Whether it may be there at all.
    #[must_use]
    pub fn allows(&self, sample: Sample) -> bool {
        self.installed.contains(&sample) || self.unsure.contains(&sample)
    }

    /// Whether its directory must be whole whenever it is there.
    #[must_use]
    pub fn vouches_for(&self, sample: Sample) -> bool {
        !self.damaged.contains(&sample)
    }

    /// Whether something was damaged by hand that nothing has mended for sure.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.keeps_damaged || !self.damaged.is_empty()
    }

    /// Whether the quarantine may hold something.
    #[must_use]
    pub fn keeps_damaged(&self) -> bool {
        self.keeps_damaged
    }

    /// What the name alone must mean; `None` if that is open.
    #[must_use]
    pub fn current(&self) -> Vec<Sample> {
        let sure = |(name, _): &(&String, &Sample)| !self.unsure_current.contains_key(*name);
        self.current
            .iter()
            .filter(sure)
            .map(|(_, sample)| *sample)
            .collect()
    }

    /// Names that must mean some version, whichever it is.
    #[must_use]
    pub fn names_with_some_current(&self) -> BTreeSet<String> {
        let stays = |name: &&String| self.installed.iter().any(|sample| sample.name() == *name);
        self.current.keys().filter(stays).cloned().collect()
    }
}
