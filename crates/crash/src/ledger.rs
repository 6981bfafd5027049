//! What has been promised so far: the bundles that were acknowledged, and those that an operation under way may or may not leave.

mod checkouts;
mod keepsakes;
mod pins;
mod policy;

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
}

/// What is promised of a bundle's directory, wherever it is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// Every byte and every mode.
    Whole,
    /// Every byte.
    Bytes,
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
            | Deed::ForgetCheckout
            | Deed::RemoveLeased(_)
            | Deed::GcLeased(_) => {}
        }
    }

    fn acknowledge_gc(&mut self) {
        self.keepsakes.keep(None);
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

    /// A rebuild records only what it finds whole: what was damaged besides may be there until it is installed again, or not.
    fn lose_manifest(&mut self) {
        self.loses_manifest = true;
        for sample in self.damaged.iter().chain(&self.drifted) {
            self.installed.retain(|installed| installed != sample);
            self.with_host_file.remove(sample);
            self.unsure.insert(*sample);
            let open = self.unsure_current.entry(sample.name().to_owned());
            *open.or_default() += 1;
        }
    }

    fn befall(&mut self, mishap: Mishap) {
        let damaged = match mishap {
            Mishap::Damage(sample)
            | Mishap::Alter(sample)
            | Mishap::Obstruct(sample)
            | Mishap::LoseTree(sample)
            | Mishap::LoseDirectory(sample)
            | Mishap::LoseObjects(sample) => {
                self.damaged.insert(sample);
                Some(sample)
            }
            Mishap::Drift(sample) | Mishap::Touch(sample) => {
                self.drifted.insert(sample);
                None
            }
            Mishap::LoseHostFile(sample) => {
                self.with_host_file.remove(&sample);
                None
            }
            Mishap::Unname(sample) | Mishap::Vanish(sample) => {
                self.installed.retain(|installed| *installed != sample);
                self.current.remove(sample.name());
                None
            }
            Mishap::MakePlace
            | Mishap::Serve
            | Mishap::HalfSwap
            | Mishap::LoseManifest
            | Mishap::SpoilManifest
            | Mishap::LoseEmptyDirectories
            | Mishap::Death
            | Mishap::Stray
            | Mishap::Orphan(_) => None,
        };
        match mishap {
            Mishap::LoseDirectory(sample) => {
                // Its name leads nowhere until somebody mends it.
                self.installed.retain(|installed| *installed != sample);
                self.unsure.insert(sample);
                self.open_current(sample);
                self.strewn.push(mishap);
            }
            Mishap::Vanish(_) | Mishap::Stray => self.strewn.push(mishap),
            _ => {}
        }
        self.keepsakes.await_of(damaged, mishap.keepsake());
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

    /// What must be there.
    pub fn installed(&self) -> impl Iterator<Item = Sample> {
        self.installed.iter().copied()
    }

    /// What may be there.
    pub fn unsure(&self) -> impl Iterator<Item = Sample> {
        self.unsure.iter().copied()
    }

    /// What pins must keep.
    pub fn pinned(&self) -> impl Iterator<Item = Sample> {
        self.pins.kept()
    }

    /// Whether a pin may keep it.
    #[must_use]
    pub fn may_pin(&self, sample: Sample) -> bool {
        self.pins.may_keep(sample)
    }

    /// Whether something must be at the path outside the store.
    #[must_use]
    pub fn is_checked_out(&self) -> bool {
        self.checkouts.is_made()
    }

    /// Whether a server wrote into what is there.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.checkouts.is_served()
    }

    /// Whether nothing may be there for a moment, until somebody recovers.
    #[must_use]
    pub fn may_be_half_swapped(&self) -> bool {
        self.setting == Setting::NoExchange || self.checkouts.is_half_swapped()
    }

    /// Whether the store must know what is there; `None` if that is open.
    #[must_use]
    pub fn knows_checkout(&self) -> Option<bool> {
        self.checkouts.is_known()
    }

    /// What may be there.
    pub fn may_be_checked_out(&self) -> impl Iterator<Item = Sample> {
        self.checkouts.allowed()
    }

    /// Whether it may be there at all.
    #[must_use]
    pub fn allows(&self, sample: Sample) -> bool {
        self.installed.contains(&sample) || self.unsure.contains(&sample)
    }

    /// Whether its directory must have the host's file.
    #[must_use]
    pub fn has_host_file(&self, sample: Sample) -> bool {
        self.with_host_file.contains(&sample)
    }

    /// What its directory must be whenever it is there.
    #[must_use]
    pub fn vouches_for(&self, sample: Sample) -> Vouched {
        if self.damaged.contains(&sample) {
            Vouched::Nothing
        } else if self.drifted.contains(&sample) {
            Vouched::Bytes
        } else {
            Vouched::Whole
        }
    }

    /// Whether something was damaged by hand that nothing has mended for sure.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        let is_damaged = !self.damaged.is_empty() || !self.drifted.is_empty();
        is_damaged || !self.strewn.is_empty() || self.keepsakes.may_be_awaited()
    }

    /// Whether the quarantine may hold something.
    #[must_use]
    pub fn may_keep(&self) -> bool {
        let may_be = self.keepsakes.may_be_awaited() || self.may_have_stray();
        !self.kept().is_empty() || may_be
    }

    /// Whether somebody's file may lie among the objects: only a repair puts it aside.
    #[must_use]
    pub fn may_have_stray(&self) -> bool {
        self.strewn.contains(&Mishap::Stray)
    }

    /// What the quarantine must hold.
    #[must_use]
    pub fn kept(&self) -> &[Vec<u8>] {
        self.keepsakes.kept()
    }

    /// Whether the manifest may have to be rebuilt.
    #[must_use]
    pub fn loses_manifest(&self) -> bool {
        self.loses_manifest
    }

    /// Whether there is a store for sure.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.is_made
    }

    /// Whether a directory that is removed may lie there without its receipt: where it cannot be moved away, that goes first.
    #[must_use]
    pub fn removes_in_place(&self) -> bool {
        matches!(self.setting, Setting::LowerLayer | Setting::HalfRemoved(_))
    }

    /// Whether nothing may lie there that no bundle needs.
    #[must_use]
    pub fn is_collected(&self) -> bool {
        self.is_collected
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
