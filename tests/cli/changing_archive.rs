//! An archive that is written to while it is read. The command is held in the middle by a standard error that is full: its
//! first line of progress waits until the test has changed the archive.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::archives::{Zip, noise};
use crate::world::World;

/// What a pipe holds on Linux.
const PIPE: usize = 65536;

/// Installs an archive that `change` alters once it has been opened; returns all of standard error.
fn install_while(world: &World, archive: &Path, change: impl FnOnce()) -> (Option<i32>, String) {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[b' '; PIPE]).unwrap();
    let mut command = world.command(&[
        "--progress".as_ref(),
        "json".as_ref(),
        "install".as_ref(),
        archive.as_os_str(),
    ]);
    command.stdout(Stdio::null()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // The command holds a copy of the writing end, which would keep the pipe open.
    drop(command);
    wait_until_held(&child);
    change();
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said.trim_start().to_owned())
}

/// Waits until the child sleeps in its write to the full pipe.
fn wait_until_held(child: &Child) {
    let place = format!("/proc/{}/wchan", child.id());
    let patience = Instant::now() + Duration::from_secs(5);
    while Instant::now() < patience {
        if fs::read_to_string(&place).is_ok_and(|found| found.contains("pipe_write")) {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn world_with_archive() -> (World, std::path::PathBuf, Vec<u8>) {
    let world = World::new();
    let bytes = Zip::bundle("a", "1")
        .file("data", &noise(9, 100_000))
        .bytes();
    let archive = world.file("a.mcpb", &bytes);
    (world, archive, bytes)
}

#[track_caller]
fn says_that_it_changed(world: &World, archive: &Path, ended: (Option<i32>, String)) {
    let (code, said) = ended;
    assert_eq!(code, Some(1), "{said}");
    let error = format!("error: {} changed while it was read\n", archive.display());
    assert!(said.contains(&error), "{said}");
    assert!(
        said.contains("hint: wait until it is wholly written"),
        "{said}"
    );
    world.is_sound();
    assert_eq!(
        world.run(&["list", "--json"]).succeeds().json(),
        serde_json::json!([])
    );
}

// Seen to fail when the check that an archive is unchanged (`Archive::check_unchanged`) always passes.
#[test]
fn an_archive_that_shrinks() {
    let (world, archive, bytes) = world_with_archive();
    let ended = install_while(&world, &archive, || {
        let file = OpenOptions::new().write(true).open(&archive).unwrap();
        file.set_len(50_000).unwrap();
    });
    says_that_it_changed(&world, &archive, ended);
    fs::write(&archive, bytes).unwrap();
    world.install(&archive);
}

// Seen to fail when the check that an archive is unchanged always passes.
#[test]
fn an_archive_that_grows() {
    let (world, archive, _) = world_with_archive();
    let ended = install_while(&world, &archive, || {
        let mut file = OpenOptions::new().append(true).open(&archive).unwrap();
        file.write_all(b"more").unwrap();
    });
    says_that_it_changed(&world, &archive, ended);
}

// Seen to fail when the check that an archive is unchanged always passes.
#[test]
fn an_archive_of_which_bytes_are_rewritten() {
    let (world, archive, _) = world_with_archive();
    let ended = install_while(&world, &archive, || {
        let file = OpenOptions::new().write(true).open(&archive).unwrap();
        file.write_all_at(b"rewritten", 50_000).unwrap();
    });
    says_that_it_changed(&world, &archive, ended);
}
