//! Making a store: under the exclusive store lock, `store.json` last, so that a crash leaves nothing that looks like one.

use std::path::Path;

use linkstead_format::{StoreJson, paths};
use linkstead_fs::{Op, dir, file, probe, stat};

use super::{DIRECTORIES, read_store_json};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::locks::Locks;
use crate::observe::Observer;
use crate::staging;

/// Makes a store at `root`, or finds that another process just made it.
pub(super) fn create(root: &Path, control: &Control, observer: &dyn Observer) -> Result<StoreJson> {
    check_place(root)?;
    build(root, control, observer).map_err(|error| match error {
        // What is set here is our own, so nobody else forbids it.
        Error::Fs(refused) if refused.op() == Op::SetMode => unsuitable(root, "the modes"),
        error => error,
    })
}

fn build(root: &Path, control: &Control, observer: &dyn Observer) -> Result<StoreJson> {
    make_root(root)?;
    make_missing(root, &LOCK_DIRECTORIES)?;
    let exclusive = Locks::new(root, control, observer).exclusive()?;
    // The lock's file may be of an odd epoch.
    exclusive.end_epoch_of_the_dead();
    if let Some(json) = read_store_json(root)? {
        return Ok(json);
    }
    complete(root)?;
    check_kept(root)?;
    // The root is synced with the name of `store.json`; what is missing below it is made again by whoever opens the store.
    let json = StoreJson::new(jiff::Timestamp::now().to_string());
    file::replace_file(
        &staging::temporary(root),
        &root.join(paths::STORE_JSON),
        &json.encode(),
        0o644,
    )?;
    Ok(json)
}

/// Makes the directories that are missing: a copy of a store may have left out the empty ones. All must lie on one mount.
pub(super) fn complete(root: &Path) -> Result<()> {
    make_missing(root, &LOCK_DIRECTORIES)?;
    make_missing(root, DIRECTORIES)?;
    let of_store = stat::mount(root)?;
    for directory in DIRECTORIES {
        let path = root.join(directory);
        if stat::mount(&path)? != of_store {
            return Err(Error::SplitStore {
                path,
                store: root.to_path_buf(),
            });
        }
    }
    Ok(())
}

/// A file system without modes (FAT) makes every file executable, or none; without times no seal holds.
fn check_kept(root: &Path) -> Result<()> {
    let kept = probe::kept(&staging::temporary(root))?;
    if !kept.modes.is_supported() {
        return Err(unsuitable(root, "the modes"));
    }
    if !kept.mtimes.is_supported() {
        return Err(unsuitable(root, "the times"));
    }
    Ok(())
}

fn unsuitable(root: &Path, lacks: &'static str) -> Error {
    Error::Unsuitable {
        path: root.to_path_buf(),
        filesystem: probe::filesystem(root),
        lacks,
    }
}

const LOCK_DIRECTORIES: [&str; 4] = [
    paths::LOCKS,
    paths::LOCKS_ARCHIVE,
    paths::LOCKS_CHECKOUT,
    paths::LOCKS_NAME,
];

fn make_missing(root: &Path, directories: &[&str]) -> Result<()> {
    for directory in directories {
        let path = root.join(directory);
        if stat::stat(&path)?.is_none() {
            dir::create_dir(&path, 0o755)?;
        }
    }
    Ok(())
}

/// Refuses a place that is a file, or that holds anything but the directories of a store that was never finished.
pub(super) fn check_place(root: &Path) -> Result<()> {
    let Some(found) = stat::stat(root)? else {
        return Ok(());
    };
    if found.kind == stat::FileKind::File {
        return Err(Error::StoreIsAFile {
            path: root.to_path_buf(),
        });
    }
    let entries = dir::list(root)?;
    if entries.iter().any(|entry| entry.name == paths::STORE_JSON) {
        // Another process made it since we looked.
        return Ok(());
    }
    for entry in entries {
        let ours = entry.name.to_str().is_some_and(|name| {
            name == paths::LOCKS || name == "lost+found" || DIRECTORIES.contains(&name)
        });
        if !ours {
            return Err(Error::NotAStore {
                path: root.to_path_buf(),
                found: entry.name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

/// The root is private to its owner (0700); its missing parents are ordinary directories.
fn make_root(root: &Path) -> Result<()> {
    if let Some(parent) = root.parent() {
        let mut missing: Vec<&Path> = Vec::new();
        let mut at = parent;
        while stat::stat(at)?.is_none() {
            missing.push(at);
            match at.parent() {
                Some(up) => at = up,
                None => break,
            }
        }
        for directory in missing.into_iter().rev() {
            dir::create_dir(directory, 0o755)?;
            if let Some(above) = directory.parent() {
                dir::sync_dir(above)?;
            }
        }
    }
    if stat::stat(root)?.is_none() {
        dir::create_dir(root, 0o700)?;
        if let Some(parent) = root.parent() {
            match dir::sync_dir(parent) {
                // Where we may write and not read, the name is as durable as it can be made.
                Err(error) if error.is_permission() => {}
                done => done?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use linkstead_fs::stat::Mtime;

    use super::*;
    use crate::observe::Silent;

    // Seen to fail when `build` leaves the epoch as it is.
    #[test]
    fn no_epoch_of_the_dead_is_in_a_new_store() {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let root = scratch.path().join("store");
        make_root(&root).expect("it can be made");
        make_missing(&root, &LOCK_DIRECTORIES).expect("they can be made");
        let lock = root.join(paths::LOCK_STORE);
        file::touch(&lock).expect("it can be made");
        let (seconds, nanos) = (1_700_000_002, 0);
        file::set_mtime(&lock, Mtime { seconds, nanos }).expect("it is there");
        create(&root, &Control::default(), &Silent).expect("it is a store");
        let found = stat::stat(&lock).expect("it can be looked at");
        assert_eq!(found.map(|found| found.mtime.seconds % 4), Some(0));
    }
}
