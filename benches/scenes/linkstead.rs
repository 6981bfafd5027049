//! The shipped binary, on a store of a disk.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::disk::Disk;
use crate::timing::{output, run, time};

/// The binary that is measured.
#[derive(Clone)]
pub(crate) struct Linkstead(pub(crate) PathBuf);

impl Linkstead {
    /// A command on the store of this disk.
    pub(crate) fn command(&self, disk: &Disk, words: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.arg("--store").arg(disk.path("store")).args(words);
        command
    }

    /// Seconds of an install.
    pub(crate) fn install(&self, disk: &Disk, archive: &Path) -> Outcome<f64> {
        time(self.command(disk, &["install"]).arg(archive))
    }

    /// Installs a zip that is no bundle.
    pub(crate) fn install_as(&self, disk: &Disk, archive: &Path, name: &str) -> Outcome<()> {
        run(self.command(disk, &["install", "--as", name]).arg(archive))
    }

    pub(crate) fn remove(&self, disk: &Disk, name: &str) -> Outcome<()> {
        run(&mut self.command(disk, &["remove", name]))
    }

    /// Removes a bundle; only its objects stay.
    pub(crate) fn remove_with_directory(&self, disk: &Disk, name: &str) -> Outcome<()> {
        self.remove(disk, name)?;
        let parked = disk.path("store/parked");
        run(Command::new("rm").arg("-rf").arg(&parked))?;
        run(Command::new("mkdir").arg(&parked))
    }

    /// The directory of an installed bundle.
    pub(crate) fn path(&self, disk: &Disk, name: &str) -> Outcome<PathBuf> {
        let printed = output(&mut self.command(disk, &["path", name]))?;
        Ok(printed.trim().into())
    }

    /// Seconds of the least that the binary can do.
    pub(crate) fn version(&self) -> Outcome<f64> {
        time(Command::new(&self.0).arg("--version"))
    }
}
