//! To find an installed bundle waits for nobody (I6).

use std::time::{Duration, Instant};

use linkstead_store::{GcOptions, InstallOptions, OpenMode, OpenOptions, Phase, Source, Store};

use crate::support::bundle::Bundle;
use crate::support::hold::Hold;
use crate::support::sandbox::Sandbox;

/// What `path` answers for the name and for the version; `None` if it does not answer while somebody else is held.
fn answers(sandbox: &Sandbox) -> Option<Vec<String>> {
    let mut answers = Vec::new();
    for name in ["here", "here@1.0.0"] {
        let mut path = sandbox.spawn(["path", name]);
        let started = Instant::now();
        while path.try_wait().expect("it runs").is_none() {
            if started.elapsed() > Duration::from_secs(20) {
                let _ = path.kill();
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let output = path.wait_with_output().expect("it ended");
        answers.push(crate::support::sandbox::succeeded(output));
    }
    Some(answers)
}

// Both seen to fail when `resolve` takes the locks of a commit window.
#[test]
fn path_answers_while_an_install_holds_its_commit_window() {
    let sandbox = Sandbox::new();
    let directory = sandbox.install(&sandbox.pack(&Bundle::new("here", "1.0.0")));
    let update = sandbox.pack(&Bundle::new("here", "2.0.0").files("lib", 30, 1));
    let hold = Hold::at(Phase::Commit);
    std::thread::scope(|scope| {
        let install = scope.spawn(|| {
            let store = Store::open(sandbox.store(), &OpenOptions::new(OpenMode::ReadWrite));
            store
                .expect("it opens")
                .install(
                    Source::Path(update.clone()),
                    &InstallOptions::default(),
                    &hold,
                )
                .expect("it installs")
        });
        hold.wait_until_held();
        let answers = answers(&sandbox);
        hold.let_go();
        assert_eq!(answers, Some(vec![directory.display().to_string(); 2]));
        let installed = install.join().expect("no panic");
        assert_eq!(
            sandbox.ok(["path", "here"]),
            installed.directory.display().to_string()
        );
    });
}

#[test]
fn path_answers_while_a_gc_holds_the_exclusive_lock() {
    let sandbox = Sandbox::new();
    let directory = sandbox.install(&sandbox.pack(&Bundle::new("here", "1.0.0")));
    let hold = Hold::at(Phase::Recover);
    std::thread::scope(|scope| {
        let gc = scope.spawn(|| {
            let store = Store::open(sandbox.store(), &OpenOptions::new(OpenMode::ReadWrite))
                .expect("it opens");
            let options = GcOptions::default();
            store
                .gc(&options, &hold)
                .expect("it plans")
                .sweep()
                .expect("it sweeps")
        });
        hold.wait_until_held();
        let answers = answers(&sandbox);
        hold.let_go();
        assert_eq!(answers, Some(vec![directory.display().to_string(); 2]));
        gc.join().expect("no panic");
    });
}
