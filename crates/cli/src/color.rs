//! Colors: of the words that begin a message on standard error, and of pictures on standard output.

use std::io::IsTerminal;

use clap::ValueEnum;

use crate::environment;

/// What `--color` says; `Auto` means on a terminal, unless the environment says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// Paints words and bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Colored,
    Plain,
}

impl Paint {
    /// What the choice means for a stream.
    pub(crate) fn of(choice: ColorChoice, stream: &impl IsTerminal) -> Self {
        let colored = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if environment::no_color() => false,
            ColorChoice::Auto if environment::force_color() => true,
            ColorChoice::Auto => stream.is_terminal() && !environment::dumb_terminal(),
        };
        if colored {
            Paint::Colored
        } else {
            Paint::Plain
        }
    }

    /// For `error:`.
    pub(crate) fn error(self, word: &str) -> String {
        self.sgr("1;31", word)
    }

    /// For `hint:`.
    pub(crate) fn hint(self, word: &str) -> String {
        self.sgr("1;36", word)
    }

    /// For `note:` and `caused by:`.
    pub(crate) fn note(self, word: &str) -> String {
        self.sgr("1", word)
    }

    /// For what only one bundle has.
    pub(crate) fn unique(self, bar: &str) -> String {
        self.sgr("36", bar)
    }

    /// For what several have.
    pub(crate) fn shared(self, bar: &str) -> String {
        self.sgr("2", bar)
    }

    fn sgr(self, code: &str, word: &str) -> String {
        match self {
            Paint::Colored if !word.is_empty() => format!("\x1b[{code}m{word}\x1b[0m"),
            _ => word.to_owned(),
        }
    }
}
