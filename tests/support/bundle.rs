//! Bundles for tests: a list of files, and the honest zip of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use linkstead_store::format::{ExecClass, ObjectId, ObjectKey};

/// A bundle's content, and how to pack it.
#[derive(Clone)]
pub(crate) struct Bundle {
    pub(crate) name: String,
    pub(crate) version: String,
    files: BTreeMap<String, (u32, Vec<u8>)>,
    symlinks: BTreeMap<String, String>,
}

impl Bundle {
    /// A bundle with an MCPB manifest and an entry point `server.py`.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        let manifest = format!(
            r#"{{"manifest_version":"0.2","name":"{name}","version":"{version}","server":{{"type":"python","entry_point":"server.py"}}}}"#
        );
        Bundle {
            name: name.to_owned(),
            version: version.to_owned(),
            files: BTreeMap::new(),
            symlinks: BTreeMap::new(),
        }
        .file("manifest.json", 0o644, manifest.into_bytes())
        .file("server.py", 0o644, b"print('hello')\n".to_vec())
    }

    pub(crate) fn file(mut self, path: &str, mode: u32, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), (mode, bytes.into()));
        self
    }

    pub(crate) fn symlink(mut self, path: &str, target: &str) -> Self {
        self.symlinks.insert(path.to_owned(), target.to_owned());
        self
    }

    /// Adds `count` files of some kilobytes each, the same for the same seed.
    pub(crate) fn files(mut self, directory: &str, count: usize, seed: u64) -> Self {
        for index in 0..count {
            let length = 200 + (index * 7919) % 9000;
            let content = noise(seed.wrapping_mul(1_000_003) + index as u64, length);
            let path = format!("{directory}/d{}/f{index}.py", index % 17);
            let mode = if index % 11 == 0 { 0o755 } else { 0o644 };
            self.files.insert(path, (mode, content));
        }
        self
    }

    pub(crate) fn identity(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    pub(crate) fn total_bytes(&self) -> u64 {
        self.files
            .values()
            .map(|(_, bytes)| bytes.len() as u64)
            .sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// The files, by path, with mode and content.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, u32, &[u8])> {
        self.files
            .iter()
            .map(|(path, (mode, bytes))| (path.as_str(), *mode, bytes.as_slice()))
    }

    /// The symbolic links, by path, with their targets.
    pub(crate) fn symlinks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.symlinks
            .iter()
            .map(|(path, target)| (path.as_str(), target.as_str()))
    }

    /// Packs the bundle and writes it to a file.
    pub(crate) fn pack(&self, to: &Path) {
        fs::write(to, self.zip()).expect("the archive can be written");
    }

    /// The archive: every entry deflated, Unix modes, no descriptors.
    pub(crate) fn zip(&self) -> Vec<u8> {
        self.zip_at(flate2::Compression::fast())
    }

    /// The same content packed harder or less: other streams.
    pub(crate) fn zip_at(&self, level: flate2::Compression) -> Vec<u8> {
        let mut local = Vec::new();
        let mut central = Vec::new();
        let files = self
            .entries()
            .map(|(path, mode, bytes)| (path, 0o100000 | mode, bytes));
        let symlinks = self
            .symlinks()
            .map(|(path, target)| (path, 0o120777, target.as_bytes()));
        for (path, mode, bytes) in files.chain(symlinks) {
            let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), level);
            deflate.write_all(bytes).expect("memory");
            let packed = deflate.finish().expect("memory");
            let offset = local.len() as u32;
            let mut common = Vec::new();
            for field in [20u16, 0x800, 8, 0, 0x21] {
                common.extend(field.to_le_bytes());
            }
            for field in [
                crc32fast::hash(bytes),
                packed.len() as u32,
                bytes.len() as u32,
            ] {
                common.extend(field.to_le_bytes());
            }
            common.extend((path.len() as u16).to_le_bytes());
            common.extend(0u16.to_le_bytes());
            local.extend(b"PK\x03\x04");
            local.extend(&common);
            local.extend(path.as_bytes());
            local.extend(&packed);
            central.extend(b"PK\x01\x02");
            central.extend((3u16 << 8 | 20).to_le_bytes());
            central.extend(&common);
            central.extend([0u8; 6]);
            central.extend((mode << 16).to_le_bytes());
            central.extend(offset.to_le_bytes());
            central.extend(path.as_bytes());
        }
        let count = (self.files.len() + self.symlinks.len()) as u16;
        let start = local.len() as u32;
        let size = central.len() as u32;
        local.extend(&central);
        local.extend(b"PK\x05\x06");
        local.extend([0u8; 4]);
        local.extend(count.to_le_bytes());
        local.extend(count.to_le_bytes());
        local.extend(size.to_le_bytes());
        local.extend(start.to_le_bytes());
        local.extend(0u16.to_le_bytes());
        local
    }

    /// Its files that are not empty, each with the path of its object in a store.
    pub(crate) fn contents(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        let files = self.entries().filter(|(_, _, bytes)| !bytes.is_empty());
        files.map(|(path, mode, bytes)| {
            let exec = match mode & 0o111 {
                0 => ExecClass::Plain,
                _ => ExecClass::Executable,
            };
            let id = ObjectId::of(bytes);
            (path, ObjectKey { id, exec }.relative_path())
        })
    }

    /// Panics with the first file or link that is not in `directory` with its content and exec bit.
    pub(crate) fn assert_complete(&self, directory: &Path) {
        for (path, (mode, bytes)) in &self.files {
            let file = directory.join(path);
            let found = fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            assert!(found == *bytes, "{} has other content", file.display());
            let found = fs::metadata(&file)
                .expect("it was read")
                .permissions()
                .mode();
            assert!(found & 0o400 != 0, "{} is not readable", file.display());
            if mode & 0o100 != 0 {
                assert!(found & 0o100 != 0, "{} is not executable", file.display());
            }
        }
        for (path, target) in &self.symlinks {
            let found = fs::read_link(directory.join(path));
            let found = found.unwrap_or_else(|e| panic!("{path}: {e}"));
            assert!(found == Path::new(target), "{path} has another target");
        }
    }
}

/// Bytes that look random but compress a little, the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend((state & 0x3f3f_3f3f_3f3f_3f3f).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
