//! Which pins were promised: a pin that was acknowledged is never lost, and what it keeps is never removed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::deed::Deed;
use crate::sample::Sample;

/// The pins of one store. Each sample has at most one, under the label that its name and version give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pins {
    /// Acknowledged.
    kept: BTreeSet<Sample>,
    /// There or not there.
    unsure: BTreeSet<Sample>,
}

impl Pins {
    pub(super) fn begin(&mut self, deed: Deed) {
        match deed {
            Deed::Pin(sample) if !self.keep(sample) => {
                self.unsure.insert(sample);
            }
            Deed::Unpin(sample) if self.kept.remove(&sample) => {
                self.unsure.insert(sample);
            }
            _ => {}
        }
    }

    pub(super) fn acknowledge(&mut self, deed: Deed) {
        match deed {
            Deed::Pin(sample) => {
                self.unsure.remove(&sample);
                self.kept.insert(sample);
            }
            Deed::Unpin(sample) => {
                self.unsure.remove(&sample);
            }
            _ => {}
        }
    }

    /// Whether a pin keeps it for sure.
    pub(super) fn keep(&self, sample: Sample) -> bool {
        self.kept.contains(&sample)
    }

    /// Whether a pin may keep it.
    pub(super) fn may_keep(&self, sample: Sample) -> bool {
        self.keep(sample) || self.unsure.contains(&sample)
    }

    pub(super) fn kept(&self) -> impl Iterator<Item = Sample> {
        self.kept.iter().copied()
    }

    pub(super) fn take_over(&mut self, other: &Pins) {
        self.kept.extend(&other.kept);
        self.unsure.extend(&other.unsure);
    }
}
