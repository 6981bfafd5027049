//! What does not belong in the store goes to `quarantine/`: nobody's rights to it are known, so nothing of it is lost.

use std::collections::BTreeSet;
use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::rename::{self, MoveOutcome};
use linkstead_fs::unique_name;

use super::Repair;
use crate::error::Result;
use crate::locks::NewEpoch;
use crate::stored::read_tree;
use crate::verify::{Defect, Finding, VerifyReport};
use linkstead_fs::sync::Synced;

impl Repair<'_> {
    /// Moves foreign files, and trees that are none and that no bundle names.
    pub(super) fn strays(&mut self, found: &VerifyReport) -> Result<()> {
        let strays: Vec<&Path> = found
            .findings
            .iter()
            .filter(|finding| is_stray(finding))
            .map(|finding| finding.path.as_path())
            .collect();
        if strays.is_empty() {
            return Ok(());
        }
        let exclusive = self.locks.exclusive()?;
        let epoch = exclusive.new_epoch()?;
        // Opening the store may have made it, without a sync of what holds it.
        let root = self.store.root().to_path_buf();
        let mut changed = BTreeSet::from([root, self.store.path(paths::QUARANTINE)]);
        let done = strays.into_iter().try_for_each(|stray| {
            if self.is_tree_by_now(stray)? {
                return Ok(());
            }
            self.move_stray(stray, &mut changed, &epoch)
        });
        let _: Synced = self.sync(Vec::new(), changed)?;
        done
    }

    /// An install may have written it anew since it was looked at.
    fn is_tree_by_now(&self, stray: &Path) -> Result<bool> {
        let name_of = |path: &Path| path.file_name()?.to_str().map(str::to_owned);
        let names = stray.parent().and_then(name_of).zip(name_of(stray));
        match names.and_then(|(shelf, file)| paths::parse_tree_file(&shelf, &file)) {
            Some(id) => Ok(read_tree(self.store, &id)?.is_some()),
            None => Ok(false),
        }
    }

    fn move_stray(
        &mut self,
        stray: &Path,
        changed: &mut BTreeSet<std::path::PathBuf>,
        _epoch: &NewEpoch<'_>,
    ) -> Result<()> {
        let kept = self
            .store
            .path(paths::QUARANTINE)
            .join(format!("stray.{}", unique_name()));
        match rename::move_aside(stray, &kept)? {
            MoveOutcome::Moved => {
                changed.extend(stray.parent().map(Path::to_path_buf));
                self.quarantined.push(kept);
            }
            // Gone meanwhile, or on a lower layer of an overlay, where it must stay.
            MoveOutcome::SourceMissing | MoveOutcome::TargetExists | MoveOutcome::CrossDevice => {}
        }
        Ok(())
    }
}

fn is_stray(finding: &Finding) -> bool {
    match finding.defect {
        Defect::ForeignFile => true,
        Defect::UnreadableTree { .. } => finding.harms.is_empty(),
        _ => false,
    }
}
