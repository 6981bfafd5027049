//! The environment: read here and nowhere else. An empty variable counts as absent.

use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::failure::Failure;

/// A variable that says something.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is the one who reads the environment"
)]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether the user wants no colors (no-color.org).
pub(crate) fn no_color() -> bool {
    variable("NO_COLOR").is_some()
}

/// Whether the user wants colors also without a terminal (bixense.com/clicolors).
pub(crate) fn force_color() -> bool {
    variable("CLICOLOR_FORCE").is_some_and(|value| value != "0")
}

/// Whether the terminal can do nothing but print.
pub(crate) fn dumb_terminal() -> bool {
    variable("TERM").is_some_and(|value| value == "dumb")
}

/// The store where the command line names none.
pub(crate) fn default_store() -> Result<PathBuf, Failure> {
    if let Some(home) = variable("LINKSTEAD_HOME") {
        return Ok(home.into());
    }
    let strategy = etcetera::choose_base_strategy().map_err(|_| Failure::NoHome)?;
    Ok(strategy.data_dir().join("linkstead"))
}
