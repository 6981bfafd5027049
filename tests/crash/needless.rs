//! Calls that no layer can miss, each with the reason: either another call keeps the same promise, or none depends on it.

/// A call as a mutant names it, without line numbers, and why the promise does not depend on it.
const NEEDLESS: &[(&str, &str)] = &[
    (
        "Lock lock_file at crates/store/src/locks.rs locks/turnstile",
        "liveness: without it a gc may wait for ever under constant installs, but nothing is lost",
    ),
    (
        "Lock lock_file at crates/store/src/locks.rs locks/gc",
        "economy: two gcs at once do the work twice; L0 explores that variant (`TwoGcs`) and finds it harmless",
    ),
    (
        "SyncFilesystem Filesystem::sync at crates/store/src/trash.rs .",
        "not here but in L0: only a process that is killed between another's recovery and its emptying of the trash can have moved something \
         in without its sync; the model refutes that variant (`TrashUnsettled`)",
    ),
    (
        "SyncFilesystem sync_tree at crates/store/src/trash.rs .",
        "as above, where the file system cannot be synced as a whole",
    ),
    (
        "Lock FileLock::still_names at crates/store/src/recover.rs staging/*.lock",
        "economy: who ended well removed its tree before its lock file, and no name is used twice; taken for dead, it costs a recovery that \
         finds nothing",
    ),
    (
        "Lock try_lock_dir at crates/store/src/locks.rs parked/*",
        "economy: nobody starts to use what is parked; it is claimed by one rename, which only one can make, and it is published only when \
         whoever parked it has given the name's lock back",
    ),
    (
        "SyncFilesystem Filesystem::sync at crates/store/src/repair/records.rs .",
        "not of what linkstead did, which recovery has made durable a moment before: of what others copied into the store without a sync, \
         and no layer records what others do",
    ),
    (
        "SyncFilesystem sync_tree at crates/store/src/repair/records.rs .",
        "as above, where the file system cannot be synced as a whole",
    ),
    (
        "SyncFile sync_file at crates/store/src/checkout/acknowledge.rs outside",
        "not of what linkstead wrote, which was durable before its record said that it is complete: an empty file that is deleted at once, so \
         that a disk which takes no more writes is noticed; a promise test does that",
    ),
    (
        "Lock lock_file at crates/store/src/locks.rs locks/archive/*",
        "economy: without it one archive is unpacked by all that want it; the promise tests count that",
    ),
];

/// Why a mutant may survive.
pub(crate) fn reason(mutant: &str) -> Option<&'static str> {
    let call = without_line(mutant);
    let known = NEEDLESS.iter().find(|(needless, _)| *needless == call);
    known.map(|(_, reason)| *reason)
}

/// `SyncDir sync_dir at crates/store/src/refs.rs:231 refs` without the number, which changes with every edit above it.
fn without_line(mutant: &str) -> String {
    let words = mutant
        .split(' ')
        .map(|word| match word.rsplit_once(".rs:") {
            Some((file, _)) => format!("{file}.rs"),
            None => word.to_owned(),
        });
    words.collect::<Vec<_>>().join(" ")
}
