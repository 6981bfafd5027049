use linkstead_fs::probe::{Support, capabilities};

use crate::helper::{elsewhere, names, scratch};

#[test]
#[cfg(target_os = "linux")]
fn a_filesystem_is_probed_without_a_trace() {
    let scratch = scratch();
    let found = capabilities(scratch.path()).unwrap();
    for support in [
        found.hard_links,
        found.symbolic_links,
        found.sync_filesystem,
        found.sync_directories,
        found.directory_locks,
        found.case_sensitive,
        found.modes,
        found.mtimes,
    ] {
        assert_eq!(support, Support::Yes, "{found:?}");
    }
    assert_ne!(found.filesystem, "unknown");
    assert!(names(scratch.path()).is_empty());
    if let Some(there) = elsewhere(scratch.path()) {
        let found = capabilities(there.path()).unwrap();
        assert_eq!(found.filesystem, "tmpfs");
        assert!(!found.reflinks.is_supported());
    }
}

#[test]
fn an_absent_directory_cannot_be_probed() {
    let absent = scratch().path().join("x");
    assert!(capabilities(&absent).unwrap_err().is_not_found());
}
