//! What a filesystem can do, found out by trying.

use std::path::Path;

use crate::boundary::{Call, Site};
use crate::dir::{create_dir, open_dir, remove_file, remove_tree};
use crate::error::{Op, Result};
use crate::file::{Attributes, create_exclusive, write_new};
use crate::link::{LinkOutcome, ReflinkOutcome, hard_link, reflink, symlink};
use crate::lock::{LockMode, try_lock_dir};
use crate::platform;
use crate::random::unique_name;
use crate::stat::{Mtime, stat};
use crate::sync::{Filesystem, FilesystemSync};

/// Whether something can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Support {
    /// It can.
    Yes,
    /// It cannot.
    No,
}

impl Support {
    fn of(works: impl Into<Option<bool>>) -> Self {
        match works.into() {
            Some(true) => Support::Yes,
            _ => Support::No,
        }
    }

    /// Whether it is [`Support::Yes`].
    #[must_use]
    pub fn is_supported(self) -> bool {
        self == Support::Yes
    }
}

/// What a filesystem can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Its type as the system calls it, such as `ext4`; `unknown` where the system does not tell.
    pub filesystem: String,
    /// Second names for a file.
    pub hard_links: Support,
    /// Files that share content until one is written.
    pub reflinks: Support,
    /// Symbolic links.
    pub symbolic_links: Support,
    /// A rename that replaces nothing, in one step.
    pub rename_no_replace: Support,
    /// One call that makes everything durable.
    pub sync_filesystem: Support,
    /// Syncs of directories.
    pub sync_directories: Support,
    /// Locks on directories.
    pub directory_locks: Support,
    /// `a` and `A` are two names.
    pub case_sensitive: Support,
    /// Permission bits are kept.
    pub modes: Support,
    /// Modification times are kept to the second.
    pub mtimes: Support,
}

/// Finds out what the filesystem of `directory` can do, in a scratch directory that is removed again.
///
/// An error is one of the scratch directory itself; what the filesystem refuses is an answer.
#[track_caller]
pub fn capabilities(directory: &Path) -> Result<Capabilities> {
    let scratch = directory.join(format!(".probe.{}", unique_name()));
    create_dir(&scratch, 0o700)?;
    let found = try_all(directory, &scratch);
    let removed = remove_tree(&scratch);
    let found = found?;
    removed?;
    Ok(found)
}

const TRIED: Attributes = Attributes {
    mode: 0o555,
    mtime: Some(Mtime {
        seconds: 315_619_200,
        nanos: 0,
    }),
};

fn try_all(directory: &Path, scratch: &Path) -> Result<Capabilities> {
    let file = scratch.join("file");
    let kept = keep(&file)?;
    let linked = hard_link(&file, &scratch.join("link"));
    let cloned = reflink(&file, &scratch.join("clone"), &TRIED);
    let pointing = symlink(Path::new("file"), &scratch.join("symlink"));
    Ok(Capabilities {
        filesystem: filesystem(directory),
        hard_links: Support::of(matches!(linked, Ok(LinkOutcome::Linked))),
        reflinks: Support::of(matches!(cloned, Ok(ReflinkOutcome::Cloned))),
        symbolic_links: Support::of(pointing.is_ok()),
        rename_no_replace: rename_no_replace(scratch)?,
        sync_filesystem: sync_filesystem(scratch)?,
        sync_directories: sync_directories(scratch)?,
        directory_locks: Support::of(matches!(
            try_lock_dir(scratch, LockMode::Exclusive),
            Ok(Some(_))
        )),
        case_sensitive: Support::of(stat(&scratch.join("FILE"))?.is_none()),
        modes: kept.modes,
        mtimes: kept.mtimes,
    })
}

/// Whether files can share content here, found out with two unused paths of one directory, which are removed again. What cannot
/// be tried counts as no.
#[track_caller]
#[must_use]
pub fn clones(one: &Path, other: &Path) -> bool {
    let cloned = write_new(one, b"probe", &TRIED)
        .and_then(|()| reflink(one, other, &TRIED))
        .is_ok_and(|outcome| outcome == ReflinkOutcome::Cloned);
    for scratch in [one, other] {
        // Whoever owns the directory clears what is left.
        let _ = remove_file(scratch);
    }
    cloned
}

/// The type of the filesystem of `directory` as the system calls it, such as `ext4`; `unknown` where it does not tell.
#[must_use]
pub fn filesystem(directory: &Path) -> String {
    platform::filesystem_name(directory).unwrap_or_else(|| "unknown".to_owned())
}

/// What files keep of what they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Permission bits.
    pub modes: Support,
    /// Modification times, to the second.
    pub mtimes: Support,
}

/// Finds out whether files keep their modes and times, with the unused path `scratch`, which is removed again.
///
/// An error is one of the scratch file itself; what the filesystem refuses, or forgets without a word, is an answer.
#[track_caller]
pub fn kept(scratch: &Path) -> Result<Kept> {
    let kept = keep(scratch);
    remove_file(scratch)?;
    kept
}

/// Makes the file and looks what became of it.
fn keep(file: &Path) -> Result<Kept> {
    match write_new(file, b"probe", &TRIED) {
        // A file with what files have here.
        Err(error) if matches!(error.op(), Op::SetMode | Op::SetMtime) => {
            drop(create_exclusive(file, Site::of("kept"))?);
        }
        written => written?,
    }
    let found = stat(file)?;
    Ok(Kept {
        modes: Support::of(found.map(|found| found.mode == TRIED.mode)),
        mtimes: Support::of(found.map(|found| Some(found.mtime) == TRIED.mtime)),
    })
}

/// Asked of the system itself, for [`crate::rename::rename_no_replace`] hides its fallback.
fn rename_no_replace(scratch: &Path) -> Result<Support> {
    let (from, to) = (scratch.join("from"), scratch.join("to"));
    write_new(&from, b"", &TRIED)?;
    let call = Call::between(Op::Rename, &from, &to, Site::of("capabilities"));
    Ok(Support::of(
        call.try_pass(|| platform::rename_no_replace(&from, &to))
            .is_ok(),
    ))
}

/// Asked of the system itself, for [`crate::dir::sync_dir`] takes a refusal for done.
fn sync_directories(scratch: &Path) -> Result<Support> {
    let directory = open_dir(scratch)?;
    let call = Call::new(Op::SyncDir, scratch, Site::of("capabilities"));
    Ok(Support::of(call.try_pass(|| directory.sync_all()).is_ok()))
}

fn sync_filesystem(scratch: &Path) -> Result<Support> {
    let synced = Filesystem::open(scratch)?.sync();
    Ok(Support::of(matches!(synced, Ok(FilesystemSync::Done(_)))))
}
