//! Trees of very many files.

use std::process::Command;

use super::packed::{Keeps, Packed};
use super::tools::{has, pack};

/// A tree of this many files, few of them alike.
fn files(count: usize) -> Packed {
    let packed = Packed::empty();
    for index in 0..count {
        let name = format!("server/{:02}/{:02}/{index}.js", index % 40, index % 37);
        packed.file(&name, format!("{}\n", index / 3));
    }
    packed
}

#[test]
fn zip_of_20_000_files() {
    if has("zip", "zip") {
        let packed = files(20_000);
        pack(
            Command::new("zip")
                .current_dir(packed.root())
                .arg("-qr")
                .arg(packed.archive())
                .arg("."),
        );
        packed.installs(Keeps::All);
    }
}

#[test]
fn python_zipfile_of_70_000_entries() {
    if has("python3", "python3") {
        let packed = Packed::empty();
        pack(
            Command::new("python3")
                .arg("-c")
                .arg(
                    "import os, sys, zipfile\n\
                     with zipfile.ZipFile(sys.argv[1], 'w') as z:\n\
                     \x20   for name in ('manifest.json', 'server/index.js'):\n\
                     \x20       z.write(os.path.join(sys.argv[2], name), name)\n\
                     \x20   for i in range(70000): z.writestr(f'{i % 300:03}/{i}', '')\n",
                )
                .arg(packed.archive())
                .arg(packed.root()),
        );
        for index in 0..70_000 {
            packed.file(&format!("{:03}/{index}", index % 300), "");
        }
        packed.installs(Keeps::NoModes);
    }
}
