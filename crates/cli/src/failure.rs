//! What went wrong, for people (`error:`, `caused by:`, `hint:`) or, with `--json`, as one JSON object on one line of
//! standard error. The engine states the facts; the way out comes from [`hints`].

use std::error::Error as StdError;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use linkstead_store::Error;
use serde::Serialize;

use crate::args::GlobalArgs;
use crate::color::Paint;
use crate::hints;
use crate::output::Format;
use crate::table::printable;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// The engine failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// The disk that a checkout goes to is full.
    #[error(transparent)]
    CheckoutDisk(Error),
    /// On these archives there is no verdict.
    #[error("cannot check {}", archives.join(", "))]
    Unchecked {
        archives: Vec<String>,
        source: Box<Error>,
    },
    /// What was asked for makes no sense, though clap could read it.
    #[error("{0}")]
    Usage(String),
    /// A host file cannot be read.
    #[error("cannot read the host file {}", path.display())]
    HostFile { path: PathBuf, source: io::Error },
    /// What was chosen for a bundle's options makes no sense, whatever the bundle says.
    #[error("{0}")]
    Choice(String),
    /// A file with values for a bundle's options cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    ConfigFile { path: PathBuf, source: io::Error },
    /// It can be read, and holds something else.
    #[error("the configuration {} {problem}", path.display())]
    ConfigContent { path: PathBuf, problem: String },
    /// The program that was to take our place cannot be started.
    #[error("cannot run {}", program.display())]
    Program {
        program: OsString,
        source: io::Error,
    },
    /// A manual page cannot be written.
    #[error("cannot write {}", path.display())]
    Page { path: PathBuf, source: io::Error },
    /// Results cannot be printed.
    #[error("cannot write to standard output")]
    StandardOutput(#[source] io::Error),
    /// A result cannot be said in JSON: a path that is not UTF-8.
    #[error("the result cannot be printed as JSON")]
    Json(#[source] serde_json::Error),
    /// Relative paths mean nothing.
    #[error("cannot find out the current directory")]
    NowHere(#[source] io::Error),
    /// There is no place for a store.
    #[error("cannot find the user's data directory")]
    NoHome,
}

impl Failure {
    /// 1 for a failed operation, 2 for wrong usage; as shells have it for a program that cannot be started.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) | Failure::Choice(_) => ExitCode::from(2),
            Failure::Program { source, .. } if is_not_found(source) => ExitCode::from(127),
            Failure::Program { .. } => ExitCode::from(126),
            _ => ExitCode::from(1),
        }
    }

    /// What the engine said, if it was the engine that failed.
    fn of_engine(&self) -> Option<&Error> {
        match self {
            Failure::Store(error) | Failure::CheckoutDisk(error) => Some(error),
            Failure::Unchecked { source, .. } => Some(source),
            _ => None,
        }
    }

    fn kind(&self) -> String {
        let Some(error) = self.of_engine() else {
            return self.own_kind().into();
        };
        match serde_json::to_value(error.kind()) {
            Ok(serde_json::Value::String(kind)) => kind,
            _ => "other".into(),
        }
    }

    fn own_kind(&self) -> &'static str {
        match self {
            Failure::Usage(_) | Failure::Choice(_) => "usage",
            Failure::NoHome => "store",
            Failure::Program { .. } => "program",
            Failure::HostFile { .. }
            | Failure::Page { .. }
            | Failure::ConfigFile { .. }
            | Failure::ConfigContent { .. }
            | Failure::NowHere(_)
            | Failure::StandardOutput(_)
            | Failure::Json(_) => "io",
            Failure::Store(_) | Failure::CheckoutDisk(_) | Failure::Unchecked { .. } => "other",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Failure::Store(error) | Failure::CheckoutDisk(error) => error.path(),
            Failure::Unchecked { source, .. } => source.path(),
            Failure::HostFile { path, .. }
            | Failure::Page { path, .. }
            | Failure::ConfigFile { path, .. }
            | Failure::ConfigContent { path, .. } => Some(path),
            _ => None,
        }
    }

    fn entry(&self) -> Option<&str> {
        self.of_engine()?.entry()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Failure::Store(error) => hints::of(error),
            Failure::CheckoutDisk(error) => hints::of_checkout_disk(error),
            Failure::Unchecked { source, .. } => hints::of(source),
            Failure::NoHome => Some("set HOME, or name the store: --store DIR".into()),
            Failure::Json(_) => Some("without --json it can be printed".into()),
            Failure::Usage(_) => Some("linkstead --help".into()),
            Failure::Choice(_) => Some("linkstead run --help".into()),
            Failure::Program { source, .. } if is_not_found(source) => Some(
                "look whether it is installed and in PATH; a file of the bundle is written with a slash: ./bin/tool".into(),
            ),
            Failure::Program { .. } => Some("look whether it is an executable of this system".into()),
            Failure::ConfigFile { .. } => {
                Some("look at the path; a value is written KEY=VALUE".into())
            }
            Failure::ConfigContent { .. } => {
                Some("write a JSON object such as {\"key\": \"value\"}".into())
            }
            Failure::NowHere(_) => Some("go to a directory that is there".into()),
            Failure::HostFile { .. } | Failure::Page { .. } | Failure::StandardOutput(_) => None,
        }
    }

    fn is_retryable(&self) -> bool {
        self.of_engine().is_some_and(Error::is_retryable)
    }

    /// What is said, then each cause.
    fn messages(&self) -> Vec<String> {
        let mut messages = Vec::new();
        let mut next: Option<&dyn StdError> = Some(self);
        while let Some(error) = next {
            messages.push(error.to_string());
            next = error.source();
        }
        messages
    }
}

