//! What results are drawn on: how wide it is, and which signs it shows.

use std::io::IsTerminal;

use crate::color::{ColorChoice, Paint};
use crate::environment;

/// The width of what is no terminal.
const USUAL_WIDTH: usize = 80;

/// Standard output, as far as pictures go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Columns.
    pub(crate) width: usize,
    /// Which signs it shows.
    pub(crate) signs: Signs,
    /// Whether it is colored.
    pub(crate) paint: Paint,
}

/// The signs that pictures are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signs {
    /// Blocks.
    Unicode,
    /// What every terminal shows.
    Ascii,
}

impl Screen {
    /// Standard output as it is, colored as was chosen.
    pub(crate) fn of(choice: ColorChoice) -> Self {
        let out = std::io::stdout();
        let width = match out.is_terminal() {
            true => terminal_size::terminal_size_of(&out).map(|(width, _)| usize::from(width.0)),
            false => None,
        };
        Screen {
            width: width.filter(|width| *width > 0).unwrap_or(USUAL_WIDTH),
            signs: match environment::is_utf8_locale() {
                true => Signs::Unicode,
                false => Signs::Ascii,
            },
            paint: Paint::of(choice, &out),
        }
    }
}
