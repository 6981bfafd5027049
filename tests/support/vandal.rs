//! Writers that break what they share.

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Changes the content of a file, and nothing that a `stat` shows: length, mode and time stay.
pub(crate) fn alter_under_the_seal(file: &Path) {
    let before = fs::metadata(file).expect("it is there");
    fs::set_permissions(file, Permissions::from_mode(0o644)).expect("its owner may");
    let length = usize::try_from(before.len()).expect("it is small");
    fs::write(file, vec![b'x'; length]).expect("its owner may");
    let times = FileTimes::new().set_modified(before.modified().expect("it has a time"));
    File::options()
        .write(true)
        .open(file)
        .and_then(|file| file.set_times(times))
        .expect("its owner may");
    fs::set_permissions(file, before.permissions()).expect("its owner may");
}