fn is_not_found(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// A failure as `--json` prints it.
#[derive(Debug, Serialize)]
struct JsonFailure<'a> {
    kind: String,
    message: String,
    path: Option<std::borrow::Cow<'a, str>>,
    entry: Option<&'a str>,
    hint: Option<String>,
    retryable: bool,
}

/// Tells of failures in the form that was asked for.
#[derive(Debug)]
pub(crate) struct Reporter {
    format: Format,
    paint: Paint,
}

impl Reporter {
    /// The form that the options ask for.
    pub(crate) fn of(global: &GlobalArgs) -> Self {
        Reporter {
            format: Format::of(global),
            paint: Paint::of(global.color, &io::stderr()),
        }
    }

    /// Prints the failure on standard error.
    pub(crate) fn report(&self, failure: &Failure) {
        match self.format {
            Format::Text => self.say(&failure.messages(), failure.hint()),
            Format::Json => print_json(&JsonFailure {
                kind: failure.kind(),
                message: failure.messages().join(": "),
                path: failure.path().map(Path::to_string_lossy),
                entry: failure.entry(),
                hint: failure.hint(),
                retryable: failure.is_retryable(),
            }),
        }
    }

    /// What others wrote is in messages and hints alike: names, paths, words of a manifest.
    fn say(&self, messages: &[String], hint: Option<String>) {
        let mut lines = String::new();
        for (index, message) in messages.iter().enumerate() {
            let word = match index {
                0 => self.paint.error("error:"),
                _ => self.paint.note("caused by:"),
            };
            lines.push_str(&format!("{word} {}\n", printable(message)));
        }
        if let Some(hint) = hint {
            let hint = printable(&hint);
            lines.push_str(&format!("{} {hint}\n", self.paint.hint("hint:")));
        }
        // Nobody is left to be told that standard error is closed.
        let _ = io::stderr().write_all(lines.as_bytes());
    }
}

/// Prints what clap has to say: help and versions on standard output, wrong usage on standard error.
pub(crate) fn report_parse(error: &clap::Error) -> ExitCode {
    // The command line could not be read, so whether it asks for JSON is seen in its words.
    let wants_json = std::env::args_os().any(|word| word == "--json");
    if error.use_stderr() && wants_json {
        let text = error.render().to_string();
        let message = text.split("\n\n").next().unwrap_or_default();
        let reporter = Reporter {
            format: Format::Json,
            paint: Paint::Plain,
        };
        let message = message.trim_start_matches("error: ").trim_end();
        reporter.report(&Failure::Usage(message.to_owned()));
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn print_json(failure: &JsonFailure<'_>) {
    // Strings and one boolean always have a JSON form.
    if let Ok(mut line) = serde_json::to_string(failure) {
        line.push('\n');
        let _ = io::stderr().write_all(line.as_bytes());
    }
}
