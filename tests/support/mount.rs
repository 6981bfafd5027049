//! Filesystems of our own: small ones in memory, real ones on a loop device, FUSE, overlays and bind mounts.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Why this machine cannot mount; `None` if it can. On root Linux it must.
pub(crate) fn refusal() -> Option<String> {
    if !user_is_root() {
        return Some("not root".into());
    }
    let probe = Mounted::memory("size=64k");
    probe.err()
}

/// What is mounted, or nothing, with the reason on standard error. Where root runs Linux it could be mounted, unless the kernel
/// does not know the kind, so there a skip is a failure.
pub(crate) fn due(kind: &str, mounted: Result<Mounted, String>) -> Option<Mounted> {
    match mounted {
        Ok(mounted) => Some(mounted),
        Err(reason) => {
            let is_due = cfg!(target_os = "linux") && user_is_root() && kernel_knows(kind);
            assert!(!is_due, "{kind} could be mounted here: {reason}");
            eprintln!("skipped, {kind} cannot be mounted: {reason}");
            None
        }
    }
}

fn kernel_knows(kind: &str) -> bool {
    let known = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
    known
        .lines()
        .any(|line| line.split_whitespace().last() == Some(kind))
}

/// What this process makes belongs to its effective user.
fn user_is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

/// Installs the packages that a test needs, where they are missing.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/setup-apt.sh");
    run(Command::new(script).args(packages))
}

/// In memory where the system has such a place: the disks of a test are small and short-lived.
fn scratch() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("linkstead-mount-");
    builder
        .tempdir_in("/dev/shm")
        .or_else(|_| builder.tempdir())
        .expect("a temporary directory")
}

/// A mounted filesystem, unmounted when dropped.
pub(crate) struct Mounted {
    at: PathBuf,
    /// Goes with it.
    _scratch: TempDir,
    /// The command that mounts it, but for the place.
    remount: Vec<String>,
}

impl Mounted {
    /// One in memory, with these options.
    pub(crate) fn memory(options: &str) -> Result<Self, String> {
        Self::mount(scratch(), &["mount", "-t", "tmpfs", "-o", options, "tmpfs"])
    }

    /// A real one of this size, made with these arguments after `mkfs.<kind>`.
    pub(crate) fn disk(
        kind: &str,
        bytes: u64,
        make: &[&str],
        options: &str,
    ) -> Result<Self, String> {
        let directory = scratch();
        let image = image(&directory, bytes)?;
        run(Command::new(format!("mkfs.{kind}")).args(make).arg(&image))?;
        Self::of_disk(directory, kind, options)
    }

    /// The filesystem in the file `disk` of this directory.
    pub(crate) fn of_disk(directory: TempDir, kind: &str, options: &str) -> Result<Self, String> {
        let image = directory.path().join("disk");
        let image = image.to_str().expect("a scratch path").to_owned();
        let options = format!("loop,{options}");
        Self::mount(directory, &["mount", "-t", kind, "-o", &options, &image])
    }

    /// FAT through FUSE: the driver of the kernel is not everywhere.
    pub(crate) fn fuse_fat(bytes: u64) -> Result<Self, String> {
        let directory = scratch();
        let image = image(&directory, bytes)?;
        run(Command::new("mkfs.vfat").arg(&image))?;
        Self::mount(directory, &["fusefat", "-o", "rw+", &image])
    }

    /// A layer over the directory `lower`, which stays as it is.
    pub(crate) fn overlay(lower: &Path) -> Result<Self, String> {
        let directory = scratch();
        let [upper, work] = ["upper", "work"].map(|name| directory.path().join(name));
        for layer in [&upper, &work] {
            std::fs::create_dir(layer).map_err(|error| error.to_string())?;
        }
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.display(),
            upper.display(),
            work.display()
        );
        Self::mount(
            directory,
            &["mount", "-t", "overlay", "-o", &options, "overlay"],
        )
    }

    /// The directory `from` in a second place.
    pub(crate) fn bind(from: &Path) -> Result<Self, String> {
        Self::mount(
            scratch(),
            &["mount", "--bind", from.to_str().expect("a scratch path")],
        )
    }

    /// The directory `from` also where the directory `at` is.
    pub(crate) fn bind_onto(from: &Path, at: &Path) -> Result<Self, String> {
        let from = from.to_str().expect("a scratch path");
        Self::mount_onto(scratch(), at.to_path_buf(), &["mount", "--bind", from])
    }

    fn mount(directory: TempDir, command: &[&str]) -> Result<Self, String> {
        let at = directory.path().join("on");
        std::fs::create_dir(&at).map_err(|error| error.to_string())?;
        Self::mount_onto(directory, at, command)
    }

    fn mount_onto(scratch: TempDir, at: PathBuf, command: &[&str]) -> Result<Self, String> {
        let mounted = Mounted {
            at,
            _scratch: scratch,
            remount: command.iter().map(|&word| word.to_owned()).collect(),
        };
        mounted.again()?;
        Ok(mounted)
    }

    /// Where.
    pub(crate) fn path(&self) -> PathBuf {
        self.at.clone()
    }

    /// Takes it away and brings it back, as after a reboot.
    pub(crate) fn reboot(&self) -> Result<(), String> {
        unmount(&self.path())?;
        self.again()
    }

    /// Mounts it once more, where it was unmounted.
    pub(crate) fn again(&self) -> Result<(), String> {
        let (program, arguments) = self.remount.split_first().expect("a command");
        run(Command::new(program).args(arguments).arg(self.path()))
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

/// How long a filesystem may be busy that nobody uses any more.
pub(crate) const BUSY: Duration = Duration::from_secs(2);

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

/// An empty disk of this size.
fn image(directory: &TempDir, bytes: u64) -> Result<String, String> {
    let image = directory.path().join("disk");
    let file = std::fs::File::create(&image).map_err(|error| error.to_string())?;
    file.set_len(bytes).map_err(|error| error.to_string())?;
    Ok(image.to_str().expect("a scratch path").to_owned())
}

/// Runs a command; what it said on standard error, if it failed.
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
