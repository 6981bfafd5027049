//! Filesystems of our own: small ones in memory, and real ones on a loop device.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use linkstead_crash::block_image::BlockImage;
use linkstead_crash::scratch;
use tempfile::TempDir;

/// How long a filesystem may be busy that nobody uses any more.
pub(crate) const BUSY: Duration = Duration::from_secs(2);

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

/// Runs this program again with mounts that nobody else sees and that end with the last of its processes, however that ends; does
/// nothing where that was done, or cannot be.
pub(crate) fn keep_to_ourselves() {
    const DONE: &str = "--own-mounts";
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--propagation", "private"]);
        unshare
    };
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.iter().any(|argument| argument == DONE) || run(unshare().arg("true")).is_err() {
        return;
    }
    let error = unshare().args(arguments).arg(DONE).exec();
    eprintln!("unshare: {error}");
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
        Self::looped(directory, kind, options)
    }

    /// What such an image holds.
    pub(crate) fn image(kind: &str, image: &BlockImage, options: &str) -> Result<Self, String> {
        let directory = scratch::directory();
        let written = image.write(&directory.path().join("disk"));
        written.map_err(|error| error.to_string())?;
        Self::looped(directory, kind, options)
    }

    fn looped(directory: TempDir, kind: &str, options: &str) -> Result<Self, String> {
        let image = directory.path().join("disk");
        let image = image.to_str().expect("a scratch path");
        let options = format!("loop,{options}");
        let remount = ["-t", kind, "-o", &options, image].map(str::to_owned);
        Self::mount(directory, remount.to_vec())
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
        take_down(&self.path());
    }
}

/// Unmounts whatever happens: whoever still has it open delays the end, not the test.
pub(crate) fn take_down(path: &Path) {
    if unmount(path).is_err() {
        let _ = run(Command::new("umount").arg("--lazy").arg(path));
    }
}

/// Unmounts, if need be after a moment: a process that another thread just starts has, until it is another program, all that we have
/// open.
pub(crate) fn unmount(path: &Path) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let unmounted = run(Command::new("umount").arg(path));
        let is_busy = |error: &String| error.contains("busy");
        if !unmounted.as_ref().is_err_and(is_busy) || begun.elapsed() > BUSY {
            return unmounted;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn run(command: &mut Command) -> Result<(), String> {
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
