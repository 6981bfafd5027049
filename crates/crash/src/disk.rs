//! A model of a disk with its history: which change was made when, and what was made durable when.
//!
//! A recorded run is replayed on it, name by name. Renames are atomic, as everywhere; nothing else is durable before a sync.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::image::{Image, Node};
use crate::recording::{Done, Event, Mark};

/// The number of a file, directory or link on the model disk.
pub type Inode = usize;

/// The directory that an image begins in.
pub const ROOT: Inode = 0;

/// What one inode was before the run.
#[derive(Debug, Clone)]
pub enum Born {
    /// A directory with these names.
    Directory(BTreeMap<OsString, Inode>),
    /// A file with these bytes, this mode and this time.
    File(Arc<[u8]>, u32, i64),
    /// A symbolic link.
    Symlink(PathBuf),
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Change {
    /// A name is set in a directory, over what it was.
    Name(Inode, OsString, Inode),
    /// A name is taken out of a directory.
    Unname(Inode, OsString),
    /// A name moves; it replaces what is there.
    Rename {
        /// From this directory,
        from: (Inode, OsString),
        /// to this one;
        to: (Inode, OsString),
        /// it stands for this.
        inode: Inode,
    },
    /// Two names change places.
    Exchange((Inode, OsString), (Inode, OsString)),
    /// Bytes of a file.
    Write(Inode, u64, Arc<[u8]>),
    /// Length of a file.
    Length(Inode, u64),
    /// Mode of a file.
    Mode(Inode, u32),
    /// Time of a file.
    Mtime(Inode, i64),
    /// One inode is made durable.
    Sync(Inode),
    /// All are.
    SyncAll,
    /// Something about the deeds.
    Mark(Mark),
}

/// A disk, what it was, and all that happened to it.
#[derive(Debug)]
pub struct Disk {
    /// Every inode that ever was, as it was born.
    pub inodes: Vec<Born>,
    /// What happened, in order.
    pub history: Vec<Change>,
    /// Where in it the last replay began.
    pub latest: usize,
    directories: BTreeMap<Inode, BTreeMap<OsString, Inode>>,
    base: PathBuf,
}

impl Disk {
    /// A disk that durably holds this image; recorded paths begin with `base`.
    #[must_use]
    pub fn holding(image: &Image, base: &Path) -> Self {
        let mut disk = Disk {
            inodes: vec![Born::Directory(BTreeMap::new())],
            history: Vec::new(),
            latest: 0,
            directories: BTreeMap::from([(ROOT, BTreeMap::new())]),
            base: base.to_path_buf(),
        };
        let mut numbers: BTreeMap<u64, Inode> = BTreeMap::new();
        for (path, node) in &image.names {
            let inode = match node {
                Node::Directory(_) => disk.bear(Born::Directory(BTreeMap::new())),
                Node::Symlink(target) => disk.bear(Born::Symlink(target.clone())),
                Node::File(number) => match numbers.get(number) {
                    Some(inode) => *inode,
                    None => {
                        let file = &image.files[number];
                        let bytes = file.bytes.clone().into();
                        let inode = disk.bear(Born::File(bytes, file.mode, file.mtime));
                        numbers.insert(*number, inode);
                        inode
                    }
                },
            };
            let (directory, name) = disk.place(&base.join(path)).expect("parents come first");
            disk.names(directory).insert(name, inode);
        }
        for (inode, names) in &disk.directories {
            disk.inodes[*inode] = Born::Directory(names.clone());
        }
        disk
    }

    /// Lets happen what was recorded.
    ///
    /// # Panics
    /// The recording does not fit the image.
    pub fn replay(&mut self, events: &[Event], data: &[u8]) {
        self.latest = self.history.len();
        for event in events {
            match event {
                Event::Marked(mark) => self.history.push(Change::Mark(*mark)),
                Event::Did {
                    deed,
                    path,
                    second_path,
                } => self
                    .happen(*deed, path, second_path.as_deref(), data)
                    .unwrap_or_else(|| panic!("{deed:?} {} does not fit", path.display())),
            }
        }
    }

