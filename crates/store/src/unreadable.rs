//! Whether it is the fault of a file that it could not be read: then that is a finding, and no end of an operation that looks
//! at many files.

use std::io::ErrorKind;

use linkstead_fs::FsError;

use crate::error::{Error, Result};

/// `ENFILE` and `EMFILE`, on every Unix.
const TOO_MANY_OPEN_FILES: [i32; 2] = [23, 24];

/// Why a file could not be read or understood, without its path. What is not the fault of that file stays an error.
pub(crate) fn problem_of(error: Error) -> Result<String> {
    match error {
        Error::Fs(error) if !is_shortage(&error) => Ok(error.io_error().to_string()),
        Error::Unreadable { source, .. } => Ok(source.to_string()),
        Error::Damaged { problem, .. } => Ok(problem),
        error => Err(error),
    }
}

/// Whether this process ran out of something, so that another file would have failed as well.
fn is_shortage(error: &FsError) -> bool {
    error.io_error().kind() == ErrorKind::OutOfMemory
        || error
            .os_error()
            .is_some_and(|number| TOO_MANY_OPEN_FILES.contains(&number))
}
