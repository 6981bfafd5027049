//! Steps 7 to 11: the window in which the new directory takes the path, and what is left to do after it.

use std::path::{Path, PathBuf};

use linkstead_fs::link::{self, LinkOutcome};
use linkstead_fs::sync::Synced;
use linkstead_fs::{dir, stat};

use super::build::Built;
use super::occupant::{self, Occupant};
use super::options::Displace;
use super::records::Recorded;
use super::refusal::CheckoutRefusal;
use super::report::{CheckedOut, CheckoutOutcome};
use super::target::refused;
use super::{Work, alike, displaced, settle, swap};
use crate::error::Result;
use crate::farm::{directories_above, sync_paths};
use crate::install::InstallReport;
use crate::observe::{Event, Phase};
use crate::options::SyncPolicy;
use crate::staging::Staging;

/// A checkout that is done, but for what it displaced.
pub(super) struct Committed {
    recorded: Recorded,
    occupant: Occupant,
    own: Vec<String>,
    report: InstallReport,
}

impl Work<'_> {
    /// Steps 7 to 10.
    pub(super) fn commit(&self, mut recorded: Recorded, built: Built) -> Result<Committed> {
        self.options.control.check()?;
        let _window = self.locks.window(&self.bundle.name)?;
        self.observer.event(&Event::Phase {
            phase: Phase::Commit,
        });
        // A server may have put something there since.
        let occupant = self.occupant()?;
        let own = occupant.may_go(self.target, self.options.displace)?;
        let carried = self.carry_over(&own, &built)?;
        recorded.checkout.directory = Some(built.identity);
        recorded.write(self.store.root())?;
        let synced = built.synced.and(carried);
        swap::swap(self.target, &recorded.id, &built.path, &occupant, synced)?;
        let recorded = settle::complete(self.store, self.target, recorded)?;
        Ok(Committed {
            recorded,
            occupant,
            own,
            report: built.report,
        })
    }

    /// Gives the files that are to be kept a second name in the new directory. Private ones take the place of the bundle's.
    fn carry_over(&self, own: &[String], built: &Built) -> Result<Synced> {
        let mut places: Vec<PathBuf> = Vec::new();
        if self.options.displace == Displace::OwnKeepingExtra {
            let private = self.layout.private.matcher();
            let clashes = occupant::clashes(own, &self.tree, |path| private.is_private(path));
            if !clashes.is_empty() {
                return Err(self.cannot_keep(clashes));
            }
            for path in own {
                self.carry(path, built)?;
                places.push(built.path.join(path));
            }
        }
        let directories = directories_above(&built.path, &places);
        sync_paths(
            SyncPolicy::EachFile,
            Vec::new(),
            directories,
            &built.filesystem,
        )
    }

    fn carry(&self, path: &str, built: &Built) -> Result<()> {
        let (from, to) = (self.target.path.join(path), built.path.join(path));
        if let Some(parent) = Path::new(path).parent() {
            alike::create_dirs(&self.target.path, &built.path, parent)?;
        }
        if stat::stat(&to)?.is_some() {
            dir::remove_file(&to)?;
        }
        match link::hard_link(&from, &to)? {
            // Its name is no UTF-8, and this is only what it looks like.
            LinkOutcome::SourceMissing if path.contains(char::REPLACEMENT_CHARACTER) => {
                Err(self.cannot_keep(vec![path.to_owned()]))
            }
            // A server deletes its own files as it likes.
            LinkOutcome::Linked | LinkOutcome::SourceMissing => Ok(()),
            _ => Err(self.cannot_keep(vec![path.to_owned()])),
        }
    }

    fn cannot_keep(&self, paths: Vec<String>) -> crate::error::Error {
        refused(&self.target.path, CheckoutRefusal::ExtraClash(paths))
    }

    /// Step 11, and what there is to tell.
    pub(super) fn clear(&self, staging: &Staging, committed: Committed) -> CheckedOut {
        self.observer.event(&Event::Phase {
            phase: Phase::Clear,
        });
        let mut report = self.report(match committed.occupant {
            Occupant::Nothing => CheckoutOutcome::Made,
            Occupant::Ours { .. } => CheckoutOutcome::Replaced,
            Occupant::Foreign => CheckoutOutcome::ReplacedForeign,
        });
        report.displaced = displaced::clear(&committed.recorded);
        if report.displaced.iter().any(|left| left.problem.is_some()) {
            // The next open tries again, as if this process had died here.
            staging.leave_trace();
        }
        match self.options.displace {
            Displace::OwnKeepingExtra => report.kept = committed.own,
            Displace::Own | Displace::Anything => report.discarded = committed.own,
        }
        report.linked = committed.report.linked;
        report.reflinked = committed.report.reflinked;
        report.copied = committed.report.copied;
        report.no_links_because = committed.report.no_links_because;
        report
    }
}
