//! What nobody can reach any more: moved to `trash/` under a lock, deleted from there without one.

use std::path::Path;

use linkstead_format::paths;
use linkstead_fs::rename::{self, MoveOutcome};
use linkstead_fs::{dir, unique_name};

use crate::error::{Error, Result};
use crate::observe::{Event, Notice, Observer};
use crate::store::Store;

/// What became of something doomed.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doomed {
    /// It lies in `trash/`.
    InTrash,
    /// It could not be renamed and was deleted where it lay.
    Deleted,
    /// It was gone already.
    Absent,
}

impl Store {
    /// Dooms a file or directory that nobody can reach. A directory on the lower layer of an overlay cannot be renamed: it is
    /// deleted where it lies. No sync comes first: nobody can have moved it there but those who made the layer.
    pub(crate) fn doom(&self, path: &Path) -> Result<Doomed> {
        let target = self.path(paths::TRASH).join(unique_name());
        match rename::move_directory_aside(path, &target)? {
            MoveOutcome::Moved => Ok(Doomed::InTrash),
            MoveOutcome::SourceMissing => Ok(Doomed::Absent),
            MoveOutcome::CrossDevice => {
                dir::remove_tree(path)?;
                Ok(Doomed::Deleted)
            }
            MoveOutcome::TargetExists => Err(Error::Damaged {
                path: target,
                problem: "a name that was just drawn is taken".into(),
            }),
        }
    }

    /// Deletes what lies in `trash/`: reachable by nothing, so no lock is needed. A process that was killed may have renamed
    /// something into it without the syncs: these come first, or a power cut could bring a half-deleted directory back.
    pub(crate) fn empty_trash(&self, observer: &dyn Observer) -> Result<()> {
        self.empty_trash_by(observer, |path| {
            dir::remove_tree(path)?;
            Ok(())
        })
    }

    /// The same with the deletion of the caller, who counts what is gone, say.
    pub(crate) fn empty_trash_by(
        &self,
        observer: &dyn Observer,
        mut delete: impl FnMut(&Path) -> Result<()>,
    ) -> Result<()> {
        let trash = self.path(paths::TRASH);
        let doomed = dir::list_if_present(&trash)?;
        if doomed.is_empty() {
            return Ok(());
        }
        self.sync_everything()?;
        for entry in doomed {
            // What cannot be deleted (another user's files, say) must not keep the rest.
            if let Err(error) = delete(&trash.join(entry.name)) {
                observer.event(&Event::Notice {
                    notice: Notice::NotDeleted {
                        problem: error.to_string(),
                    },
                });
            }
        }
        Ok(())
    }
}