    fn happen(
        &mut self,
        deed: Done,
        path: &Path,
        second: Option<&Path>,
        data: &[u8],
    ) -> Option<()> {
        let change = match deed {
            Done::Create => {
                // Opened with "create": it may be there.
                if self.find(path).is_some() {
                    return Some(());
                }
                self.born_at(path, Born::File(Arc::default(), 0o600, 0))?
            }
            Done::CreateDir => self.born_at(path, Born::Directory(BTreeMap::new()))?,
            Done::Symlink => self.born_at(second?, Born::Symlink(path.to_path_buf()))?,
            Done::Link => {
                let inode = self.find(path)?;
                self.name_at(second?, inode)?
            }
            Done::RemoveFile | Done::RemoveDir => {
                let (directory, name) = self.place(path)?;
                self.names(directory).remove(&name);
                Change::Unname(directory, name)
            }
            Done::Rename => self.rename(path, second?)?,
            Done::Exchange => self.exchange(path, second?)?,
            Done::Write { offset, at, length } => {
                let bytes = data.get(at as usize..(at + length) as usize)?;
                Change::Write(self.find(path)?, offset, bytes.into())
            }
            Done::SetLength(length) => Change::Length(self.find(path)?, length),
            Done::SetMode(mode) => Change::Mode(self.find(path)?, mode),
            Done::SetMtime(mtime) => {
                Change::Mtime(self.find(path)?, mtime.unwrap_or(1_700_000_000))
            }
            Done::SyncFile | Done::SyncDir => Change::Sync(self.find(path)?),
            Done::SyncFilesystem => Change::SyncAll,
            Done::Clone => panic!("the recording was made where nothing can be cloned"),
        };
        self.history.push(change);
        Some(())
    }

    fn rename(&mut self, from: &Path, to: &Path) -> Option<Change> {
        let inode = self.find(from)?;
        let from = self.place(from)?;
        let to = self.place(to)?;
        self.names(from.0).remove(&from.1);
        self.names(to.0).insert(to.1.clone(), inode);
        Some(Change::Rename { from, to, inode })
    }

    fn exchange(&mut self, one: &Path, other: &Path) -> Option<Change> {
        let (first, second) = (self.find(one)?, self.find(other)?);
        let (one, other) = (self.place(one)?, self.place(other)?);
        self.names(one.0).insert(one.1.clone(), second);
        self.names(other.0).insert(other.1.clone(), first);
        Some(Change::Exchange(one, other))
    }

    fn born_at(&mut self, path: &Path, born: Born) -> Option<Change> {
        let inode = self.bear(born);
        self.name_at(path, inode)
    }

    fn name_at(&mut self, path: &Path, inode: Inode) -> Option<Change> {
        let (directory, name) = self.place(path)?;
        self.names(directory).insert(name.clone(), inode);
        Some(Change::Name(directory, name, inode))
    }

    fn bear(&mut self, born: Born) -> Inode {
        let inode = self.inodes.len();
        if let Born::Directory(_) = born {
            self.directories.insert(inode, BTreeMap::new());
        }
        self.inodes.push(born);
        inode
    }

    fn names(&mut self, directory: Inode) -> &mut BTreeMap<OsString, Inode> {
        self.directories.get_mut(&directory).expect("a directory")
    }

    /// The directory that holds a path, and the name there.
    fn place(&self, path: &Path) -> Option<(Inode, OsString)> {
        Some((self.find(path.parent()?)?, path.file_name()?.to_owned()))
    }

    fn find(&self, path: &Path) -> Option<Inode> {
        let mut at = ROOT;
        for component in path.strip_prefix(&self.base).ok()?.components() {
            if let Component::Normal(name) = component {
                at = *self.directories.get(&at)?.get(name)?;
            }
        }
        Some(at)
    }
}
