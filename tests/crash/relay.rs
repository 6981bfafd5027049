//! Several processes one after the other on one model disk: what one had not made durable is still at stake when the power goes.

use std::path::{Path, PathBuf};

use linkstead_crash::deed::Deed;
use linkstead_crash::disk::Disk;
use linkstead_crash::image::Image;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::oracle::{self, Depth};
use linkstead_crash::order::{End, MUTANT, Order, Strike, Watch, listen};
use linkstead_crash::power_cut::Remains;
use linkstead_crash::recording;
use linkstead_crash::scratch;

use crate::stage::{self, Stage};

/// A disk, and what has been promised by those who worked on it.
pub(crate) struct Relay<'a> {
    pub(crate) disk: Disk,
    /// The order that is carried out next.
    pub(crate) order: Order,
    before: Ledger,
    ledger: Ledger,
    mutant: Option<&'a str>,
    recording: PathBuf,
}

impl<'a> Relay<'a> {
    /// The store of a stage in a new place; the stage's own deed is the first order.
    pub(crate) fn begin(stage: &Stage, directory: &Path, mutant: Option<&'a str>) -> Self {
        let base = directory.join("disk");
        std::fs::create_dir(&base).expect("a scratch directory");
        let recording = directory.join("recording");
        let watch = Watch {
            record: Some(recording.clone()),
            ..Watch::default()
        };
        let order = stage.order(&base, watch);
        Relay {
            disk: Disk::holding(&Image::scan(&base).expect("a store"), &base),
            order,
            before: stage.before.clone(),
            ledger: stage.before.clone(),
            mutant,
            recording,
        }
    }

    /// Hands on to a process that does these.
    pub(crate) fn next(&mut self, deeds: &[Deed], strike: Option<Strike>) {
        self.order.deeds = deeds.to_vec();
        self.order.watch.strike = strike;
    }

    /// Carries the order out. An error that has no good reason is a violation.
    pub(crate) fn carry_out(&mut self) -> Result<(), String> {
        let mut command = self.order.command(stage::driver());
        if let Some(mutant) = self.mutant {
            command.env(MUTANT, mutant);
        }
        let ended = listen(command.spawn().expect("the driver starts"));
        let said = ended.error.clone().unwrap_or_default();
        let is_lawful = match ended.end {
            End::Done | End::Killed => true,
            // What was damaged by hand stops a gc until it is mended.
            End::Failed => {
                ended.is_refused() || self.ledger.is_damaged() && said.contains("is damaged")
            }
            End::Hung | End::Broken => false,
        };
        if !is_lawful {
            return Err(format!("{:?}: {:?}: {said}", self.order.deeds, ended.end));
        }
        let (events, data) = recording::read(&self.recording);
        self.disk.replay(&events, &data);
        self.before = self.ledger.clone();
        self.ledger = self.order.ledger(self.ledger.clone(), &ended);
        Ok(())
    }

    /// Judges what a power cut during the last order left.
    pub(crate) fn judge(&self, remains: &Remains) -> Result<(), String> {
        let before = self.before.clone();
        let ledger = before.marked(&self.order.deeds, &remains.marks);
        let directory = scratch::directory();
        remains
            .image
            .write(directory.path())
            .expect("an empty directory");
        oracle::judge(&scratch::store_in(directory.path()), &ledger, Depth::Full).map_err(
            |violation| {
                format!(
                    "then {:?}, cut before {} ({}): {violation}",
                    self.order.deeds, remains.moment, remains.lost
                )
            },
        )
    }
}
