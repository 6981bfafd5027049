//! Any other unix: POSIX and nothing more.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::stat::FileStat;

/// There is no such call.
pub(crate) fn rename_no_replace(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(Errno::NOSYS.into())
}

/// There is no such call.
pub(crate) fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(Errno::NOSYS.into())
}

/// There is no such call.
pub(crate) fn clone_content(_to: &File, _from: &File) -> io::Result<()> {
    Err(Errno::NOSYS.into())
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

/// Writes one file's content to the disk.
pub(crate) fn flush(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// There is no such call.
pub(crate) fn begin_write_back(_file: &File) {}

/// What makes the disk write what it was handed: [`flush`] has done so already.
pub(crate) const DEVICE_FLUSH: Option<fn(&File) -> io::Result<()>> = None;

/// Gives the owner of the directory `name` all rights, without following a symbolic link.
pub(crate) fn make_dir_accessible(parent: impl AsFd, name: &CStr) -> io::Result<()> {
    Ok(rustix::fs::chmodat(
        parent,
        name,
        Mode::RWXU,
        AtFlags::SYMLINK_NOFOLLOW,
    )?)
}

/// Not known here.
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
