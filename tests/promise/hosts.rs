//! Hosts as they are: many at once, each uses what it installed in the same breath; and a reader that looks all the time.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::bundle::Bundle;
use crate::support::sandbox::{Sandbox, succeeded};

const HOSTS: usize = 40;

/// Installs and at once does what hosts do: makes the entry point executable, reads the MCPB manifest, starts the server. Says
/// how often the archive was extracted.
fn install_and_start(sandbox: &Sandbox, bundle: &Bundle, archive: &Path, start: &Barrier) -> usize {
    let mut command = sandbox.command(["--progress", "json", "install"]);
    command.arg(archive);
    start.wait();
    let output = command.output().expect("it starts");
    let events = String::from_utf8_lossy(&output.stderr).into_owned();
    let directory = PathBuf::from(succeeded(output));
    let manifest = fs::read(directory.join("manifest.json")).expect("the MCPB manifest is there");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let entry = manifest["server"]["entry_point"].as_str().expect("a path");
    let entry = directory.join(entry);
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o755))
        .unwrap_or_else(|e| panic!("chmod {}: {e}", entry.display()));
    let served = Command::new(&entry).current_dir(&directory).output();
    let served = served.unwrap_or_else(|e| panic!("{}: {e}", entry.display()));
    assert_eq!(succeeded(served), "a library", "{}", entry.display());
    bundle.assert_complete(&directory);
    events.matches(r#""phase":"ingest""#).count().min(1)
}

/// A bundle whose server prints what a library of it says.
fn server(name: &str) -> Bundle {
    Bundle::new(name, "1.0.0")
        .file("server.py", 0o644, "#!/bin/sh\nexec cat lib/said.txt\n")
        .file("lib/said.txt", 0o644, "a library\n")
        .files("lib", 60, 3)
}

fn all_at_once(bundles: &[Bundle]) {
    let sandbox = Sandbox::new();
    let archives: Vec<PathBuf> = bundles.iter().map(|bundle| sandbox.pack(bundle)).collect();
    let start = Barrier::new(HOSTS);
    let extracted: usize = std::thread::scope(|scope| {
        let hosts: Vec<_> = (0..HOSTS)
            .map(|n| {
                let n = n % bundles.len();
                let (sandbox, start) = (&sandbox, &start);
                let (bundle, archive) = (&bundles[n], &archives[n]);
                scope.spawn(move || install_and_start(sandbox, bundle, archive, start))
            })
            .collect();
        hosts
            .into_iter()
            .map(|host| host.join().expect("no panic"))
            .sum()
    });
    assert_eq!(extracted, bundles.len(), "one extraction an archive");
    sandbox.assert_reader_agrees();
    sandbox.assert_sound();
}

// Seen to fail when an install takes no lock for its archive: several extract it.
#[test]
fn forty_hosts_install_chmod_and_start_one_bundle_in_an_empty_store() {
    all_at_once(&[server("one")]);
}

// Seen to fail when `Roles::of` links entry points like other files: a chmod breaks the seal of the object, and the archive is
// extracted once more.
#[test]
fn forty_hosts_do_so_with_two_bundles_that_share_content() {
    all_at_once(&[server("one"), server("two")]);
}

/// A version of the same bundle: most files alike, one that tells which it is.
fn version(number: u64) -> Bundle {
    Bundle::new("app", &format!("{number}.0.0"))
        .files("lib", 40, 8)
        .files(&format!("only{number}"), 10, 100 + number)
}

/// Asserts that an open directory holds one of the versions, wholly; where the name leads meanwhile does not matter.
fn is_whole(directory: &File, versions: &[Bundle]) {
    let path = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    let manifest = fs::read_to_string(path.join("manifest.json")).expect("the MCPB manifest");
    let bundle = versions
        .iter()
        .find(|bundle| manifest.contains(&format!("\"{}\"", bundle.version)))
        .expect("one of the versions");
    bundle.assert_complete(&path);
}

/// Looks at a directory if it is there.
fn look(path: &Path, versions: &[Bundle], seen: &AtomicUsize) {
    match File::open(path) {
        Ok(directory) => {
            is_whole(&directory, versions);
            seen.fetch_add(1, Ordering::Relaxed);
        }
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

const UPDATES: u64 = 12;

// Seen to fail when `move_away` deletes the directory in its place instead of renaming it.
#[test]
fn a_reader_sees_the_old_or_the_new_bundle_and_nothing_else() {
    let sandbox = Sandbox::new();
    let versions: Vec<Bundle> = (0..2).map(version).collect();
    let archives: Vec<PathBuf> = versions.iter().map(|bundle| sandbox.pack(bundle)).collect();
    let directories: Vec<PathBuf> = archives
        .iter()
        .map(|archive| sandbox.install(archive))
        .collect();
    sandbox.ok(["remove", "app@1.0.0"]);
    let done = AtomicBool::new(false);
    let [by_name, by_path] = [(); 2].map(|()| AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let readers = [
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    // One of both is always installed.
                    let found = PathBuf::from(sandbox.ok(["path", "app"]));
                    look(&found, &versions, &by_name);
                }
            }),
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for directory in &directories {
                        look(directory, &versions, &by_path);
                    }
                }
            }),
        ];
        for update in 0..UPDATES {
            let [new, old] = [1, 0].map(|n| ((update + n) % 2) as usize);
            assert_eq!(sandbox.install(&archives[new]), directories[new]);
            sandbox.ok(["remove", &format!("app@{old}.0.0")]);
            if readers.iter().any(|reader| reader.is_finished()) {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("no panic");
        }
    });
    for seen in [by_name, by_path] {
        assert!(seen.into_inner() > 10, "the readers hardly looked");
    }
    sandbox.assert_sound();
}
