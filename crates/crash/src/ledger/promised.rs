//! What is promised by now, for those who judge.

use std::collections::BTreeSet;

use super::{Ledger, Vouched};
use crate::mishap::Mishap;
use crate::order::Setting;
use crate::sample::Sample;

impl Ledger {
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
        matches!(self.setting, Setting::NoExchange | Setting::PlainRenames)
            || self.checkouts.is_half_swapped()
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
        } else if self.strewn.contains(&Mishap::LoseDirectory(sample)) {
            Vouched::WholeOrGone
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
        // Only where nothing can be renamed, a directory without a receipt is a deletion in place that a crash ended. A judge can
        // rename it.
        let is_half_deleted = self.removes_in_place();
        let may_be = self.keepsakes.may_be_awaited() || self.may_have_stray() || is_half_deleted;
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

    /// Where that may lie.
    #[must_use]
    pub fn keeping_places(&self) -> &'static [&'static str] {
        match self.keepsakes_may_stay {
            true => &["quarantine", "bundles"],
            false => &["quarantine"],
        }
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
