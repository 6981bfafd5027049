//! Twins: files with the right content in an inode of their own, as a copy of the store without its hard links has them. A link
//! of the object takes their place.

use std::collections::BTreeSet;
use std::path::PathBuf;

use linkstead_format::{TreeFile, seal};
use linkstead_fs::link::{self, LinkOutcome};
use linkstead_fs::rename;
use linkstead_fs::stat::{self, FileKind};

use super::Repair;
use super::directories::Described;
use crate::error::Result;
use crate::objects::{self, Need};

impl Repair<'_> {
    /// Links these files to their objects again, in the window of the bundle. What the object was hashed for is what takes the
    /// place, so the twin need not be read again. A mode that the host chose stays with its file.
    pub(super) fn share(
        &self,
        described: &Described,
        twins: &[usize],
        changed: &mut BTreeSet<PathBuf>,
    ) -> Result<()> {
        for twin in twins {
            self.locks.control().check()?;
            let entry = &described.tree.entries()[*twin];
            let Some(TreeFile { key, size, .. }) = entry.file() else {
                continue;
            };
            let path = described.path.join(entry.path.as_str());
            let is_twin = stat::stat(&path)?.is_some_and(|found| {
                found.kind == FileKind::File
                    && found.size == size
                    && seal::mode_fits(found.mode, key.exec)
            });
            if !is_twin || objects::need(self.store.root(), &key, size)? != Need::Nothing {
                continue;
            }
            let made = self.staging.scratch();
            match link::hard_link(&self.store.path(key.relative_path()), &made)? {
                LinkOutcome::Linked => {
                    rename::rename_over(&made, &path)?;
                    changed.extend(path.parent().map(PathBuf::from));
                }
                LinkOutcome::SourceMissing | LinkOutcome::TooManyLinks => {}
                // No links here: everything stays as it is.
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}
