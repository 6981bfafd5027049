//! Which directory outside the store was promised: the one that was acknowledged last, or one that was begun since.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::deed::Deed;
use crate::mishap::Mishap;
use crate::sample::Sample;

/// The one path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkouts {
    /// Acknowledged.
    made: Option<Sample>,
    /// Perhaps in its place.
    unsure: BTreeSet<Sample>,
    /// Whether the store knows it, if that is sure.
    is_known: Option<bool>,
    /// Whether somebody died in the middle of a swap, and perhaps nobody has recovered since.
    is_half_swapped: bool,
    /// Whether a server wrote into it.
    is_served: bool,
}

impl Checkouts {
    pub(super) fn begin(&mut self, deed: Deed) {
        match deed {
            Deed::CheckOut(sample) | Deed::CheckOutHeld(sample) => {
                self.unsure.insert(sample);
                // What was known stays so, whichever it is.
                self.is_known = self.is_known.filter(|is_known| *is_known);
            }
            Deed::ForgetCheckout => self.is_known = None,
            _ => {}
        }
    }

    pub(super) fn acknowledge(&mut self, deed: Deed) {
        self.is_served |= deed == Deed::Mishap(Mishap::Serve);
        match deed {
            Deed::Mishap(Mishap::HalfSwap) => self.is_half_swapped = true,
            // An open that could not recover leaves it to the next.
            Deed::CheckOut(_) | Deed::CheckOutHeld(_) => self.is_half_swapped = false,
            _ => {}
        }
        match deed {
            Deed::CheckOut(sample) | Deed::CheckOutHeld(sample) => {
                self.made = Some(sample);
                self.unsure.clear();
                self.is_known = Some(true);
            }
            Deed::ForgetCheckout => self.is_known = Some(false),
            _ => {}
        }
    }

    /// Whether something must be at the path.
    pub(super) fn is_made(&self) -> bool {
        self.made.is_some()
    }

    /// Whether the store must know what is at the path; `None` if that is open.
    pub(super) fn is_known(&self) -> Option<bool> {
        self.is_known
    }

    /// Whether a server wrote into it: that stays.
    pub(super) fn is_served(&self) -> bool {
        self.is_served
    }

    /// Whether nothing may be at the path.
    pub(super) fn is_half_swapped(&self) -> bool {
        self.is_half_swapped
    }

    /// What may be there.
    pub(super) fn allowed(&self) -> impl Iterator<Item = Sample> {
        self.made.into_iter().chain(self.unsure.iter().copied())
    }
}
