//! Results on standard output: a struct as JSON, or the text that is made from the same struct.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::args::GlobalArgs;
use crate::failure::Failure;

/// The form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people, and directories for scripts.
    Text,
    /// For programs.
    Json,
}

impl Format {
    /// The form that the options ask for.
    pub(crate) fn of(global: &GlobalArgs) -> Self {
        if global.json {
            Format::Json
        } else {
            Format::Text
        }
    }

    /// Prints a result.
    pub(crate) fn show<T: Serialize>(
        self,
        result: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        match self {
            Format::Text => print(text(result).as_bytes()),
            Format::Json => print_json(result),
        }
    }

    /// Prints a result of which people and scripts want only a directory, to the byte.
    pub(crate) fn show_directory<T: Serialize>(
        self,
        result: &T,
        directory: &Path,
    ) -> Result<(), Failure> {
        match self {
            Format::Text => {
                let mut line = directory.as_os_str().as_encoded_bytes().to_vec();
                line.push(b'\n');
                print(&line)
            }
            Format::Json => print_json(result),
        }
    }
}

fn print_json(result: &impl Serialize) -> Result<(), Failure> {
    let mut json = serde_json::to_vec_pretty(result).map_err(Failure::Json)?;
    json.push(b'\n');
    print(&json)
}

/// Prints a result as it is.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(Failure::StandardOutput)
}
