//! The disk that a checkout goes to is full, or takes no more writes, and is not the store's.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use linkstead_store::format::BundleRef;
use linkstead_store::{CheckoutOptions, Error, Lack, OpenMode, OpenOptions, Phase, Store};

use super::{beside, check_out, installed};
use crate::support::bundle::noise;
use crate::support::hold::Hold;
use crate::support::mount::{self, Mounted, due};

// Seen to fail when only the store is written to before an acknowledgement.
#[test]
fn what_is_there_is_not_acknowledged_on_a_disk_that_takes_no_writes() {
    let (sandbox, _, _) = installed();
    let Some(disk) = due("ext4", Mounted::disk("ext4", 16 << 20, &["-q"], "noatime")) else {
        return;
    };
    let path = disk.path().join("tool");
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let remount = |options: &str| {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,{options}")]);
        mount::run(command.arg(disk.path())).expect("it is ours");
    };
    remount("ro");
    let refused = sandbox.run([OsStr::new("checkout"), "tool@1.0.0".as_ref(), path.as_ref()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("Read-only file system"), "{told}");
    remount("rw");
    let again = check_out(&sandbox, "tool@1.0.0", &path, &[]);
    assert_eq!(again["outcome"], "already-there");
    assert_eq!(beside(&path), ["lost+found", "tool"]);
}

// Seen to fail when the hint is that of a full store.
#[test]
fn what_does_not_fit_names_its_disk_and_what_is_missing() {
    let (sandbox, _, _) = installed();
    let Some(disk) = due("tmpfs", Mounted::memory("size=400k")) else {
        return;
    };
    let path = disk.path().join("tool");
    let refused = sandbox.run([OsStr::new("checkout"), "tool".as_ref(), path.as_ref()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    let named = format!("on the disk of {}, or choose a path", disk.path().display());
    assert!(
        told.contains(&named) && told.contains("hint: free "),
        "{told}"
    );
    assert!(!told.contains("--store"), "{told}");
}

/// Checks out while the disk fills.
fn filled_in_the_middle(store: &Path, path: &Path, fill: impl FnOnce()) -> Error {
    let hold = Hold::at(Phase::Materialize);
    let bundle = BundleRef::parse("tool@1.0.0").expect("a name");
    std::thread::scope(|scope| {
        let checkout = scope.spawn(|| {
            let store = Store::open(store, &OpenOptions::new(OpenMode::ReadWrite));
            let store = store.expect("it opens");
            store.checkout(&bundle, path, &CheckoutOptions::default(), &hold)
        });
        hold.wait_until_held();
        fill();
        hold.let_go();
        let ended = checkout.join().expect("no panic");
        ended.expect_err("the disk is full")
    })
}

// Seen to fail when an error of a full disk is given on as it is: nothing says how much is missing, and where.
#[test]
fn a_disk_that_fills_in_the_middle_is_named_with_what_is_missing() {
    let (sandbox, _, _) = installed();
    let Some(disk) = due("tmpfs", Mounted::memory("size=2m")) else {
        return;
    };
    let path = disk.path().join("tool");
    let filling = disk.path().join("filling");
    let error = filled_in_the_middle(&sandbox.store(), &path, || {
        fs::write(&filling, noise(1, 1800 << 10)).expect("there is as much");
    });
    let Error::DiskFilled {
        path: full, lack, ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(*full, disk.path());
    assert!(
        matches!(lack, Lack::Bytes(missing) if *missing > 100 << 10),
        "{error}"
    );
    assert_eq!(beside(&path), ["filling"]);
    assert_eq!(sandbox.json(["checkout"]), serde_json::json!([]));
}
