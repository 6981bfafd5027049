//! The manifest: mended first, because everything else is judged by it; what it records and what lies there are made one last.

use super::Repair;
use crate::error::{ErrorKind, Result};
use crate::observe::{Event, Notice};
use crate::verify::{Defect, VerifyReport};

impl Repair<'_> {
    /// Rebuilds a manifest that is lost or cannot be used.
    pub(super) fn manifest(&self, found: &VerifyReport) -> Result<()> {
        let is_unreadable = |defect: &Defect| matches!(defect, Defect::UnreadableManifest { .. });
        if found
            .findings
            .iter()
            .any(|found| is_unreadable(&found.defect))
        {
            return self.store.replace_manifest(&self.locks, self.observer);
        }
        self.store.ensure_manifest(&self.locks, self.observer)
    }

    /// Forgets records without a directory, records what a name means and is whole, and dooms the rest as recovery does. A root
    /// that cannot be read leaves all of it as it is.
    pub(super) fn records(&self, found: &VerifyReport) -> Result<()> {
        let is_of_records = |defect: &Defect| {
            matches!(
                defect,
                Defect::RecordWithoutDirectory
                    | Defect::DirectoryWithoutRecord
                    | Defect::ReceiptWithoutDirectory
                    | Defect::RefWithoutRecord
            )
        };
        let mut all = found.findings.iter().chain(&found.leftovers);
        if !all.any(|found| is_of_records(&found.defect)) {
            return Ok(());
        }
        let exclusive = self.locks.exclusive()?;
        let recover = || self.store.recover(&exclusive, &self.locks, self.observer);
        // First what the dead did becomes durable, for what is recorded rests on it; last goes what nothing recorded.
        let judged = recover()
            .and_then(|()| self.store.reconcile(&exclusive, &self.locks, self.observer))
            .and_then(|()| recover());
        // What recovery deleted may come back by a power cut: as a leftover once more.
        match judged {
            Err(error) if error.kind() == ErrorKind::Damaged => {
                self.observer.event(&Event::Notice {
                    notice: Notice::NotRecovered {
                        problem: error.to_string(),
                    },
                });
                Ok(())
            }
            judged => judged,
        }
    }
}
