//! A second bundle costs only what is new in it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{Judged, broken};
use crate::deed::{Deed, Manner};
use crate::ledger::Ledger;

/// An install ended undisturbed: its content is on disk as its objects, and where nothing was damaged before, only there.
///
/// # Errors
/// An object that is not there, or a file that is there twice.
pub fn thrifty(root: &Path, before: &Ledger, deed: Deed) -> Judged {
    let Deed::Install(sample, manner) = deed else {
        return Ok(());
    };
    let objects = sample.objects();
    if let Some(missing) = objects.iter().find(|object| !root.join(object).is_file()) {
        return broken(format!("{sample}: {} is not there", missing.display()));
    }
    if manner == Manner::Isolated || before.is_damaged() {
        return Ok(());
    }
    let Some(directory) = sample.directory_in(root) else {
        return broken(format!("{sample} was just installed and is not there"));
    };
    let inode = |path: &Path| std::fs::metadata(path).map(|found| found.ino()).ok();
    for (path, object) in sample.links() {
        if inode(&directory.join(&path)) != inode(&root.join(object)) {
            return broken(format!("{sample}: {path} is there twice"));
        }
    }
    Ok(())
}
