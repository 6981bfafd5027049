//! Filesystems of our own: small ones in memory, and real ones on a loop device.

use std::path::{Path, PathBuf};
use std::process::Command;

use linkstead_crash::scratch;
use tempfile::TempDir;

/// Why this machine cannot mount; `None` if it can. On root Linux it must.
pub(crate) fn refusal() -> Option<String> {
    if !linkstead_fs_user_is_root() {
        return Some("not root".into());
    }
    let probe = Mounted::memory("size=64k");
    probe.err()
}

fn linkstead_fs_user_is_root() -> bool {
    linkstead_fs::stat::effective_user() == 0
}

/// Installs the packages that a layer needs, where they are missing.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/setup-apt.sh");
    run(Command::new(script).args(packages))
}

/// A mounted filesystem, unmounted when dropped.
pub(crate) struct Mounted {
    directory: TempDir,
    /// What is mounted, to mount it again.
    remount: Vec<String>,
}

impl Mounted {
    /// One in memory, with these options.
    pub(crate) fn memory(options: &str) -> Result<Self, String> {
        Self::mount(
            scratch::directory(),
            ["-t", "tmpfs", "-o", options, "tmpfs"]
                .map(str::to_owned)
                .to_vec(),
        )
    }

    /// A real one of this size, made with these arguments after `mkfs.<kind>`.
    pub(crate) fn disk(
        kind: &str,
        bytes: u64,
        make: &[&str],
        options: &str,
    ) -> Result<Self, String> {
        let directory = scratch::directory();
        let image = directory.path().join("disk");
        let file = std::fs::File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(bytes).map_err(|error| error.to_string())?;
        let image = image.to_str().expect("a scratch path");
        run(Command::new(format!("mkfs.{kind}")).args(make).arg(image))?;
        let options = format!("loop,{options}");
        Self::mount(
            directory,
            ["-t", kind, "-o", &options, image]
                .map(str::to_owned)
                .to_vec(),
        )
    }

    fn mount(directory: TempDir, remount: Vec<String>) -> Result<Self, String> {
        std::fs::create_dir(directory.path().join("on")).map_err(|error| error.to_string())?;
        let mounted = Mounted { directory, remount };
        mounted.again()?;
        Ok(mounted)
    }

    /// Where.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("on")
    }

    /// Takes it away and brings it back, as after a reboot.
    pub(crate) fn reboot(&self) -> Result<(), String> {
        unmount(&self.path())?;
        self.again()
    }

    fn again(&self) -> Result<(), String> {
        run(Command::new("mount").args(&self.remount).arg(self.path()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever still has it open delays the end, not the test.
        if unmount(&self.path()).is_err() {
            let _ = run(Command::new("umount").arg("--lazy").arg(self.path()));
        }
    }
}

fn unmount(path: &Path) -> Result<(), String> {
    run(Command::new("umount").arg(path))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}
