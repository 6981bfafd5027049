//! A disk of its own for each run: an ext4 with a journal, on a loop device.
//!
//! Some machines' own ext4 has no journal and searches past inodes that were deleted lately, 0.7 ms a create instead of
//! 0.02 ms; so nothing is measured there, and nothing is deleted in the timed part of a run.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Outcome;
use crate::timing::run;

/// Sparse: what is not written takes no space.
const SIZE: u64 = 16 << 30;

/// A mounted disk; gone when dropped.
pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    /// A new, empty one whose image lies in `home`.
    pub(crate) fn fresh(home: &Path) -> Outcome<Self> {
        let folder = tempfile::tempdir_in(home).map_err(|error| error.to_string())?;
        let (image, on) = (folder.path().join("image"), folder.path().join("on"));
        std::fs::create_dir(&on).map_err(|error| error.to_string())?;
        std::fs::File::create(&image)
            .and_then(|file| file.set_len(SIZE))
            .map_err(|error| error.to_string())?;
        // An inode for each 4 KiB: a million small objects fit.
        run(Command::new("mkfs.ext4")
            .args(["-q", "-F", "-i", "4096", "-O", "has_journal"])
            .arg(&image))?;
        // The tables of inodes are not filled with zeros behind our back while we measure.
        run(Command::new("mount")
            .args(["-o", "loop,noinit_itable"])
            .args([&image, &on]))?;
        Ok(Disk { folder })
    }

    /// A path on it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("on").join(name)
    }

    /// Writes out what the preparation left, so that the timed part does not pay for it.
    pub(crate) fn settle(&self) -> Outcome<()> {
        run(Command::new("sync").arg("-f").arg(self.path(".")))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let on = self.path("");
        if run(Command::new("umount").arg(&on)).is_err() {
            let _ = run(Command::new("umount").arg("--lazy").arg(&on));
        }
    }
}
