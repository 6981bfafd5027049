//! Real filesystems on a disk that records: made once, served by a process of its own, mounted through a loop device.

use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use linkstead_crash::block_disk::{Condition, Illness, NAME};
use linkstead_crash::block_image::BlockImage;
use linkstead_crash::block_orders::{Answer, Ask, Service};
use linkstead_crash::block_recording::BlockRecording;
use linkstead_crash::recording::Mark;
use linkstead_crash::scratch;
use tempfile::TempDir;

use crate::mount::{self, run, take_down, unmount};

/// A kind of filesystem, and what it takes for granted of a disk.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    bytes: u64,
    make: &'static [&'static str],
    options: &'static str,
    /// Where its superblock is, under one checksum that a mount demands before it replays anything: all three take a disk for granted that
    /// does not tear this. Torn between sectors of 512 bytes, ext4 was seen to refuse its own disk ("invalid superblock checksum").
    pub(crate) superblock: Range<u64>,
}

/// All kinds. ext4 helps nobody who forgot a sync (`noauto_da_alloc`), and what is not synced still goes to the disk now and then.
pub(crate) static KINDS: [Kind; 3] = [
    Kind {
        name: "ext4",
        bytes: 48 << 20,
        make: &["-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0"],
        options: "noauto_da_alloc,commit=1,errors=remount-ro",
        superblock: 1_024..2_048,
    },
    Kind {
        name: "xfs",
        bytes: 96 << 20,
        make: &["-q", "--unsupported"],
        options: "defaults",
        superblock: 0..512,
    },
    Kind {
        name: "btrfs",
        bytes: 128 << 20,
        make: &["-q"],
        options: "nodiscard,commit=1",
        superblock: 65_536..69_632,
    },
];

/// The packages that make them.
const PACKAGES: [&str; 3] = ["e2fsprogs", "xfsprogs", "btrfs-progs"];

/// Why this machine cannot serve disks; `None` if it can. On root Linux it must.
pub(crate) fn refusal() -> Option<String> {
    if let Some(reason) = mount::refusal() {
        return Some(reason);
    }
    if !Path::new("/dev/fuse").exists() {
        return Some("no FUSE".into());
    }
    mount::install(&PACKAGES).err()
}

/// Makes a filesystem in a file. Each has an identity of its own: a kernel that sees one twice at once refuses it, or mixes them up.
fn make(kind: &Kind, path: &Path) -> Result<BlockImage, String> {
    let file = std::fs::File::create(path).and_then(|file| file.set_len(kind.bytes));
    file.map_err(|error| error.to_string())?;
    let mut make = Command::new(format!("mkfs.{}", kind.name));
    run(make.args(kind.make).arg(path))?;
    BlockImage::read(path).map_err(|error| error.to_string())
}

/// A disk, and the filesystem that is mounted on it. All is taken down when dropped.
pub(crate) struct ServedDisk {
    kind: &'static Kind,
    blank: BlockImage,
    directory: TempDir,
    server: Child,
    to_server: Option<ChildStdin>,
    from_server: BufReader<ChildStdout>,
}

impl ServedDisk {
    /// Serves and mounts a new one.
    pub(crate) fn begin(kind: &'static Kind) -> Result<Self, String> {
        let directory = scratch::directory();
        let at = |name: &str| directory.path().join(name);
        for name in ["fuse", "on"] {
            std::fs::create_dir(at(name)).map_err(|error| error.to_string())?;
        }
        let blank = make(kind, &at("content"))?;
        let service = Service {
            content: at("content"),
            recording: at("recording"),
            at: at("fuse"),
            mounted: at("on"),
        };
        let mut server = Command::new(env!("CARGO_BIN_EXE_crash-disk"))
            .arg(serde_json::to_string(&service).expect("plain"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let to_server = server.stdin.take();
        let from_server = BufReader::new(server.stdout.take().expect("it is piped"));
        let mut disk = ServedDisk {
            kind,
            blank,
            directory,
            server,
            to_server,
            from_server,
        };
        disk.hear()?;
        disk.mount()?;
        Ok(disk)
    }

    /// Where the filesystem is.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("on")
    }

    /// Its kind.
    pub(crate) fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// A deed begins, or was acknowledged.
    pub(crate) fn mark(&mut self, mark: Mark) -> Result<Condition, String> {
        self.ask(Ask::Mark(mark))
    }

    /// Requests fail from now on.
    pub(crate) fn suffer(&mut self, illness: Illness) -> Result<Condition, String> {
        self.ask(Ask::Suffer(illness))
    }

    /// No request fails any more.
    pub(crate) fn heal(&mut self) -> Result<Condition, String> {
        self.ask(Ask::Heal)
    }

    /// How the disk is.
    pub(crate) fn condition(&mut self) -> Result<Condition, String> {
        self.ask(Ask::Report)
    }

    /// Makes durable all that is there, and checks that the disk was told.
    pub(crate) fn sync(&mut self) -> Result<(), String> {
        let before = self.condition()?.flushes;
        let probe = self.path().join("probe");
        let written = std::fs::write(&probe, "probe").and_then(|()| std::fs::remove_file(&probe));
        written.map_err(|error| error.to_string())?;
        let directory = std::fs::File::open(self.path()).map_err(|error| error.to_string())?;
        rustix::fs::syncfs(directory).map_err(|error| error.to_string())?;
        match self.condition()?.flushes > before {
            true => Ok(()),
            false => Err("the loop device passes no flush on".into()),
        }
    }

    /// Takes the filesystem down and mounts it again, as at a reboot.
    pub(crate) fn reboot(&mut self) -> Result<(), String> {
        unmount(&self.path())?;
        self.mount()
    }

    /// Mounts what is mounted with another option.
    pub(crate) fn remount(&self, option: &str) -> Result<(), String> {
        let options = format!("remount,{option}");
        run(Command::new("mount")
            .args(["-o", &options])
            .arg(self.path()))
    }

    /// Everything that happened to the disk up to now.
    pub(crate) fn recording(&mut self) -> Result<BlockRecording, String> {
        let events = self.condition()?.events;
        let path = self.directory.path().join("recording");
        let read = BlockRecording::read(&path, self.blank.clone(), events);
        read.map_err(|error| error.to_string())
    }

    fn mount(&self) -> Result<(), String> {
        let options = format!("loop,{}", self.kind.options);
        let file = self.directory.path().join("fuse").join(NAME);
        let mut mount = Command::new("mount");
        mount.args(["-t", self.kind.name, "-o", &options]);
        run(mount.arg(file).arg(self.path()))
    }

    fn ask(&mut self, ask: Ask) -> Result<Condition, String> {
        let line = serde_json::to_string(&ask).expect("plain") + "\n";
        let to_server = self.to_server.as_mut().expect("open until dropped");
        let sent = to_server.write_all(line.as_bytes());
        sent.map_err(|error| format!("the disk: {error}"))?;
        self.hear()
    }

    fn hear(&mut self) -> Result<Condition, String> {
        let mut line = String::new();
        let heard = self.from_server.read_line(&mut line);
        heard.map_err(|error| format!("the disk: {error}"))?;
        let answer: Answer = serde_json::from_str(&line)
            .map_err(|error| format!("the disk said {line:?}: {error}"))?;
        answer.map_err(|error| format!("the disk: {error}"))
    }
}

impl Drop for ServedDisk {
    fn drop(&mut self) {
        // A sick disk would let the kernel wait.
        let _ = self.heal();
        take_down(&self.path());
        // The server takes itself down when nobody speaks to it.
        drop(self.to_server.take());
        let _ = self.server.wait();
    }
}
