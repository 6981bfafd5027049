//! A directory that has to make way and may hold what somebody would miss goes to `quarantine/`, where people find it: nobody was
//! asked, so nothing of it is lost.

use std::path::{Path, PathBuf};

use linkstead_format::{Receipt, TreeId, paths};
use linkstead_fs::rename::{self, MoveOutcome};
use linkstead_fs::{dir, stat, unique_name};

use crate::error::Result;
use crate::extra::Missed;
use crate::observe::{Event, Notice, Observer};
use crate::published;
use crate::store::Store;

/// What became of a directory that was looked into.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetAside {
    /// Nobody would miss anything in it: it lies where it lay.
    NothingMissed,
    /// It lies in `quarantine/`, durably.
    Moved,
    /// Somebody may miss something, and it cannot be renamed: it lies where it lay.
    Stays,
}

/// Puts a directory aside if somebody would miss something in it, or might. The caller has locked it, and says which tree its
/// record has, if it has one.
pub(crate) fn if_missed(
    store: &Store,
    directory: &Path,
    receipt: std::result::Result<&Receipt, &str>,
    recorded: Option<&TreeId>,
    observer: &dyn Observer,
) -> Result<SetAside> {
    let missed = Missed::of(store, directory, receipt, recorded)?;
    if missed.is_nothing() {
        return Ok(SetAside::NothingMissed);
    }
    let Some(path) = to_quarantine(store.root(), directory)? else {
        return Ok(SetAside::Stays);
    };
    let (extra_files, damage) = missed.told();
    observer.event(&Event::Notice {
        notice: Notice::SetAside {
            path,
            extra_files,
            damage,
        },
    });
    Ok(SetAside::Moved)
}

/// Whether a directory that could not be renamed is what an interrupted deletion left: it was deleted in place, where its receipt
/// goes first, and whoever deleted it had asked. Nowhere else does a receipt go before its directory.
pub(crate) fn is_half_deleted(directory: &Path) -> Result<bool> {
    Ok(stat::stat(&directory.with_extension("json"))?.is_none())
}

/// Before a directory in `bundles/` is synced: what somebody moved from it to `quarantine/`, and died before the syncs, must be
/// durable there first, or a power cut takes it from both.
pub(crate) fn settle(root: &Path) -> Result<()> {
    Ok(dir::sync_dir_if_present(&root.join(paths::QUARANTINE))?)
}

/// Renames a directory to `quarantine/`, where it is kept for people, and syncs both parents. The caller has locked it. Says
/// where it lies then; `None` if it cannot be renamed, for it is of a lower overlay layer.
fn to_quarantine(root: &Path, path: &Path) -> Result<Option<PathBuf>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let kept = root
        .join(paths::QUARANTINE)
        .join(format!("{name}.{}", unique_name()));
    match rename::move_directory_aside(path, &kept)? {
        MoveOutcome::Moved => {
            published::sync_parent(&kept)?;
            published::sync_parent(path)?;
            Ok(Some(kept))
        }
        MoveOutcome::CrossDevice => Ok(None),
        MoveOutcome::SourceMissing | MoveOutcome::TargetExists => Err(published::went_away(path)),
    }
}
