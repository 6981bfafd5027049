//! What a disk holds at one moment: read from a directory, written into another, compared by a digest.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

/// Names, and the files that they stand for.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// By path below the image's root; parents before what they hold.
    pub names: BTreeMap<PathBuf, Node>,
    /// By the numbers that [`Node::File`] has.
    pub files: BTreeMap<u64, FileContent>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// A directory with this mode.
    Directory(u32),
    /// A file; names with one number are hard links of it.
    File(u64),
    /// A symbolic link with this target.
    Symlink(PathBuf),
}

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileContent {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
    /// Its time of modification, in seconds.
    pub mtime: i64,
}

impl Image {
    /// What a directory holds.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn scan(directory: &Path) -> io::Result<Self> {
        let mut image = Image::default();
        for entry in WalkDir::new(directory).min_depth(1).sort_by_file_name() {
            let entry = entry.map_err(io::Error::other)?;
            let path = entry
                .path()
                .strip_prefix(directory)
                .map_err(io::Error::other)?;
            let found = entry.path().symlink_metadata()?;
            let node = if found.is_dir() {
                Node::Directory(found.mode() & 0o7777)
            } else if found.is_symlink() {
                Node::Symlink(fs::read_link(entry.path())?)
            } else {
                image.files.entry(found.ino()).or_insert(FileContent {
                    bytes: fs::read(entry.path())?,
                    mode: found.mode() & 0o7777,
                    mtime: found.mtime(),
                });
                Node::File(found.ino())
            };
            image.names.insert(path.to_path_buf(), node);
        }
        Ok(image)
    }

    /// Makes all of it in an empty directory.
    ///
    /// # Errors
    /// Something cannot be made.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let mut first: BTreeMap<u64, PathBuf> = BTreeMap::new();
        for (path, node) in &self.names {
            let path = directory.join(path);
            match node {
                Node::Directory(mode) => {
                    fs::DirBuilder::new().mode(mode | 0o700).create(&path)?;
                }
                Node::Symlink(target) => std::os::unix::fs::symlink(target, &path)?,
                Node::File(number) => match first.get(number) {
                    Some(other) => fs::hard_link(other, &path)?,
                    None => {
                        self.files[number].write(&path)?;
                        first.insert(*number, path);
                    }
                },
            }
        }
        Ok(())
    }

    /// A digest that differs whenever the image does, however its files are numbered.
    #[must_use]
    pub fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let mut numbers: BTreeMap<u64, usize> = BTreeMap::new();
        for (path, node) in &self.names {
            hasher.update(path.as_os_str().as_encoded_bytes());
            match node {
                Node::Directory(mode) => hasher.update(format!("\0d{mode}").as_bytes()),
                Node::Symlink(target) => hasher.update(format!("\0l{target:?}").as_bytes()),
                Node::File(number) => {
                    let next = numbers.len();
                    let place = *numbers.entry(*number).or_insert(next);
                    hasher.update(format!("\0f{place}").as_bytes());
                    if place == next {
                        let file = &self.files[number];
                        let facts = (file.bytes.len(), file.mode, file.mtime);
                        hasher.update(format!("{facts:?}").as_bytes());
                        hasher.update(&file.bytes);
                    }
                    &mut hasher
                }
            };
        }
        hasher.finalize()
    }
}

impl FileContent {
    fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, &self.bytes)?;
        let file = fs::File::options().write(true).open(path)?;
        file.set_permissions(fs::Permissions::from_mode(self.mode))?;
        let mtime = SystemTime::UNIX_EPOCH + Duration::from_secs(self.mtime.max(0) as u64);
        file.set_modified(mtime)
    }
}
