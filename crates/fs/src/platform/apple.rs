//! macOS and its relatives: plain fsync only hands the data to the drive, one full sync at the end makes the drive write.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::stat::FileStat;

/// Renames unless the target exists; the filesystem may not know how.
pub(crate) fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    Ok(rustix::fs::renameat_with(
        CWD,
        from,
        CWD,
        to,
        RenameFlags::NOREPLACE,
    )?)
}

/// Lets two names change places.
pub(crate) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    Ok(rustix::fs::renameat_with(
        CWD,
        one,
        CWD,
        other,
        RenameFlags::EXCHANGE,
    )?)
}

/// This system clones to a new name only, never into an open file: not offered yet.
pub(crate) fn clone_content(_to: &File, _from: &File) -> io::Result<()> {
    Err(Errno::NOTSUP.into())
}

/// There is no flag for it.
pub(crate) const ONLY_NAMES: OFlags = OFlags::empty();

/// Not used: a name is looked at by its path.
pub(crate) fn stat_at(_directory: BorrowedFd<'_>, _name: &Path) -> io::Result<FileStat> {
    Err(Errno::NOSYS.into())
}

/// There is no such call.
pub(crate) fn sync_filesystem(_directory: &File) -> io::Result<()> {
    Err(Errno::NOSYS.into())
}

/// Hands one file's content to the drive.
pub(crate) fn flush(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fsync(file)?)
}

/// There is no such call.
pub(crate) fn begin_write_back(_file: &File) {}

/// Makes the drive write what it was handed.
pub(crate) const DEVICE_FLUSH: Option<fn(&File) -> io::Result<()>> = Some(File::sync_all);

/// Gives the owner of the directory `name` all rights, without following a symbolic link.
pub(crate) fn make_dir_accessible(parent: impl AsFd, name: &CStr) -> io::Result<()> {
    Ok(rustix::fs::chmodat(
        parent,
        name,
        Mode::RWXU,
        AtFlags::SYMLINK_NOFOLLOW,
    )?)
}

/// Not asked for yet.
pub(crate) fn filesystem_name(_directory: &Path) -> Option<String> {
    None
}

/// A name and nothing more.
pub(crate) fn link_cost(_path: &Path) -> crate::space::LinkCost {
    crate::space::LinkCost::Nothing
}

/// Mounts have no numbers here.
pub(crate) fn mount_id(_path: &Path) -> Option<u64> {
    None
}

/// Mounts have no numbers here.
pub(crate) fn mount_id_at(_parent: impl AsFd, _name: &CStr) -> Option<u64> {
    None
}

/// Mounts have no numbers here.
pub(crate) fn mount_id_of_open(_directory: &OwnedFd) -> Option<u64> {
    None
}

/// Not told.
pub(crate) fn origin(_path: &Path) -> Option<(String, PathBuf)> {
    None
}
