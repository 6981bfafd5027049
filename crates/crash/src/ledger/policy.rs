//! What a gc by a policy takes back of what was promised: all versions of a name but one. Use stamps decide which one stays where
//! none is current for sure, so then any may go.

use super::Ledger;
use crate::sample::Sample;

impl Ledger {
    /// From now on what is not current for sure, and not pinned, is there or not.
    pub(super) fn begin_policy(&mut self) {
        let (may_go, stay): (Vec<Sample>, Vec<Sample>) = self
            .installed
            .iter()
            .partition(|sample| self.may_go(**sample));
        self.installed = stay;
        for sample in &may_go {
            self.with_host_file.remove(sample);
            // What was altered goes with its last directory.
            self.keepsakes.leave_open(|of| of == Some(*sample));
        }
        self.unsure.extend(may_go);
    }

    /// It is done: what had to go is not there any more.
    pub(super) fn acknowledge_policy(&mut self) {
        let gone: Vec<Sample> = self
            .unsure
            .iter()
            .copied()
            .filter(|sample| self.must_go(*sample))
            .collect();
        self.unsure.retain(|sample| !gone.contains(sample));
    }

    fn may_go(&self, sample: Sample) -> bool {
        !self.is_current(sample) && !self.pins.keep(sample)
    }

    /// Another version is current for sure, and no pin may keep it.
    fn must_go(&self, sample: Sample) -> bool {
        let current = self.current.get(sample.name());
        let other = current.filter(|current| **current != sample);
        other.is_some_and(|other| self.is_current(*other)) && !self.pins.may_keep(sample)
    }

    /// For sure.
    fn is_current(&self, sample: Sample) -> bool {
        self.current.get(sample.name()) == Some(&sample)
            && !self.unsure_current.contains_key(sample.name())
    }
}
