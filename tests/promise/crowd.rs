//! Many processes at once.

use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_store::{InstallOptions, OpenMode, OpenOptions, Phase, Source, Store};

use crate::support::bundle::Bundle;
use crate::support::hold::Hold;
use crate::support::sandbox::{Sandbox, succeeded};

const PROCESSES: usize = 16;
const ROUNDS: usize = 20;

/// Ends the gc loop, also when an install fails the test.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Starts one install per archive at the same moment; each checks every file of its directory when it returns. Says how many
/// of them extracted their archive.
fn install_at_once(sandbox: &Sandbox, work: &[(&Bundle, &Path)]) -> usize {
    let start = Barrier::new(work.len());
    std::thread::scope(|scope| {
        let installs: Vec<_> = work
            .iter()
            .map(|(bundle, archive)| {
                let start = &start;
                scope.spawn(move || {
                    let mut command = sandbox.command(["--progress", "json", "install"]);
                    command.arg(archive);
                    start.wait();
                    let output = command.output().expect("it starts");
                    let events = String::from_utf8_lossy(&output.stderr).into_owned();
                    let directory = PathBuf::from(succeeded(output));
                    bundle.assert_complete(&directory);
                    usize::from(events.contains(r#""phase":"ingest""#))
                })
            })
            .collect();
        installs
            .into_iter()
            .map(|install| install.join().expect("no panic"))
            .sum()
    })
}

// Seen to fail when an install takes no lock for its archive: all sixteen extract it.
#[test]
fn sixteen_processes_install_one_archive_and_one_extracts_it() {
    for round in 0..ROUNDS {
        let sandbox = Sandbox::new();
        let bundle = Bundle::new("crowd", "1.0.0").files("lib", 60, round as u64);
        let archive = sandbox.pack(&bundle);
        let work = vec![(&bundle, archive.as_path()); PROCESSES];
        assert_eq!(install_at_once(&sandbox, &work), 1, "round {round}");
        sandbox.assert_sound();
    }
}

// Seen to fail when an object's name that another install took meanwhile is an error.
#[test]
fn two_archives_that_share_most_content_install_while_gc_runs_in_a_loop() {
    for round in 0..ROUNDS {
        let sandbox = Sandbox::new();
        let seed = round as u64;
        let one = Bundle::new("one", "1.0.0")
            .files("lib", 60, seed)
            .files("a", 6, seed + 100);
        let two = Bundle::new("two", "1.0.0")
            .files("lib", 60, seed)
            .files("b", 6, seed + 200);
        let (first, second) = (sandbox.pack(&one), sandbox.pack(&two));
        // A removed bundle gives gc objects to take that the installs are about to need.
        let old = Bundle::new("old", "1.0.0").files("lib", 60, seed);
        sandbox.install(&sandbox.pack(&old));
        sandbox.ok(["remove", "old"]);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let gc = scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    sandbox.ok(["gc"]);
                }
            });
            let ends = SetWhenDropped(&done);
            let work: Vec<_> = (0..PROCESSES)
                .map(|n| match n % 2 {
                    0 => (&one, first.as_path()),
                    _ => (&two, second.as_path()),
                })
                .collect();
            assert!(install_at_once(&sandbox, &work) >= 2, "round {round}");
            drop(ends);
            gc.join().expect("no panic");
        });
        one.assert_complete(Path::new(&sandbox.ok(["path", "one"])));
        two.assert_complete(Path::new(&sandbox.ok(["path", "two"])));
        sandbox.assert_sound();
    }
}

// Seen to fail when `name_objects` does not bring back a name that is gone.
#[test]
fn a_sweep_between_the_links_and_the_commit_loses_nothing() {
    let sandbox = Sandbox::new();
    let old = Bundle::new("old", "1.0.0").files("lib", 30, 5);
    let new = Bundle::new("new", "1.0.0").files("lib", 30, 5);
    sandbox.install(&sandbox.pack(&old));
    sandbox.ok(["remove", "old"]);
    install_around(&sandbox, &new, || sweep_all(&sandbox));
    sandbox.assert_sound();
}

// Seen to fail when `write_tree` trusts what step 2 read whatever the epoch says.
#[test]
fn a_sweep_before_the_commit_of_what_was_removed_loses_nothing() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("same", "1.0.0").files("lib", 30, 5);
    for keeps_parked in [true, false] {
        remove_again(&sandbox, &bundle);
        if !keeps_parked {
            take_parked(&sandbox);
        }
        install_around(&sandbox, &bundle, || sweep_all(&sandbox));
        sandbox.assert_sound();
    }
}

// Seen to fail when no epoch begins before the first name goes.
#[test]
fn a_sweep_that_is_killed_before_the_commit_loses_nothing() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("same", "1.0.0").files("lib", 3000, 5);
    let (mut killed, mut tries) = (0, 0);
    while killed < 5 {
        tries += 1;
        assert!(tries <= 100, "{killed} of 100 were killed in time");
        remove_again(&sandbox, &bundle);
        take_parked(&sandbox);
        // A gc that died had swept the trees: the epoch of this one begins with an object.
        for shelf in std::fs::read_dir(sandbox.store().join("trees")).expect("it is there") {
            std::fs::remove_dir_all(shelf.expect("it is there").path()).expect("it is ours");
        }
        let all = sandbox.objects();
        install_around(&sandbox, &bundle, || {
            let mut gc = sandbox.spawn(["gc"]);
            let mut runs = || gc.try_wait().expect("it can be waited for").is_none();
            while sandbox.objects() == all && runs() {}
            gc.kill().expect("it is ours");
            gc.wait().expect("it can be waited for");
            killed += usize::from(sandbox.objects() > 0);
        });
        sandbox.assert_sound();
    }
}

/// The store has the bundle's tree and its objects, and no name means it.
fn remove_again(sandbox: &Sandbox, bundle: &Bundle) {
    sandbox.install(&sandbox.pack(bundle));
    sandbox.ok(["remove", bundle.identity().as_str()]);
}

fn take_parked(sandbox: &Sandbox) {
    std::fs::remove_dir_all(sandbox.store().join("parked")).expect("it is ours");
}

fn sweep_all(sandbox: &Sandbox) {
    sandbox.ok(["gc"]);
    assert_eq!(sandbox.objects(), 0, "the sweep took the names");
}

/// Installs a bundle; `meanwhile`, all its links are made and nothing is committed.
fn install_around(sandbox: &Sandbox, bundle: &Bundle, meanwhile: impl FnOnce()) {
    let archive = sandbox.pack(bundle);
    let hold = Hold::at(Phase::Sync);
    std::thread::scope(|scope| {
        let install = scope.spawn(|| {
            let store = Store::open(sandbox.store(), &OpenOptions::new(OpenMode::ReadWrite));
            store
                .expect("it opens")
                .install(Source::Path(archive), &InstallOptions::default(), &hold)
                .expect("it installs")
        });
        hold.wait_until_held();
        let let_go = LetGoWhenDropped(&hold);
        meanwhile();
        drop(let_go);
        let installed = install.join().expect("no panic");
        bundle.assert_complete(&installed.directory);
    });
}

/// An assertion that fails must not leave an install waiting.
struct LetGoWhenDropped<'a>(&'a Hold);

impl Drop for LetGoWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.let_go();
    }
}
