//! What has been promised so far: the bundles that were acknowledged, and those that an operation under way may or may not leave.

mod checkouts;
mod keepsakes;
mod mishaps;
mod pins;
mod policy;
mod promised;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use checkouts::Checkouts;
use keepsakes::Keepsakes;
use pins::Pins;

use crate::deed::{Deed, Manner};
use crate::mishap::{Mishap, STRAY};
use crate::order::Setting;
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
    /// What pins keep.
    pins: Pins,
    /// What is outside the store.
    checkouts: Checkouts,
    /// Damaged by hand: promised again only after an install.
    damaged: BTreeSet<Sample>,
    /// Acknowledged with a file of the host's own.
    with_host_file: BTreeSet<Sample>,
    /// With wrong modes by hand: the bytes are promised all the same.
    drifted: BTreeSet<Sample>,
    /// What was damaged and must be kept.
    keepsakes: Keepsakes,
    /// What lies where it should not, until a repair.
    strewn: Vec<Mishap>,
    /// Whether the manifest got lost or spoiled by hand.
    loses_manifest: bool,
    /// Whether the store is there for sure.
    is_made: bool,
    /// Where the store lies.
    setting: Setting,
    /// Whether everything was collected and nothing has begun since.
    is_collected: bool,
    /// Whether a directory could not be moved: what should be kept may lie where it lay.
    keepsakes_may_stay: bool,
}

