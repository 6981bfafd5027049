//! How much can still be written.

use std::path::Path;

use crate::error::{FsError, Op, Result};
use crate::platform;

/// The free space of a filesystem for a user without privileges: what is reserved for the system does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Free bytes.
    pub bytes: u64,
    /// Free inodes; `u64::MAX` where the filesystem makes them as it goes.
    pub inodes: u64,
    /// The unit of allocation in bytes.
    pub block_size: u64,
    /// What a hard link takes.
    pub link: LinkCost,
}

/// What a hard link takes of a filesystem besides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkCost {
    /// Nothing.
    Nothing,
    /// As much as a file: tmpfs counts each name as an inode.
    Inode,
}

/// The free space of the filesystem that holds `path`, which must exist.
pub fn free(path: &Path) -> Result<Space> {
    let found = rustix::fs::statvfs(path)
        .map_err(|error| FsError::new(Op::ReadSpace, path, error.into()))?;
    let block_size = if found.f_frsize == 0 {
        found.f_bsize
    } else {
        found.f_frsize
    };
    Ok(Space {
        bytes: found.f_bavail.saturating_mul(block_size),
        inodes: if found.f_files == 0 {
            u64::MAX
        } else {
            found.f_favail
        },
        block_size,
        link: platform::link_cost(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filesystem_tells_its_free_space() {
        let space = free(Path::new(".")).unwrap();
        assert!(space.bytes > 0 && space.inodes > 0 && space.block_size >= 512);
        assert!(free(Path::new("no such path")).unwrap_err().is_not_found());
    }
}
