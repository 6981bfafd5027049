//! What mishaps do to the promises.

use super::Ledger;
use crate::mishap::Mishap;

impl Ledger {
    /// A rebuild records only what it finds whole: what was damaged besides may be there until it is installed again, or not.
    pub(super) fn lose_manifest(&mut self) {
        self.loses_manifest = true;
        for sample in self.damaged.iter().chain(&self.drifted) {
            self.installed.retain(|installed| installed != sample);
            self.with_host_file.remove(sample);
            self.unsure.insert(*sample);
            let open = self.unsure_current.entry(sample.name().to_owned());
            *open.or_default() += 1;
        }
    }

    pub(super) fn befall(&mut self, mishap: Mishap) {
        let damaged = match mishap {
            Mishap::Damage(sample)
            | Mishap::Alter(sample)
            | Mishap::Edit(sample)
            | Mishap::Obstruct(sample)
            | Mishap::LoseTree(sample)
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
            Mishap::LoseDirectory(_)
            | Mishap::MakePlace
            | Mishap::Serve
            | Mishap::HalfSwap
            | Mishap::LoseManifest
            | Mishap::SpoilManifest
            | Mishap::LoseEmptyDirectories
            | Mishap::Death
            | Mishap::Stray
            | Mishap::Write(_)
            | Mishap::Orphan(_) => None,
        };
        if let Mishap::Write(sample) = mishap {
            self.keepsakes.await_of(Some(sample), mishap.keepsake());
            return;
        }
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
}
