//! Colors of messages on standard error. Results on standard output have none.

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

/// Paints the words that begin a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Colored,
    Plain,
}

impl Paint {
    /// What the choice means for standard error.
    pub(crate) fn of(choice: ColorChoice) -> Self {
        let colored = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if environment::no_color() => false,
            ColorChoice::Auto if environment::force_color() => true,
            ColorChoice::Auto => std::io::stderr().is_terminal() && !environment::dumb_terminal(),
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

    fn sgr(self, code: &str, word: &str) -> String {
        match self {
            Paint::Colored => format!("\x1b[{code}m{word}\x1b[0m"),
            Paint::Plain => word.to_owned(),
        }
    }
}
