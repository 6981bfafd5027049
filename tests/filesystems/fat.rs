//! FAT keeps no modes: every file would be executable or none, so no bundle has its right modes there. Said before anything is
//! installed. Through FUSE, because the kernel's own driver is not everywhere; it has no links and no `chmod` either.

use crate::course;
use crate::support::mount::{self, Mounted, due};
use crate::support::sandbox::Sandbox;

// Seen to fail when a refused mode is given on as it is ("Function not implemented", no way out).
#[test]
fn a_store_on_fat_is_refused_with_the_reason() {
    let made = mount::install(&["fusefat", "fuse", "dosfstools"])
        .and_then(|()| Mounted::fuse_fat(40 << 20));
    let Some(disk) = due("fuse", made) else {
        return;
    };
    let sandbox = Sandbox::with_store(disk.path().join("store"));
    let archive = sandbox.pack(&course::bundles()[0]);
    let output = sandbox.run(["install".as_ref(), archive.as_os_str()]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    for said in [
        sandbox.store().to_str().expect("text"),
        "(fuse.fusefat)",
        "the modes",
        "hint: ",
        "--store DIR",
    ] {
        assert!(told.contains(said), "{said:?} is missing: {told}");
    }
    assert!(!sandbox.store().join("store.json").exists());
}
