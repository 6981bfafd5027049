//! The one error of this crate: what was done, to which path, and what the system said.
//!
//! Outcomes that a caller must expect (a taken name, a missing source) are not errors; they are variants of the
//! operation's own result.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// The result of a file operation.
pub type Result<T> = std::result::Result<T, FsError>;

/// A file operation, as it is named in errors and at the [boundary](crate::boundary).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Op {
    /// A new file is made.
    Create,
    /// Bytes are written to a file.
    Write,
    /// A file's length is set.
    SetLength,
    /// Permission bits are set.
    SetMode,
    /// The modification time is set.
    SetMtime,
    /// A hard link is made.
    Link,
    /// A file's content is shared with a new file.
    Clone,
    /// A symbolic link is made.
    Symlink,
    /// A name is moved.
    Rename,
    /// Two names change places.
    Exchange,
    /// A directory is made.
    CreateDir,
    /// A name of a file is removed.
    RemoveFile,
    /// An empty directory is removed.
    RemoveDir,
    /// A file's content is made durable.
    SyncFile,
    /// The names in a directory are made durable.
    SyncDir,
    /// Everything on a filesystem is made durable.
    SyncFilesystem,
    /// A lock is taken.
    Lock,
    /// What was seen before a lock was taken is looked at again.
    LookAgain,
    /// A file or directory is opened.
    Open,
    /// Bytes are read from a file.
    Read,
    /// The metadata of a file is read.
    Stat,
    /// The names in a directory are read.
    List,
    /// The free space of a filesystem is read.
    ReadSpace,
}

impl Op {
    /// All that can pass the [boundary](crate::boundary): the operations that change the disk, take a lock, or look again under one.
    pub const WATCHED: [Op; 18] = [
        Op::Create,
        Op::Write,
        Op::SetLength,
        Op::SetMode,
        Op::SetMtime,
        Op::Link,
        Op::Clone,
        Op::Symlink,
        Op::Rename,
        Op::Exchange,
        Op::CreateDir,
        Op::RemoveFile,
        Op::RemoveDir,
        Op::SyncFile,
        Op::SyncDir,
        Op::SyncFilesystem,
        Op::Lock,
        Op::LookAgain,
    ];

    /// The verb of an error message: "cannot `verb` /path".
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Op::Create => "create",
            Op::Write => "write",
            Op::SetLength => "set the length of",
            Op::SetMode => "set the mode of",
            Op::SetMtime => "set the time of",
            Op::Link => "link",
            Op::Clone => "clone",
            Op::Symlink => "make the symbolic link",
            Op::Rename => "rename",
            Op::Exchange => "exchange",
            Op::CreateDir => "create the directory",
            Op::RemoveFile => "remove",
            Op::RemoveDir => "remove the directory",
            Op::SyncFile => "sync",
            Op::SyncDir => "sync the directory",
            Op::SyncFilesystem => "sync the filesystem of",
            Op::Lock => "lock",
            Op::LookAgain => "look again at",
            Op::Open => "open",
            Op::Read => "read",
            Op::Stat => "look at",
            Op::List => "list",
            Op::ReadSpace => "read the free space of",
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb())
    }
}

/// A file operation that failed.
///
/// The message holds the system's own, so [`std::error::Error::source`] does not repeat it; it is [`FsError::io_error`].
#[derive(Debug, thiserror::Error)]
#[error("cannot {op} {}{}: {cause}", path.display(), Second(second_path.as_deref()))]
pub struct FsError {
    op: Op,
    path: PathBuf,
    second_path: Option<PathBuf>,
    cause: io::Error,
}

/// " to /path", where there is a second path.
struct Second<'a>(Option<&'a Path>);

impl fmt::Display for Second<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => write!(f, " to {}", path.display()),
            None => Ok(()),
        }
    }
}

impl FsError {
    /// `op` on `path` failed with `source`.
    pub fn new(op: Op, path: impl AsRef<Path>, source: io::Error) -> Self {
        FsError {
            op,
            path: path.as_ref().to_path_buf(),
            second_path: None,
            cause: source,
        }
    }

    /// `op` from `path` to `second_path` failed with `source`.
    pub fn between(
        op: Op,
        path: impl AsRef<Path>,
        second_path: impl AsRef<Path>,
        source: io::Error,
    ) -> Self {
        FsError {
            second_path: Some(second_path.as_ref().to_path_buf()),
            ..FsError::new(op, path, source)
        }
    }

    /// What was tried.
    #[must_use]
    pub fn op(&self) -> Op {
        self.op
    }

    /// The path it was tried on; of a link or a rename, where it comes from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Of a link or a rename, where it should have gone.
    #[must_use]
    pub fn second_path(&self) -> Option<&Path> {
        self.second_path.as_deref()
    }

    /// What the system said.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        &self.cause
    }

    /// As [`FsError::io_error`], for callers that make another error of it.
    #[must_use]
    pub fn into_io_error(self) -> io::Error {
        self.cause
    }

    /// The system's error number.
    #[must_use]
    pub fn os_error(&self) -> Option<i32> {
        self.cause.raw_os_error()
    }

    /// A file or a directory on the way to it does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is_one_of(&[Errno::NOENT])
    }

    /// The filesystem, or the user's share of it, is full.
    #[must_use]
    pub fn is_out_of_space(&self) -> bool {
        self.is_one_of(&[Errno::NOSPC, Errno::DQUOT])
    }

    /// This user may not do that.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.is_one_of(&[Errno::ACCESS, Errno::PERM])
    }

    /// The filesystem keeps no modes.
    #[must_use]
    pub fn is_mode_refused(&self) -> bool {
        self.op == Op::SetMode && self.is_one_of(&[Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP])
    }

    /// The filesystem has no locks.
    #[must_use]
    pub fn is_lock_refused(&self) -> bool {
        self.op == Op::Lock
            && self.is_one_of(&[
                Errno::NOLCK,
                Errno::NOSYS,
                Errno::INVAL,
                Errno::NOTSUP,
                Errno::OPNOTSUPP,
            ])
    }

    /// The two names lie on different filesystems or mounts, or in different quotas of one.
    #[must_use]
    pub fn is_cross_device(&self) -> bool {
        self.is_one_of(&[Errno::XDEV])
    }

    /// A directory cannot be removed as an empty one: something is in it, or mounted on it.
    #[must_use]
    pub fn is_occupied(&self) -> bool {
        self.is_one_of(&[Errno::NOTEMPTY, Errno::EXIST, Errno::BUSY])
    }

    fn is_one_of(&self, errnos: &[Errno]) -> bool {
        Errno::from_io_error(&self.cause).is_some_and(|found| errnos.contains(&found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_operation_both_paths_and_cause() {
        let error = FsError::between(Op::Rename, "/a/b", "/c", Errno::NOENT.into());
        assert_eq!(
            error.to_string(),
            "cannot rename /a/b to /c: No such file or directory (os error 2)"
        );
        assert!(error.is_not_found());
        assert!(std::error::Error::source(&error).is_none());
    }

    #[test]
    fn a_full_disk_and_a_full_quota_are_out_of_space() {
        for errno in [Errno::NOSPC, Errno::DQUOT] {
            assert!(FsError::new(Op::Write, "/a", errno.into()).is_out_of_space());
        }
        assert!(!FsError::new(Op::Write, "/a", Errno::IO.into()).is_out_of_space());
    }
}
