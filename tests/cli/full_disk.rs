//! No space left: seen before the first write where it can be, and harmless where it cannot.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archives::{Zip, noise};
use crate::world::{World, hello};

/// A small file system in memory.
struct SmallDisk {
    mount: tempfile::TempDir,
}

impl SmallDisk {
    /// `None`, and why, where this process may not mount.
    fn new(options: &str) -> Option<Self> {
        let mount = tempfile::tempdir().unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(mount.path())
            .output();
        match done {
            Ok(output) if output.status.success() => Some(SmallDisk { mount }),
            _ => {
                eprintln!("skipped: needs the right to mount a tmpfs");
                None
            }
        }
    }

    fn store(&self) -> PathBuf {
        self.mount.path().join("store")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.mount.path()).output();
    }
}

#[track_caller]
fn does_not_fit(world: &World, archive: &Path) {
    let store = world.store().to_str().unwrap();
    world
        .run(&["install".as_ref(), archive.as_os_str()])
        .fails_saying(&[store, "hint: ", "linkstead gc"]);
    let failure = world
        .run(&["--json".as_ref(), "install".as_ref(), archive.as_os_str()])
        .exits(1);
    assert_eq!(failure.json_failure()["kind"], "no-space");
    world.is_sound();
}

#[test]
fn an_archive_that_does_not_fit() {
    let Some(disk) = SmallDisk::new("size=8m") else {
        return;
    };
    let world = World::with_store(disk.store());
    let before = world.install(&hello());
    let zip = Zip::bundle("big", "1").file("big.bin", &noise(5, 12 << 20));
    does_not_fit(&world, &world.file("big.mcpb", zip.bytes()));
    assert_eq!(world.run(&["path", "hello"]).succeeds().directory(), before);
}

// Seen to fail when ENOSPC does not count as out of space.
#[test]
fn more_files_than_the_disk_can_count() {
    let Some(disk) = SmallDisk::new("size=64m,nr_inodes=300") else {
        return;
    };
    let world = World::with_store(disk.store());
    let before = world.install(&hello());
    let mut zip = Zip::bundle("many", "1");
    for number in 0..400_u32 {
        zip = zip.file(&format!("lib/{number}"), &number.to_le_bytes());
    }
    does_not_fit(&world, &world.file("many.mcpb", zip.bytes()));
    assert_eq!(world.run(&["path", "hello"]).succeeds().directory(), before);
}
