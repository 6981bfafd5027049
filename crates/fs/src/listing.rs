//! Which file each name of a directory is, as the directory itself has it: read in one go, where a [`stat`](crate::stat::stat) is a
//! call for each name.

use std::ffi::OsStr;
use std::path::Path;

use crate::dir::{self, DirEntry};
use crate::error::Result;
use crate::stat::{FileId, FileKind, stat};

/// The names of one directory at one moment.
///
/// What it says of a name is right, or out of date. It may lack a name that was replaced while it was read, and in an overlay, or
/// where something is mounted on a name, a `stat` may tell another file: whoever finds something else than expected looks closer.
#[derive(Debug)]
pub struct Listing {
    device: u64,
    /// Sorted by their bytes.
    names: Vec<DirEntry>,
}

impl Listing {
    /// Reads a directory; `None` if there is none at `path`, or one of more than `longest` bytes.
    pub fn read(path: &Path, longest: u64) -> Result<Option<Self>> {
        let Some(own) = stat(path)? else {
            return Ok(None);
        };
        if own.kind != FileKind::Directory || own.size > longest {
            return Ok(None);
        }
        Ok(Some(Listing {
            device: own.device,
            names: dir::list_if_present(path)?,
        }))
    }

    /// Which file a name stood for; `None` if the listing lacks it.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<FileId> {
        let name = OsStr::new(name);
        let at = self
            .names
            .binary_search_by(|entry| entry.name.as_os_str().cmp(name));
        Some(FileId {
            device: self.device,
            inode: self.names[at.ok()?].inode,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link;

    #[test]
    fn it_says_what_stat_says() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a");
        dir::create_dir(&path, 0o755).unwrap();
        dir::create_dir(&path.join("directory"), 0o755).unwrap();
        link::symlink(Path::new("directory"), &path.join("link")).unwrap();
        let listing = Listing::read(&path, u64::MAX).unwrap().unwrap();
        for name in ["directory", "link"] {
            let found = stat(&path.join(name)).unwrap().unwrap();
            assert_eq!(listing.file(name), Some(found.id()), "{name}");
        }
        assert_eq!(listing.file("other"), None);
        for other in ["none", "a/link"] {
            let read = Listing::read(&scratch.path().join(other), u64::MAX);
            assert!(read.unwrap().is_none(), "{other}");
        }
        assert!(Listing::read(&path, 1).unwrap().is_none());
    }
}