/// What is promised of a bundle's directory, wherever it is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// Every byte and every mode.
    Whole,
    /// Every byte.
    Bytes,
    /// The same, unless its directory is gone: it got lost by hand.
    WholeOrGone,
    /// Nothing: it was damaged by hand.
    Nothing,
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

    /// The same in a store that lies there.
    #[must_use]
    pub fn on(self, setting: Setting) -> Self {
        Ledger { setting, ..self }
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
        self.is_collected = false;
        self.pins.begin(deed);
        self.checkouts.begin(deed);
        if let Deed::Mishap(Mishap::LoseManifest | Mishap::SpoilManifest) = deed {
            self.lose_manifest();
            self.keepsakes.leave_open(|_| true);
        }
        match deed {
            Deed::Install(sample, manner) => {
                if let Manner::AroundInstall(other) = manner {
                    self.begin(Deed::Install(other, Manner::Linked));
                }
                if manner == Manner::Isolated {
                    // Another directory.
                    self.with_host_file.remove(&sample);
                }
                self.begin_install(sample);
                if manner != Manner::Aside {
                    self.open_current(sample);
                }
            }
            Deed::GcAround(sample) => {
                self.begin_install(sample);
                self.open_current(sample);
            }
            Deed::Use(sample) => self.open_current(sample),
            Deed::Lease(_) | Deed::LeaseCurrent(_) => self.begin_what_others_do(),
            // What a pin keeps is promised whoever wants to remove it.
            Deed::Remove(sample) | Deed::RemoveWhenIdle(sample) if !self.pins.keep(sample) => {
                self.installed.retain(|installed| *installed != sample);
                self.unsure.insert(sample);
                self.open_current(sample);
                self.with_host_file.remove(&sample);
                // What was altered goes with its last directory.
                self.keepsakes.leave_open(|of| of == Some(sample));
            }
            Deed::GcKeepingOne => self.begin_policy(),
            _ => {}
        }
    }

    /// While somebody leases.
    fn begin_what_others_do(&mut self) {
        match self.setting {
            Setting::Switched(sample) => self.begin(Deed::Use(sample)),
            Setting::HalfRemoved(sample) => self.begin(Deed::Remove(sample)),
            _ => {}
        }
    }

    fn begin_install(&mut self, sample: Sample) {
        if !self.installed.contains(&sample) {
            self.unsure.insert(sample);
        }
    }

    fn open_current(&mut self, sample: Sample) {
        let open = self.unsure_current.entry(sample.name().to_owned());
        *open.or_default() += 1;
    }

    fn settle_current(&mut self, sample: Sample) {
        self.unsure_current.remove(sample.name());
        self.current.insert(sample.name().to_owned(), sample);
    }

    /// A deed that began has returned without an error.
    pub fn acknowledge(&mut self, deed: Deed) {
        self.is_made |= !matches!(deed, Deed::Mishap(_));
        self.pins.acknowledge(deed);
        self.checkouts.acknowledge(deed);
        match deed {
            Deed::Install(..) | Deed::GcAround(_) => self.acknowledge_install(deed),
            Deed::Use(sample) => self.settle_current(sample),
            Deed::LeaseCurrent(_) => {
                if let Setting::Switched(sample) = self.setting {
                    self.settle_current(sample);
                }
            }
            Deed::Remove(sample) | Deed::RemoveWhenIdle(sample) => {
                self.keepsakes.keep(None);
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
            Deed::Gc => self.acknowledge_gc(),
            Deed::Repair | Deed::RepairFrom(_) => self.acknowledge_repair(),
            Deed::RepairInVain(sample) => self.keepsakes.keep(Some(sample)),
            Deed::GcKeepingOne => {
                self.acknowledge_policy();
                self.acknowledge_gc();
            }
            Deed::Mishap(mishap) => self.befall(mishap),
            Deed::Open
            | Deed::Verify
            | Deed::Lease(_)
            | Deed::Pin(_)
            | Deed::Unpin(_)
            | Deed::CheckOut(_)
            | Deed::CheckOutHeld(_)
            | Deed::CheckOutBeside(_)
            | Deed::ForgetCheckout
            | Deed::RemoveLeased(_)
            | Deed::GcLeased(_) => {}
        }
    }

    /// A directory could not be moved to where people look for what was kept: it stays, with what tells what it is.
    pub fn let_keepsakes_stay(&mut self) {
        self.keepsakes_may_stay = true;
        self.is_collected = false;
    }

    fn acknowledge_gc(&mut self) {
        let (installed, unsure) = (&self.installed, &self.unsure);
        let has_name = |of: &Sample| installed.contains(of) || unsure.contains(of);
        // Of what no name means, nothing stays in its place.
        self.keepsakes
            .keep_where(|of| !of.as_ref().is_some_and(has_name));
        self.strewn
            .retain(|mishap| !matches!(mishap, Mishap::Vanish(_)));
        self.is_collected = true;
    }

    fn acknowledge_install(&mut self, deed: Deed) {
        let (Deed::Install(sample, _) | Deed::GcAround(sample)) = deed else {
            return;
        };
        match deed {
            Deed::Install(_, Manner::AroundInstall(other)) => {
                self.acknowledge_install(Deed::Install(other, Manner::Linked));
            }
            Deed::Install(_, Manner::WithHostFile) => {
                self.with_host_file.insert(sample);
            }
            _ => {}
        }
        self.keepsakes.keep(Some(sample));
        self.keepsakes.keep(None);
        self.unsure.remove(&sample);
        self.damaged.remove(&sample);
        self.drifted.remove(&sample);
        self.strewn
            .retain(|mishap| *mishap != Mishap::LoseDirectory(sample));
        if !self.installed.contains(&sample) {
            self.installed.push(sample);
        }
        if !matches!(deed, Deed::Install(_, Manner::Aside)) {
            self.settle_current(sample);
        }
    }

    /// It is acknowledged only if nothing is wrong any more.
    fn acknowledge_repair(&mut self) {
        for mishap in std::mem::take(&mut self.strewn) {
            match mishap {
                Mishap::Stray => self.keepsakes.put(STRAY),
                Mishap::LoseDirectory(sample) => {
                    self.unsure.remove(&sample);
                    self.installed.push(sample);
                    self.settle_current(sample);
                }
                _ => {}
            }
        }
        for sample in std::mem::take(&mut self.damaged) {
            self.keepsakes.keep(Some(sample));
        }
        self.keepsakes.keep(None);
        self.drifted.clear();
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
        self.pins.take_over(&other.pins);
        self.with_host_file.extend(&other.with_host_file);
        self.damaged.extend(&other.damaged);
        self.drifted.extend(&other.drifted);
        self.is_made |= other.is_made;
    }
}
