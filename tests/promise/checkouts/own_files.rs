//! What a server put into it is refused, kept or told.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;

use super::{beside, check_out, installed};

// Seen to fail when extra files are not looked for, when private ones do not count, and when what is kept is copied (the server that
// still runs writes to the old inode).
#[test]
fn what_a_server_put_into_it_is_never_thrown_away_silently() {
    let (sandbox, [_, two], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    fs::create_dir_all(path.join("state/deep")).expect("it is ours");
    fs::write(path.join("state/deep/data.db"), "rows").expect("it is ours");
    fs::create_dir(path.join("lib/__pycache__")).expect("it is ours");
    fs::write(path.join("lib/__pycache__/x.pyc"), "made again").expect("it is ours");
    let refused = sandbox.run([OsStr::new("checkout"), "tool@2.0.0".as_ref(), path.as_ref()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        told.contains("a file of its own: state/deep/data.db"),
        "{told}"
    );
    assert!(
        told.contains("--keep-extra") && !told.contains("pyc"),
        "{told}"
    );
    // The same version is there, and nothing needs to go.
    let again = check_out(&sandbox, "tool@1.0.0", &path, &[]);
    assert_eq!(again["outcome"], "already-there");
    // A server that runs on goes on writing what is kept.
    let server = File::options()
        .append(true)
        .open(path.join("state/deep/data.db"))
        .expect("it is there");
    let report = check_out(&sandbox, "tool@2.0.0", &path, &["--keep-extra"]);
    assert_eq!(report["kept"], serde_json::json!(["state/deep/data.db"]));
    std::io::Write::write_all(&mut &server, b" and more").expect("it is open");
    two.assert_complete(&path);
    let kept = fs::read(path.join("state/deep/data.db")).expect("it was kept");
    assert_eq!(kept, b"rows and more");
    assert_eq!(sandbox.json(["verify"])["checkouts"], 1);
    let report = check_out(&sandbox, "tool@1.0.0", &path, &["--replace"]);
    assert_eq!(
        report["discarded"],
        serde_json::json!(["state/deep/data.db"])
    );
    assert!(!fs::exists(path.join("state")).expect("it can be looked at"));
    sandbox.assert_sound();
}

// Seen to fail when `carry` takes a file whose name is no UTF-8 for one that its server deleted.
#[test]
fn what_cannot_be_kept_for_its_name_is_not_taken_for_deleted() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let written = path.join(OsStr::from_bytes(b"caf\xe9.db"));
    fs::write(&written, "rows").expect("it is ours");
    let arguments = [
        "checkout",
        "tool@2.0.0",
        path.to_str().expect("text"),
        "--keep-extra",
    ];
    assert!(!sandbox.run(arguments).status.success());
    one.assert_complete(&path);
    assert_eq!(fs::read(written).expect("untouched"), b"rows");
    assert_eq!(beside(&path), ["tool"]);
}
