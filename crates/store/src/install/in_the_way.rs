//! Step 10: a directory that is in the way of a publish, or that nobody recorded, makes way.

use linkstead_format::BundleKey;

use super::Install;
use crate::error::{Error, Result};
use crate::manifest::Writer;
use crate::published::{self, Destination};
use crate::refs;
use crate::roots::Roots;
use crate::set_aside::{self, SetAside};

impl Install<'_> {
    /// A directory without a record is never reused; its content comes back only through this install.
    /// What somebody would miss in it, or might, is put aside first: whatever comes then, it stays.
    pub(super) fn doom(&self, key: &BundleKey) -> Result<()> {
        let root = self.store.root();
        let mut lock = published::lock_for_removal(root, key)?;
        let receipt = published::receipt_or_problem(root, key)?;
        if lock.is_some() {
            let directory = root.join(key.published());
            let record = self.record_of(key)?;
            let read = receipt.as_ref().map_err(String::as_str);
            let recorded = record.as_ref().map(|row| &row.tree);
            match set_aside::if_missed(self.store, &directory, read, recorded, self.observer)? {
                SetAside::Moved => lock = None,
                SetAside::NothingMissed => {}
                // What has a record or a name was in use, and lost its receipt.
                SetAside::Stays
                    if record.is_none()
                        && !self.is_named(key)
                        && set_aside::is_half_deleted(&directory)? => {}
                SetAside::Stays => {
                    return Err(Error::Damaged {
                        path: directory,
                        problem: "it may hold extra files, and cannot be moved out of the way"
                            .into(),
                    });
                }
            }
        }
        let was_named = refs::delete_those_to(root, key)?;
        let destination = match &receipt {
            // A lost manifest left it out because it was damaged.
            Ok(receipt) if was_named => Destination::Parked(&receipt.directory),
            _ => Destination::Trash,
        };
        let manifest = Writer::open(root, &self.locks)?;
        published::withdraw(root, key, manifest.as_ref(), destination, lock)?;
        Ok(())
    }

    /// Whether a ref or a pin names this directory, or may: where one cannot be read.
    fn is_named(&self, key: &BundleKey) -> bool {
        Roots::read(self.store).map_or(true, |roots| roots.named.contains(key))
    }
}
