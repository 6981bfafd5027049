//! What is taken over from another directory is as open, or as closed, as it was there.

use std::path::{Path, PathBuf};

use linkstead_fs::{dir, stat};

use crate::error::Result;

/// The permissions of a file or directory that is taken over; what makes programs run as others is not.
const PERMISSIONS: u32 = 0o777;

/// What the owner of a directory needs to fill it.
const FILLED_BY_ITS_OWNER: u32 = 0o700;

/// The mode that a file has here too.
pub(super) fn mode_of(file: &stat::FileStat) -> u32 {
    file.mode & PERMISSIONS
}

/// Makes the directories of `relative` below `to` that are missing, with the modes that they have below `from`.
pub(super) fn create_dirs(from: &Path, to: &Path, relative: &Path) -> Result<()> {
    let mut below = PathBuf::new();
    for part in relative {
        below.push(part);
        let there = stat::stat(&from.join(&below))?;
        let mode = there.map_or(0o755, |there| mode_of(&there) | FILLED_BY_ITS_OWNER);
        dir::create_dir(&to.join(&below), mode)?;
    }
    Ok(())
}
