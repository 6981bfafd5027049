//! A host that has linkstead in its own process: what the command alone does not show.

#![allow(
    clippy::disallowed_methods,
    reason = "these tests make files of their own"
)]

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use linkstead_store::{
    Error, GcOptions, HostFile, InstallOptions, OpenMode, OpenOptions, RemoveOptions, Silent,
    Source, Store, VerifyOptions,
};
use support::bundle::Bundle;

/// Files of a bundle: enough that their tree is judged by several threads.
const FILES: usize = 1500;

fn open(root: &Path) -> Store {
    let options = OpenOptions {
        threads: 2,
        ..OpenOptions::new(OpenMode::ReadWriteOrCreate)
    };
    Store::open(root, &options).expect("it is a store")
}

fn install(store: &Store, bundle: &Bundle) -> PathBuf {
    let archive = Source::Bytes(bundle.zip().into(), bundle.identity().into());
    let installed = store.install(archive, &InstallOptions::default(), &Silent);
    installed.expect("it is a bundle").directory
}

// Seen to fail, in a build with assertions, when the gc lock is remembered by the thread that took it.
#[test]
fn a_gc_is_planned_on_one_thread_and_swept_on_another() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = open(&scratch.path().join("store"));
    for _ in 0..2 {
        let options = GcOptions::default();
        let gc = store.gc(&options, &Silent).expect("it can be planned");
        std::thread::scope(|scope| {
            let swept = scope.spawn(|| gc.sweep()).join();
            swept.expect("no panic").expect("it can be swept");
        });
    }
}

// Seen to fail when `run_beside` always waits in a scope of the store's pool.
#[test]
fn no_job_of_the_host_begins_in_the_middle_of_an_operation() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = open(&scratch.path().join("store"));
    let bundle = Bundle::new("one", "1.0.0").files("lib", FILES, 1);
    let host = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let host = host.expect("a pool");
    let begun = AtomicBool::new(false);
    host.scope(|scope| {
        scope.spawn(|_| begun.store(true, Ordering::SeqCst));
        install(&store, &bundle);
        let options = GcOptions::default();
        let gc = store.gc(&options, &Silent).expect("it can be planned");
        gc.sweep().expect("it can be swept");
        let found = store.verify(&VerifyOptions::default(), &Silent);
        found.expect("it can be read");
        assert!(!begun.load(Ordering::SeqCst));
    });
    assert!(begun.load(Ordering::SeqCst));
}

// Seen to fail when an order that puts what lies below first is taken as it is.
#[test]
fn host_files_that_cannot_be_together_are_refused_in_any_order() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = open(&scratch.path().join("store"));
    let bundle = Bundle::new("one", "1.0.0");
    for paths in [["host", "host/file"], ["host/file", "host"]] {
        let host_files = paths.map(|path| HostFile {
            path: path.parse().expect("a path"),
            bytes: b"host".to_vec(),
        });
        let options = InstallOptions {
            host_files: host_files.into(),
            ..InstallOptions::default()
        };
        let archive = Source::Bytes(bundle.zip().into(), bundle.identity().into());
        let refused = store.install(archive, &options, &Silent);
        assert!(
            matches!(&refused, Err(Error::HostFileClash { path, .. }) if path == "host/file"),
            "{refused:?}"
        );
    }
}

// Seen to fail when the tree of a new archive is made outside of the store's pool.
#[test]
fn no_threads_are_started_but_those_of_the_store() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = open(&scratch.path().join("store"));
    let [one, two] = ["one", "two"].map(|name| Bundle::new(name, "1.0.0").files("lib", FILES, 1));
    for bundle in [&one, &two, &one] {
        bundle.assert_complete(&install(&store, bundle));
    }
    let name = one.name.parse().expect("a name");
    let removed = store.remove(&name, &RemoveOptions::default(), &Silent);
    removed.expect("nobody uses it");
    let gc = GcOptions::default();
    let gc = store.gc(&gc, &Silent).expect("it can be planned");
    gc.sweep().expect("it can be swept");
    let found = store.verify(&VerifyOptions::default(), &Silent);
    assert!(found.expect("it can be read").findings.is_empty());
    // Rayon starts its global pool for whoever works outside of all others, and it can be made but once.
    let global = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global();
    global.expect("nobody has started it");
}
