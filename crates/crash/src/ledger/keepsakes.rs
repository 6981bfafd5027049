//! What was damaged by hand and must be kept for people to look at.

use serde::{Deserialize, Serialize};

use crate::sample::Sample;

/// The keepsakes of one store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Keepsakes {
    /// To be kept when an operation comes upon it: of which bundle, and what.
    awaited: Vec<(Option<Sample>, Vec<u8>)>,
    /// What must lie in the quarantine.
    kept: Vec<Vec<u8>>,
    /// Whether more may lie there, or may still be damaged.
    may_be_more: bool,
}

impl Keepsakes {
    /// Something was damaged, of a bundle or of none.
    pub(super) fn await_of(&mut self, damaged: Option<Sample>, content: Option<Vec<u8>>) {
        self.awaited
            .extend(content.map(|content| (damaged, content)));
    }

    /// What was damaged there goes with its bundle or its manifest, unless somebody has kept it already.
    pub(super) fn leave_open(&mut self, is_gone: impl Fn(Option<Sample>) -> bool) {
        let before = self.awaited.len();
        self.awaited.retain(|(of, _)| !is_gone(*of));
        self.may_be_more |= self.awaited.len() < before;
    }

    /// An operation was acknowledged that came upon what was damaged there.
    pub(super) fn keep(&mut self, damaged: Option<Sample>) {
        self.keep_where(|of| of == damaged);
    }

    /// The same of all that was damaged in such places.
    pub(super) fn keep_where(&mut self, is_there: impl Fn(Option<Sample>) -> bool) {
        let kept = self.awaited.extract_if(.., |(of, _)| is_there(*of));
        self.kept.extend(kept.map(|(_, content)| content));
    }

    /// This was put there.
    pub(super) fn put(&mut self, content: &[u8]) {
        self.kept.push(content.to_vec());
    }

    /// What must lie there.
    pub(super) fn kept(&self) -> &[Vec<u8>] {
        &self.kept
    }

    /// Whether something may still be damaged.
    pub(super) fn may_be_awaited(&self) -> bool {
        !self.awaited.is_empty() || self.may_be_more
    }
}
