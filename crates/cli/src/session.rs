//! What holds for all commands: which store, in which form results are printed, what is said besides, how long to wait.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use linkstead_store::format::paths;
use linkstead_store::{Control, Observer, OpenMode, OpenOptions, Silent, Store};

use crate::args::{GlobalArgs, ProgressArg};
use crate::color::Paint;
use crate::environment;
use crate::failure::Failure;
use crate::output::Format;
use crate::progress::{Bar, JsonLines, Sentences};
use crate::screen::Screen;
use crate::table::printable;

/// How much is said on standard error besides errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Nothing.
    Quiet,
    /// Reports and notices.
    Normal,
    /// Also what went as it should.
    Verbose,
}

/// One run of the program.
pub(crate) struct Session {
    /// The store's directory.
    pub(crate) store: PathBuf,
    /// The form of results.
    pub(crate) format: Format,
    /// What results are drawn on.
    pub(crate) screen: Screen,
    /// How much is said.
    pub(crate) verbosity: Verbosity,
    /// Patience.
    pub(crate) control: Control,
    progress: ProgressArg,
    sentences: Sentences,
}

impl Session {
    /// What the options mean.
    ///
    /// # Errors
    /// No store is named and the user has no data directory.
    pub(crate) fn new(global: GlobalArgs) -> Result<Self, Failure> {
        let format = Format::of(&global);
        let store = match global.store {
            Some(directory) => directory,
            None => environment::default_store()?,
        };
        Ok(Session {
            store,
            format,
            verbosity: match (global.quiet, global.verbose, format) {
                (true, _, _) => Verbosity::Quiet,
                (_, true, _) => Verbosity::Verbose,
                // A program reads standard error too: it finds one object there, or nothing.
                (_, _, Format::Json) => Verbosity::Quiet,
                _ => Verbosity::Normal,
            },
            control: Control {
                lock_timeout: global.lock_timeout,
                ..Control::default()
            },
            progress: progress(global.progress, format),
            sentences: Sentences::new(Paint::of(global.color, &std::io::stderr())),
            screen: Screen::of(global.color),
        })
    }

    /// Opens the store.
    ///
    /// # Errors
    /// Those of the engine.
    pub(crate) fn open(&self, mode: OpenMode, observer: &dyn Observer) -> Result<Store, Failure> {
        let is_new =
            mode == OpenMode::ReadWriteOrCreate && !self.store.join(paths::STORE_JSON).exists();
        let options = OpenOptions {
            control: self.control.clone(),
            ..OpenOptions::new(mode)
        };
        let store = Store::open_observed(&self.store, &options, observer)?;
        if is_new {
            self.detail(&format!("made the store {}", store.root().display()));
        }
        Ok(store)
    }

    /// The store's directory, absolute, without opening it.
    pub(crate) fn absolute_store(&self) -> PathBuf {
        std::path::absolute(&self.store).unwrap_or_else(|_| self.store.clone())
    }

    /// Who is told of events while an operation runs.
    pub(crate) fn observer(&self) -> Box<dyn Observer> {
        match (self.progress, self.verbosity) {
            (ProgressArg::Json, _) => Box::new(JsonLines),
            (_, Verbosity::Quiet) => Box::new(Silent),
            (ProgressArg::Bar, _) => Box::new(Bar::new(self.sentences)),
            (ProgressArg::None, _) => Box::new(self.sentences),
        }
    }

    /// Says something on standard error, unless quiet: whole lines, in which names and paths may be as others wrote them.
    pub(crate) fn report(&self, lines: &str) {
        if self.verbosity >= Verbosity::Normal {
            let lines: String = lines.lines().map(|line| printable(line) + "\n").collect();
            let _ = std::io::stderr().lock().write_all(lines.as_bytes());
        }
    }

    /// Says something that only the curious want to know.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbosity >= Verbosity::Verbose {
            self.sentences.say(text);
        }
    }
}

/// A bar is for people at a terminal.
fn progress(wanted: Option<ProgressArg>, format: Format) -> ProgressArg {
    match (wanted, format) {
        (None, Format::Json) => ProgressArg::None,
        (None | Some(ProgressArg::Bar), _) if !std::io::stderr().is_terminal() => ProgressArg::None,
        (None, Format::Text) => ProgressArg::Bar,
        (Some(wanted), _) => wanted,
    }
}
