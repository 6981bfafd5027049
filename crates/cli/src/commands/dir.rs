//! `linkstead dir`: where the store is. Looks at nothing on disk.

use std::path::PathBuf;

use serde::Serialize;

use crate::failure::Failure;
use crate::session::Session;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Place {
    directory: PathBuf,
}

/// Prints the store's directory.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let place = Place {
        directory: session.absolute_store(),
    };
    session.format.show_directory(&place, &place.directory)
}
