//! Linux: everything the engine would like to have.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, Statx, StatxFlags, StatxTimestamp,
};

use crate::space::LinkCost;
use crate::stat::{FileStat, Mtime};

/// Renames unless the target exists; the kernel or the filesystem may not know how (`EINVAL`, `ENOSYS`).
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

/// Makes the empty file `to` share the content of `from`.
pub(crate) fn clone_content(to: &File, from: &File) -> io::Result<()> {
    Ok(rustix::fs::ioctl_ficlone(to, from)?)
}

/// Opens a directory for the sake of its names alone: whoever may not list it may do so all the same.
pub(crate) const ONLY_NAMES: OFlags = OFlags::PATH;

/// What a name in a directory stands for, a symbolic link not followed.
pub(crate) fn stat_at(directory: BorrowedFd<'_>, name: &Path) -> io::Result<FileStat> {
    let found = rustix::fs::statx(
        directory,
        name,
        AtFlags::SYMLINK_NOFOLLOW,
        StatxFlags::BASIC_STATS,
    )?;
    let time = |time: StatxTimestamp| Mtime {
        seconds: time.tv_sec,
        nanos: time.tv_nsec,
    };
    let mode = u32::from(found.stx_mode);
    Ok(FileStat {
        kind: FileType::from_raw_mode(mode).into(),
        mode: mode & 0o7777,
        size: found.stx_size,
        mtime: time(found.stx_mtime),
        ctime: time(found.stx_ctime),
        inode: found.stx_ino,
        device: rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor),
        links: u64::from(found.stx_nlink),
        uid: found.stx_uid,
        blocks: found.stx_blocks,
        born: None,
    })
}

/// Writes everything on the filesystem of `directory` to the disk.
pub(crate) fn sync_filesystem(directory: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(directory)?)
}

/// Hands one file's content to the disk.
pub(crate) fn flush(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Lets the disk begin with what a file has in memory; nothing waits for it, and a refusal is no harm.
pub(crate) fn begin_write_back(file: &File) {
    // SAFETY: it takes numbers alone, and the descriptor is open for as long as the borrow lasts.
    #[allow(unsafe_code, reason = "the call has no safe wrapper")]
    let _ = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

/// What makes the disk write what it was handed: [`flush`] has done so already.
pub(crate) const DEVICE_FLUSH: Option<fn(&File) -> io::Result<()>> = None;

/// Gives the owner of the directory `name` all rights, without following a symbolic link: there is no such chmod before
/// Linux 6.6, but a descriptor that needs no rights can be named.
pub(crate) fn make_dir_accessible(parent: impl AsFd, name: &CStr) -> io::Result<()> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    let named = format!("/proc/self/fd/{}", directory.as_raw_fd());
    Ok(rustix::fs::chmod(named, Mode::RWXU)?)
}

/// The number of the mount that holds `path`; `None` before Linux 5.8. (A bind mount has its filesystem's device number.)
pub(crate) fn mount_id(path: &Path) -> Option<u64> {
    told_mount_id(rustix::fs::statx(
        CWD,
        path,
        AtFlags::SYMLINK_NOFOLLOW,
        StatxFlags::MNT_ID,
    ))
}

/// The number of the mount that a name in an open directory leads to, which is not opened. A symbolic link is not followed, and what
/// would be mounted by a look is not mounted.
pub(crate) fn mount_id_at(parent: impl AsFd, name: &CStr) -> Option<u64> {
    told_mount_id(rustix::fs::statx(
        parent,
        name,
        AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT,
        StatxFlags::MNT_ID,
    ))
}

/// The number of the mount that an open directory lies on.
pub(crate) fn mount_id_of_open(directory: &OwnedFd) -> Option<u64> {
    told_mount_id(rustix::fs::statx(
        directory,
        c"",
        AtFlags::EMPTY_PATH,
        StatxFlags::MNT_ID,
    ))
}

fn told_mount_id(found: rustix::io::Result<Statx>) -> Option<u64> {
    let found = found.ok()?;
    let is_told = found.stx_mask & StatxFlags::MNT_ID.bits() != 0;
    is_told.then_some(found.stx_mnt_id)
}

/// Where the directory `path`, which is absolute and has no symbolic link in it, lies in its own filesystem: which one that is,
/// and the path from its top, whatever mounts lead there.
pub(crate) fn origin(path: &Path) -> Option<(String, PathBuf)> {
    let id = mount_id(path)?.to_string();
    let table = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let mut lines = table.lines().filter_map(MountLine::read);
    let line = lines.find(|line| line.id == id)?;
    let below = path.strip_prefix(&line.point).ok()?;
    Some((line.device.to_owned(), line.root.join(below)))
}

/// What a hard link takes of the filesystem that holds `path`.
pub(crate) fn link_cost(path: &Path) -> LinkCost {
    /// `TMPFS_MAGIC` of `linux/magic.h`.
    const TMPFS: u64 = 0x0102_1994;
    match rustix::fs::statfs(path) {
        Ok(found) if found.f_type as u64 == TMPFS => LinkCost::Inode,
        _ => LinkCost::Nothing,
    }
}

/// The type of the filesystem that holds `directory`, as the system's mount table calls it.
pub(crate) fn filesystem_name(directory: &Path) -> Option<String> {
    let directory = directory.canonicalize().ok()?;
    let table = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    table
        .lines()
        .filter_map(MountLine::read)
        .filter(|line| directory.starts_with(&line.point))
        // Of equal ones the last lies on top.
        .max_by_key(|line| line.point.components().count())
        .map(|line| line.kind.to_owned())
}

/// One line of the mount table: `36 35 98:0 /root /point opts [tags] - type source opts`.
#[derive(Debug, PartialEq, Eq)]
struct MountLine<'a> {
    id: &'a str,
    device: &'a str,
    /// What of the filesystem is mounted.
    root: PathBuf,
    point: PathBuf,
    kind: &'a str,
}

impl<'a> MountLine<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut words = before.split(' ');
        let (id, _, device) = (words.next()?, words.next()?, words.next()?);
        Some(MountLine {
            id,
            device,
            root: unescape(words.next()?),
            point: unescape(words.next()?),
            kind: after.split(' ').next()?,
        })
    }
}

/// The table writes space, tab, newline and backslash as a backslash and three octal digits.
fn unescape(text: &str) -> PathBuf {
    let plain = text
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
    PathBuf::from(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_mount_table_is_understood() {
        let line = r"36 35 98:0 /c /a\040b rw,noatime shared:1 - ext4 /dev/root rw";
        let understood = MountLine {
            id: "36",
            device: "98:0",
            root: "/c".into(),
            point: "/a b".into(),
            kind: "ext4",
        };
        assert_eq!(MountLine::read(line), Some(understood));
    }

    #[test]
    fn proc_is_named() {
        assert_eq!(filesystem_name(Path::new("/proc")).as_deref(), Some("proc"));
    }
}
