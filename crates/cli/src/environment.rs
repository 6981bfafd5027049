//! The environment: read here and nowhere else. An empty variable counts as absent.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use linkstead_store::Places;

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

/// Whether the user's locale has more signs than ASCII.
pub(crate) fn is_utf8_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// The store where the command line names none.
pub(crate) fn default_store() -> Result<PathBuf, Failure> {
    if let Some(home) = variable("LINKSTEAD_HOME") {
        return Ok(home.into());
    }
    let strategy = etcetera::choose_base_strategy().map_err(|_| Failure::NoHome)?;
    Ok(strategy.data_dir().join("linkstead"))
}

/// A variable with the value of an option.
///
/// # Errors
/// It is no text.
pub(crate) fn option(name: &str) -> Result<Option<String>, Failure> {
    let value = variable(name).map(std::ffi::OsString::into_string);
    value
        .transpose()
        .map_err(|_| Failure::Choice(format!("the value of {name} is not UTF-8")))
}

/// The user's home, and the directory that this was started from.
pub(crate) fn directories_in_use() -> Vec<PathBuf> {
    let home = etcetera::home_dir().ok();
    home.into_iter()
        .chain(std::env::current_dir().ok())
        .collect()
}

/// Whether a program of that name is found as `exec` would find it.
pub(crate) fn is_in_path(program: &str) -> bool {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Where things of the user's are, for the server of a bundle.
///
/// # Errors
/// The directory that this was started from is gone.
pub(crate) fn places(bundle: &Path) -> Result<Places, Failure> {
    let home = etcetera::home_dir().ok();
    let users = xdg_user::UserDirs::new().ok();
    let of_user = |known: fn(&xdg_user::UserDirs) -> Option<&Path>, usual: &str| {
        let known = users.as_ref().and_then(known).map(Path::to_path_buf);
        // Where the desktop has not said, as on a server, the usual name is meant.
        known.or_else(|| home.as_ref().map(|home| home.join(usual)))
    };
    Ok(Places {
        bundle: bundle.to_path_buf(),
        here: std::env::current_dir().map_err(Failure::NowHere)?,
        desktop: of_user(|users| users.desktop(), "Desktop"),
        documents: of_user(|users| users.documents(), "Documents"),
        downloads: of_user(|users| users.downloads(), "Downloads"),
        home,
    })
}
