//! A host that has linkstead in its own process: what the command alone does not show.

#![allow(
    clippy::disallowed_methods,
    reason = "these tests make files of their own"
)]

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use linkstead_store::{
    GcOptions, InstallOptions, OpenMode, OpenOptions, RemoveOptions, Silent, Source, Store,
    VerifyOptions,
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
