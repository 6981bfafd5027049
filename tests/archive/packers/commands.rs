//! The packers that people run.

use std::path::Path;
use std::process::Command;

use linkstead_store::archive::Rule;

use super::packed::{Keeps, Packed};
use super::tools::{has, mcpb, pack};
use crate::verdicts::*;

/// A packer that runs in the directory it packs.
fn within(packed: &Packed, command: &str) -> Command {
    let mut command = Command::new(command);
    command.current_dir(packed.root());
    command
}

fn link(packed: &Packed) {
    std::os::unix::fs::symlink("server/index.js", packed.root().join("start.js")).unwrap();
    std::os::unix::fs::symlink("../server/a", packed.root().join("server/also")).unwrap();
}

#[test]
fn zip() {
    if has("zip", "zip") {
        let packed = Packed::new();
        pack(
            within(&packed, "zip")
                .arg("-qr")
                .arg(packed.archive())
                .arg("."),
        );
        packed.installs(Keeps::All);
    }
}

#[test]
fn zip_with_links() {
    if has("zip", "zip") {
        let packed = Packed::new();
        link(&packed);
        pack(
            within(&packed, "zip")
                .arg("-qry")
                .arg(packed.archive())
                .arg("."),
        );
        packed.installs(Keeps::All);
    }
}

#[test]
fn zip_to_a_pipe() {
    if has("zip", "zip") {
        let packed = Packed::new();
        // What is captured here is a pipe: zip cannot go back in it and writes descriptors. It writes no links to pipes.
        let bytes = pack(within(&packed, "zip").args(["-qr", "-", "."]));
        std::fs::write(packed.archive(), bytes).unwrap();
        packed.installs(Keeps::All);
    }
}

#[test]
fn zip_with_forced_zip64() {
    if has("zip", "zip") {
        let packed = Packed::empty();
        pack(
            within(&packed, "zip")
                .args(["-qr", "-fz"])
                .arg(packed.archive())
                .arg("."),
        );
        packed.installs(Keeps::All);
    }
}

#[test]
fn seven_zip() {
    if has("7z", "p7zip-full") {
        let packed = Packed::new();
        pack(
            within(&packed, "7z")
                .args(["a", "-tzip"])
                .arg(packed.archive())
                .arg("."),
        );
        packed.installs(Keeps::All);
    }
}

#[test]
fn bsdtar() {
    if has("bsdtar", "libarchive-tools") {
        let packed = Packed::new();
        link(&packed);
        pack(
            within(&packed, "bsdtar")
                .args(["--format", "zip", "-cf"])
                .arg(packed.archive())
                .args(["manifest.json", "server", "start.js", "void"]),
        );
        packed.installs(Keeps::All);
    }
}

#[test]
fn bsdtar_of_here() {
    if has("bsdtar", "libarchive-tools") {
        let packed = Packed::new();
        pack(
            within(&packed, "bsdtar")
                .args(["--format", "zip", "-cf"])
                .arg(packed.archive())
                .arg("."),
        );
        packed.installs(Keeps::All);
    }
}

/// To a pipe it writes whole blocks, as if it were a tape: the zeros behind the end belong to nothing.
#[test]
fn bsdtar_to_a_pipe() {
    if has("bsdtar", "libarchive-tools") {
        let packed = Packed::new();
        let mut bytes = pack(within(&packed, "bsdtar").args(["--format", "zip", "-cf", "-", "."]));
        assert_eq!(broken(&bytes, &plain()), [Rule::BytesAfterEnd]);
        let end = bytes.windows(4).rposition(|four| four == b"PK\x05\x06");
        bytes.truncate(end.expect("an end record") + 22);
        std::fs::write(packed.archive(), bytes).unwrap();
        packed.installs(Keeps::All);
    }
}

#[test]
fn jar() {
    if has("jar", "default-jdk-headless") {
        let packed = Packed::new();
        pack(
            within(&packed, "jar")
                .arg("cf")
                .arg(packed.archive())
                .arg("."),
        );
        packed.installs_beside(Keeps::NoModes, |path| path.starts_with("META-INF"));
    }
}

#[test]
fn mcpb_pack() {
    if let Some(mcpb) = mcpb() {
        let packed = Packed::new();
        packed_by_mcpb(&packed, &mcpb);
        packed.installs(Keeps::NoEmptyDirectories);
    }
}

#[test]
fn mcpb_sign() {
    if let Some(mcpb) = mcpb() {
        let packed = Packed::new();
        packed_by_mcpb(&packed, &mcpb);
        let unsigned = std::fs::metadata(packed.archive()).unwrap().len();
        // The certificate gets a place of its own.
        let keys = tempfile::tempdir().unwrap();
        pack(
            Command::new(&mcpb)
                .current_dir(keys.path())
                .args(["sign", "--self-signed", "--cert"])
                .arg(keys.path().join("cert.pem"))
                .arg("--key")
                .arg(keys.path().join("key.pem"))
                .arg(packed.archive()),
        );
        let signed = std::fs::read(packed.archive()).unwrap();
        assert!(signed.len() as u64 > unsigned);
        assert!(signed.ends_with(b"MCPB_SIG_END"));
        packed.installs(Keeps::NoEmptyDirectories);
    }
}

fn packed_by_mcpb(packed: &Packed, mcpb: &Path) {
    pack(
        Command::new(mcpb)
            .arg("pack")
            .arg(packed.root())
            .arg(packed.archive()),
    );
}
