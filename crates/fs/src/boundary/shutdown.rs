//! Stops a whole filesystem at once, as a power cut would: for tests on a filesystem of their own.

use std::path::Path;

use rustix::ioctl::{Setter, ioctl, opcode};

use crate::dir::open_dir;
use crate::error::{FsError, Op, Result};

/// `EXT4_IOC_SHUTDOWN` and `XFS_IOC_GOINGDOWN`, which are one number.
const SHUTDOWN: rustix::ioctl::Opcode = opcode::read::<u32>(b'X', 125);

/// Neither data nor the journal is written any more.
const WITHOUT_FLUSH: u32 = 2;

/// Nothing reaches the disk of the ext4 or xfs that holds `directory` from now on; every call on it fails until it has been
/// mounted again. Needs root.
#[allow(unsafe_code, reason = "the call has no safe wrapper")]
pub fn shutdown(directory: &Path) -> Result<()> {
    let open = open_dir(directory)?;
    // SAFETY: the kernel reads one `u32` through the pointer that `Setter` gives it, as both filesystems define it.
    let stopped = unsafe { ioctl(&open, Setter::<SHUTDOWN, u32>::new(WITHOUT_FLUSH)) };
    stopped.map_err(|error| FsError::new(Op::SyncFilesystem, directory, error.into()))
}
