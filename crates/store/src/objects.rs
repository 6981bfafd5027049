//! The sealed files: what state an object is in, and the judgement on a suspect (store-format.md, section 6).

mod by_shelf;
mod inodes;
mod names;
mod shelf_handles;

use std::path::{Path, PathBuf};

use linkstead_format::{DigestHasher, ObjectId, ObjectKey, paths, seal};
use linkstead_fs::dir_handle::Reading;
use linkstead_fs::stat::{self, FileKind, FileStat};
use linkstead_fs::{DirHandle, dir, file, link, unique_name};

use crate::error::{Error, Result};

pub(crate) use by_shelf::ByShelf;
pub(crate) use inodes::{ObjectInode, ObjectInodes, ShelfInodes};
pub(crate) use names::{NameNow, names_now};
pub(crate) use shelf_handles::ShelfHandles;

/// What must be done before an object may be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: it is there and its seal is whole.
    Nothing,
    /// It is not there: write it.
    New,
    /// Its content is right, but its mode or seal is not: a fresh inode takes the name.
    Renew,
    /// Its content is altered: keep it in `quarantine/`, a fresh inode takes the name.
    Replace,
}

/// Says what an object needs; a suspect is re-hashed.
pub(crate) fn need(root: &Path, key: &ObjectKey, size: u64) -> Result<Need> {
    let path = root.join(key.relative_path());
    judge(stat::stat(&path)?, || path, key, size)
}

/// The same of what a look at its name found; the path is for the re-hash alone.
fn judge(
    found: Option<FileStat>,
    path: impl FnOnce() -> PathBuf,
    key: &ObjectKey,
    size: u64,
) -> Result<Need> {
    let Some(found) = found else {
        return Ok(Need::New);
    };
    if is_sealed(&found, &key.id, size) {
        return Ok(if seal::mode_fits(found.mode, key.exec) {
            Need::Nothing
        } else {
            Need::Renew
        });
    }
    let content_right = found.kind == FileKind::File
        && found.size == size
        && match hash_file(&path()) {
            Ok(hashed) => hashed.is_some_and(|(id, _)| id == key.id),
            // What cannot be read is not known to be right.
            Err(Error::Fs(error)) if error.is_permission() => false,
            Err(error) => return Err(error),
        };
    Ok(if content_right {
        Need::Renew
    } else {
        Need::Replace
    })
}

/// Whether size and mtime are what object and seal say, so that the content need not be read.
pub(crate) fn is_sealed(found: &FileStat, id: &ObjectId, size: u64) -> bool {
    found.kind == FileKind::File
        && found.size == size
        && found.mtime.seconds == seal::seal_mtime(id)
        && found.mtime.nanos == 0
}

/// Whether the seal was taken off, because the content was found altered.
pub(crate) fn is_unsealed(found: &FileStat) -> bool {
    found.mtime == NEVER
}

/// The time of a file that has lost its seal.
const NEVER: stat::Mtime = stat::Mtime {
    seconds: 0,
    nanos: 0,
};

/// The attributes of a sealed file.
pub(crate) fn sealed(key: &ObjectKey) -> linkstead_fs::file::Attributes {
    linkstead_fs::file::Attributes {
        mode: key.exec.sealed_mode(),
        mtime: Some(stat::Mtime {
            seconds: seal::seal_mtime(&key.id),
            nanos: 0,
        }),
    }
}

/// Takes the seal off an object whose content was found altered although its seal was whole: from now on everyone sees a suspect.
/// A fresh inode that has taken the name meanwhile is left alone.
pub(crate) fn unseal(root: &Path, key: &ObjectKey, altered: &FileStat) -> Result<()> {
    let path = root.join(key.relative_path());
    if !stat::stat(&path)?.is_some_and(|found| found.is_same_file(altered)) {
        return Ok(());
    }
    take_seal(&path)
}

/// Takes the seal off a file that is there.
pub(crate) fn take_seal(path: &Path) -> Result<()> {
    match file::set_mtime(path, NEVER) {
        Err(error) if !error.is_not_found() => Err(error.into()),
        _ => Ok(()),
    }
}

/// The digest and length of a file's content; `None` if no file is there.
pub(crate) fn hash_file(path: &Path) -> Result<Option<(ObjectId, u64)>> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(None);
    };
    let mut hasher = DigestHasher::new();
    let mut length = 0;
    let mut hash = |bytes: &[u8]| {
        hasher.update(bytes);
        length += bytes.len() as u64;
    };
    let found = DirHandle::by_path(directory).read(name, &mut Vec::new(), &mut hash)?;
    Ok(match found {
        Reading::File(_) => Some((ObjectId::from_digest(hasher.finish()), length)),
        Reading::NoFile | Reading::Absent => None,
    })
}

/// Whether something is there that has not this content: another file, or what is no file by now.
pub(crate) fn is_another(path: &Path, id: &ObjectId) -> Result<bool> {
    match hash_file(path)? {
        Some((found, _)) => Ok(found != *id),
        None => Ok(stat::stat(path)?.is_some()),
    }
}

/// Gives a damaged object a second name in `quarantine/`, so that replacing its own name loses nothing.
pub(crate) fn keep_in_quarantine(root: &Path, key: &ObjectKey) -> Result<PathBuf> {
    let suffix = match key.exec {
        linkstead_format::ExecClass::Plain => "",
        linkstead_format::ExecClass::Executable => ".x",
    };
    let kept = root
        .join(paths::QUARANTINE)
        .join(format!("{}{suffix}.{}", key.id, unique_name()));
    let path = root.join(key.relative_path());
    match link::hard_link(&path, &kept)? {
        link::LinkOutcome::Linked | link::LinkOutcome::SourceMissing => {}
        _ => {
            let found = stat::stat(&path)?;
            let attributes = linkstead_fs::file::Attributes {
                mode: 0o600,
                mtime: found.map(|found| found.mtime),
            };
            link::copy(&path, &kept, &attributes)?;
        }
    }
    dir::sync_dir(&root.join(paths::QUARANTINE))?;
    Ok(kept)
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "the test puts things where files belong"
)]
mod tests {
    use super::*;

    // Seen to fail when a link is followed, and never to end when a pipe is opened like a file.
    #[test]
    fn what_is_no_file_has_no_content() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        std::fs::write(at("file"), "content").unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status();
        assert!(made.unwrap().success());
        let content = (ObjectId::of(b"content"), 7);
        assert_eq!(hash_file(&at("file")).unwrap(), Some(content));
        for name in ["link", "pipe", "nothing"] {
            assert_eq!(hash_file(&at(name)).unwrap(), None, "{name}");
        }
        assert_eq!(hash_file(scratch.path()).unwrap(), None);
    }
}
