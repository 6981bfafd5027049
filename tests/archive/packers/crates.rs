//! The writers of Rust crates.

use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::packed::{Keeps, Packed};

/// The paths below a tree's root, directories before what is in them.
fn paths(packed: &Packed) -> Vec<(PathBuf, String)> {
    let walk = walkdir::WalkDir::new(packed.root()).min_depth(1);
    walk.into_iter()
        .map(|entry| {
            let path = entry.unwrap().into_path();
            let name = path.strip_prefix(packed.root()).unwrap();
            let name = name.to_str().unwrap().to_owned();
            (path, name)
        })
        .collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode()
}

fn by_zip(packed: &Packed, options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, name) in paths(packed) {
        let options = options.unix_permissions(mode(&path));
        if path.is_dir() {
            writer.add_directory(name, options).unwrap();
        } else {
            writer.start_file(name, options).unwrap();
            writer.write_all(&std::fs::read(path).unwrap()).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored)
}

#[test]
fn zip_stored() {
    let packed = Packed::new();
    std::fs::write(packed.archive(), by_zip(&packed, stored())).unwrap();
    packed.installs(Keeps::All);
}

#[test]
fn zip_for_large_files() {
    let packed = Packed::new();
    std::fs::write(packed.archive(), by_zip(&packed, stored().large_file(true))).unwrap();
    packed.installs(Keeps::All);
}

#[test]
fn zip_aligned() {
    let packed = Packed::new();
    let aligned = by_zip(&packed, stored().with_alignment(4096));
    std::fs::write(packed.archive(), aligned).unwrap();
    packed.installs(Keeps::All);
}

#[test]
fn rawzip_deflated() {
    let packed = Packed::new();
    let mut writer = rawzip::ZipArchiveWriter::new(Vec::new());
    for (path, name) in paths(&packed) {
        if path.is_dir() {
            let directory = writer.new_dir(format!("{name}/"));
            directory.unix_permissions(mode(&path)).create().unwrap();
            continue;
        }
        let (mut entry, config) = writer
            .new_file(name)
            .compression_method(rawzip::CompressionMethod::DEFLATE)
            .unix_permissions(mode(&path))
            .start()
            .unwrap();
        let mut data = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        data.write_all(&std::fs::read(path).unwrap()).unwrap();
        let (encoder, output) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(output).unwrap();
    }
    std::fs::write(packed.archive(), writer.finish().unwrap()).unwrap();
    packed.installs(Keeps::All);
}
