//! What can befall a call.

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// One misfortune.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fault {
    /// The process is killed before the call.
    KillBefore,
    /// The process is killed when half of the bytes are written.
    KillInside,
    /// The process is killed after the call.
    KillAfter,
    /// The call fails.
    Fail(Failure),
}

/// A failure that the system reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Failure {
    /// `EIO`: the disk is sick.
    SickDisk,
    /// `ENOSPC`: the disk is full; of a write, half is written.
    FullDisk,
    /// `EMFILE`: too many open files.
    TooManyFiles,
    /// `EMLINK`: too many links.
    TooManyLinks,
    /// `EXDEV`: another filesystem.
    OtherFilesystem,
    /// `EINTR`: a signal came.
    Interrupted,
    /// `ENOSYS`: the system has no such call.
    Unsupported,
}

impl Failure {
    /// The system's number for it.
    #[must_use]
    pub fn errno(self) -> i32 {
        match self {
            Failure::SickDisk => Errno::IO,
            Failure::FullDisk => Errno::NOSPC,
            Failure::TooManyFiles => Errno::MFILE,
            Failure::TooManyLinks => Errno::MLINK,
            Failure::OtherFilesystem => Errno::XDEV,
            Failure::Interrupted => Errno::INTR,
            Failure::Unsupported => Errno::NOSYS,
        }
        .raw_os_error()
    }
}

/// What can befall calls of this operation (the name of a `linkstead_fs::Op`).
#[must_use]
pub fn possible(op: &str) -> Vec<Fault> {
    use Failure::{FullDisk, Interrupted, OtherFilesystem, SickDisk, TooManyFiles, TooManyLinks};
    let failures: &[Failure] = match op {
        "Create" => &[SickDisk, FullDisk, TooManyFiles, Interrupted],
        "Write" => &[SickDisk, FullDisk, Interrupted],
        "SetLength" => &[SickDisk, FullDisk, Interrupted],
        "SetMode" | "SetMtime" | "RemoveFile" | "RemoveDir" => &[SickDisk],
        "Link" => &[SickDisk, FullDisk, TooManyLinks, OtherFilesystem],
        "Clone" => &[SickDisk, FullDisk, OtherFilesystem],
        "Symlink" => &[SickDisk, FullDisk],
        "CreateDir" => &[SickDisk, FullDisk, TooManyLinks],
        "Rename" | "Exchange" => &[SickDisk, FullDisk, TooManyLinks, OtherFilesystem],
        "SyncFile" | "SyncDir" | "SyncFilesystem" => &[SickDisk, FullDisk, Interrupted],
        "Lock" => &[SickDisk, TooManyFiles, Interrupted],
        _ => &[],
    };
    if op == "LookAgain" {
        // It changes nothing: a kill there is one at the call before or after it.
        return Vec::new();
    }
    let mut faults = vec![Fault::KillBefore, Fault::KillAfter];
    if op == "Write" {
        faults.push(Fault::KillInside);
    }
    faults.extend(failures.iter().map(|failure| Fault::Fail(*failure)));
    faults
}
