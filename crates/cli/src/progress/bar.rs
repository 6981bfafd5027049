//! A progress bar on a terminal, for anything that takes over half a second.

use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use linkstead_store::{Event, Observer, Phase, Unit};

use super::Sentences;
use crate::notice;
use crate::table::printable;

/// What is faster needs no bar.
const SOON: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// Shows the current phase. Cleared when dropped, so that results stand alone.
pub(crate) struct Bar {
    bar: ProgressBar,
    sentences: Sentences,
}

impl Bar {
    /// A bar that appears by itself; not at all where standard error is no terminal.
    pub(crate) fn new(sentences: Sentences) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(spinner());
        let later = bar.downgrade();
        thread::spawn(move || {
            thread::sleep(SOON);
            if let Some(bar) = later.upgrade()
                && !bar.is_finished()
            {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(TICK);
            }
        });
        Bar { bar, sentences }
    }
}

impl Observer for Bar {
    fn event(&self, event: &Event) {
        match event {
            Event::Phase { phase } => {
                // The style first: without its length the bar of the phase before would be drawn empty.
                self.bar.set_style(spinner());
                self.bar.set_message(doing(*phase));
                self.bar.unset_length();
                self.bar.set_position(0);
            }
            Event::Progress {
                done, total, unit, ..
            } => {
                if self.bar.length() != Some(*total) {
                    self.bar.set_length(*total);
                    self.bar.set_style(measured(*unit));
                }
                self.bar.set_position(*done);
            }
            Event::Waiting {
                lock,
                seconds,
                holders,
            } => {
                self.bar
                    .set_message(printable(&notice::waiting(lock, *seconds, holders)));
            }
            other => self.bar.suspend(|| self.sentences.event(other)),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn spinner() -> ProgressStyle {
    style("{spinner} {msg}")
}

fn measured(unit: Unit) -> ProgressStyle {
    match unit {
        Unit::Bytes => style("{msg} [{bar:30}] {decimal_bytes} of {decimal_total_bytes}"),
        Unit::Files | Unit::Bundles => style("{msg} [{bar:30}] {human_pos} of {human_len}"),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates of this file are well formed")
        .progress_chars("=> ")
}

fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Identify => "reading the archive",
        Phase::Plan => "checking the archive",
        Phase::Ingest => "unpacking",
        Phase::Materialize => "linking",
        Phase::Sync => "making it durable",
        Phase::Commit => "publishing",
        Phase::Walk => "looking at every file",
        Phase::Clear => "clearing up",
        Phase::Mark => "finding what is needed",
        Phase::Sweep => "deleting",
        Phase::Verify => "hashing objects",
        Phase::Recover => "cleaning up after a crash",
        Phase::Repair => "mending",
        _ => "working",
    }
}
