//! Which file each name of a directory is, as the directory itself has it: read in one go, where a [`stat`](crate::stat::stat) is a
//! call for each name.

use std::ffi::OsStr;
use std::path::Path;

use crate::dir::{self, DirEntry};
use crate::error::Result;
use crate::stat::{FileId, FileKind, stat};

/// From so many names of a directory on, listing it may cost less than a look at each.
const MANY: usize = 8;

/// A directory is listed if at least one in so many of its names is wanted.
const ONE_IN: usize = 4;

/// The names of one directory at one moment.
///
/// It says which file the directory has under a name. It may lack a name that was replaced while it was read. A `stat` may tell
/// another file: in an overlay, and where something is mounted on a name, for a listing sees what lies beneath. It can be read
/// by whoever may read the directory, also where no name in it can be looked up.
#[derive(Debug)]
pub struct Listing {
    device: u64,
    /// Sorted by their bytes.
    names: Vec<DirEntry>,
}

impl Listing {
    /// Reads a directory of which so many names are wanted; `None` where a look at each costs less, or where there is none.
    ///
    /// Each name takes at least `shortest` bytes of the directory's length, on file systems that count them (0: nobody knows), so
    /// that one that is too long is not begun. Whatever its length, not many more names are read than are worth it.
    pub fn read(path: &Path, wanted: usize, shortest: u64) -> Result<Option<Self>> {
        if wanted < MANY {
            return Ok(None);
        }
        let Some(own) = stat(path)? else {
            return Ok(None);
        };
        let most = wanted * ONE_IN;
        let has_more = own.size.checked_div(shortest);
        let has_more = has_more.is_some_and(|names| names > most as u64);
        if own.kind != FileKind::Directory || has_more {
            return Ok(None);
        }
        let names = dir::list_at_most(path, most)?;
        Ok(names.map(|names| Listing {
            device: own.device,
            names,
        }))
    }

    /// Which regular file a name stood for; `None` if the listing lacks it, or has something else there.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<FileId> {
        let name = OsStr::new(name);
        let at = self
            .names
            .binary_search_by(|entry| entry.name.as_os_str().cmp(name));
        let entry = &self.names[at.ok()?];
        (entry.kind == FileKind::File).then_some(FileId {
            device: self.device,
            inode: entry.inode,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{self, Attributes};
    use crate::link;

    // Seen to fail when a directory's own number is told for a file's, and when one name too many is listed.
    #[test]
    fn it_says_which_file_each_name_is() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a");
        dir::create_dir(&path, 0o755).unwrap();
        dir::create_dir(&path.join("directory"), 0o755).unwrap();
        link::symlink(Path::new("directory"), &path.join("link")).unwrap();
        let attributes = Attributes {
            mode: 0o444,
            mtime: None,
        };
        file::write_new(&path.join("one"), b"1", &attributes).unwrap();
        file::write_new(&path.join("two"), b"2", &attributes).unwrap();
        let again = link::hard_link(&path.join("one"), &path.join("again"));
        assert_eq!(again.unwrap(), link::LinkOutcome::Linked);
        let listing = Listing::read(&path, MANY, 0).unwrap().unwrap();
        assert!(listing.file("one").is_some());
        assert_eq!(listing.file("again"), listing.file("one"));
        assert_ne!(listing.file("two"), listing.file("one"));
        for other in ["directory", "link", "none"] {
            assert_eq!(listing.file(other), None, "{other}");
        }
        for other in ["none", "a/link", "a/one"] {
            let read = Listing::read(&scratch.path().join(other), MANY, 0);
            assert!(read.unwrap().is_none(), "{other}");
        }
        let is_read = |wanted, shortest| {
            let read = Listing::read(&path, wanted, shortest).unwrap();
            read.is_some()
        };
        assert!(!is_read(MANY - 1, 0) && !is_read(MANY, 1));
        for more in 5..MANY * ONE_IN {
            let path = path.join(more.to_string());
            file::write_new(&path, b"", &attributes).unwrap();
        }
        assert!(is_read(MANY, 0));
        file::write_new(&path.join("one too many"), b"", &attributes).unwrap();
        assert!(!is_read(MANY, 0));
    }
}
