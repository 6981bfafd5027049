//! A directory that has to make way and may hold what somebody would miss goes to `quarantine/`, where people find it: nobody was
//! asked, so nothing of it is lost.

use std::path::Path;

use linkstead_format::Receipt;

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

/// Puts a directory aside if somebody would miss something in it, or might. The caller has locked it.
pub(crate) fn if_missed(
    store: &Store,
    directory: &Path,
    receipt: std::result::Result<&Receipt, &str>,
    observer: &dyn Observer,
) -> Result<SetAside> {
    let missed = Missed::of(store, directory, receipt, None)?;
    if missed.is_nothing() {
        return Ok(SetAside::NothingMissed);
    }
    let Some(path) = published::set_aside(store.root(), directory)? else {
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
