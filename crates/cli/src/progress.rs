//! What an operation tells while it runs: a bar, JSON lines, or sentences for what nobody should miss.

mod bar;
mod json_lines;
mod sentences;

pub(crate) use bar::Bar;
pub(crate) use json_lines::JsonLines;
pub(crate) use sentences::Sentences;
