//! `linkstead path`: only the directory. I6: opens nothing but refs, takes no lock, waits for nobody.

use std::path::PathBuf;

use linkstead_store::format::{BundleName, BundleRef, Version};
use linkstead_store::{OpenMode, Silent};
use serde::Serialize;

use crate::failure::Failure;
use crate::session::Session;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Located {
    name: BundleName,
    version: Version,
    directory: PathBuf,
}

/// Prints the directory of a bundle.
pub(crate) fn run(wanted: &BundleRef, session: &Session) -> Result<(), Failure> {
    let store = session.open(OpenMode::Resolve, &Silent)?;
    let resolved = store.resolve(wanted)?;
    store.touch_use(&resolved);
    let located = Located {
        name: resolved.name,
        version: resolved.version,
        directory: resolved.path,
    };
    session.format.show_directory(&located, &located.directory)
}
