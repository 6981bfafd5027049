//! Python's `zipfile`, which many packers are made of.

use std::process::Command;

use linkstead_store::archive::{ModeOrigin, PlannedKind};

use super::packed::{Keeps, Packed};
use super::tools::{has, pack};
use crate::verdicts::*;

/// Runs a Python program that writes an archive to the path in `sys.argv[1]`; `None` where there is no Python.
fn python(program: &str) -> Option<Vec<u8>> {
    has("python3", "python3").then(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.zip");
        pack(Command::new("python3").arg("-c").arg(program).arg(&path));
        std::fs::read(path).unwrap()
    })
}

#[test]
fn zipfile_of_a_tree() {
    if has("python3", "python3") {
        let packed = Packed::new();
        pack(
            Command::new("python3")
                .args(["-m", "zipfile", "-c"])
                .arg(packed.archive())
                .args(["manifest.json", "server", "void"])
                .current_dir(packed.root()),
        );
        packed.installs(Keeps::All);
    }
}

#[test]
fn zipfile() {
    let Some(bytes) = python(
        "import sys, zipfile\n\
         with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:\n\
         \x20   z.writestr('manifest.json', '{}')\n\
         \x20   z.writestr('server/grün.py', 'print(1)\\n' * 100)\n\
         \x20   z.writestr('empty', '')\n\
         \x20   z.mkdir('d')\n",
    ) else {
        return;
    };
    let plan = accepted(bytes);
    assert_eq!(
        listing(&plan),
        [
            "d d",
            "f empty",
            "f manifest.json",
            "d server",
            "f server/grün.py"
        ]
    );
    let PlannedKind::File { data, .. } = plan.entries[1].kind else {
        panic!("a file");
    };
    assert_eq!(data.mode_origin, ModeOrigin::Archive);
}

#[test]
fn zipfile_to_a_stream_with_descriptors() {
    let Some(bytes) = python(
        "import sys, zipfile\n\
         class Pipe:\n\
         \x20   def __init__(self, f): self.f = f\n\
         \x20   def write(self, b): return self.f.write(b)\n\
         \x20   def flush(self): self.f.flush()\n\
         with open(sys.argv[1], 'wb') as f, zipfile.ZipFile(Pipe(f), 'w', zipfile.ZIP_DEFLATED) as z:\n\
         \x20   z.writestr('a', 'a' * 1000)\n\
         \x20   z.writestr('b', 'b')\n\
         \x20   with z.open('c', 'w', force_zip64=True) as c: c.write(b'c' * 5000)\n",
    ) else {
        return;
    };
    assert_eq!(listing(&accepted(bytes)), ["f a", "f b", "f c"]);
}

#[test]
fn zipfile_with_forced_zip64() {
    let Some(bytes) = python(
        "import sys, zipfile\n\
         with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:\n\
         \x20   with z.open('a', 'w', force_zip64=True) as a: a.write(b'a' * 5000)\n",
    ) else {
        return;
    };
    accepted(bytes);
}

#[test]
fn shutil_make_archive() {
    let Some(bytes) = python(
        "import os, shutil, sys, tempfile\n\
         d = tempfile.mkdtemp()\n\
         os.makedirs(d + '/bin')\n\
         open(d + '/bin/run', 'w').write('#!/bin/sh\\n')\n\
         os.chmod(d + '/bin/run', 0o755)\n\
         shutil.make_archive(sys.argv[1][:-4], 'zip', d)\n",
    ) else {
        return;
    };
    assert_eq!(listing(&accepted(bytes)), ["d bin", "x bin/run"]);
}
