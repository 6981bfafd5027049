//! A disk that is one file of a FUSE filesystem, for a loop device: every write and every flush of it is recorded, and it can fall ill.
//!
//! The loop device turns a flush of the filesystem above into an `fsync` of the file, and has no cache of its own to hide
//! writes in: the file is opened for direct I/O, so a write has ended when we answered it. (The loop device itself hands over
//! one request of the root control group at a time; from others requests may come side by side, hence several threads.)
//!
//! Whoever serves this disk must not touch what is mounted on it: it would wait for itself.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    KernelConfig, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyOpen,
    ReplyWrite, Request, WriteFlags,
};
use serde::{Deserialize, Serialize};

use crate::block_recording::{BlockEvent, BlockRecorder};
use crate::recording::Mark;

/// The name of the file.
pub const NAME: &str = "disk";

/// Threads that answer.
pub const THREADS: usize = 4;

const FILE: INodeNo = INodeNo(2);

/// Nothing about the file changes but its bytes.
const FOR_EVER: Duration = Duration::from_secs(1 << 20);

/// The largest write that is taken in one piece.
const LARGEST_WRITE: u32 = 1 << 20;

/// How a disk is ill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Illness {
    /// What fails, with `EIO`.
    pub of: Sick,
    /// How many such requests still succeed.
    pub after: u64,
    /// How long.
    pub lasts: Lasts,
}

/// Requests that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sick {
    /// Reads.
    Reads,
    /// Writes and flushes.
    Writes,
    /// All.
    Both,
}

/// How long an illness lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lasts {
    /// One request.
    Once,
    /// Until the disk is healed.
    ForEver,
}

/// What is known about a disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Events recorded.
    pub events: usize,
    /// Flushes that succeeded.
    pub flushes: u64,
    /// Requests that failed.
    pub failed: u64,
}

/// A disk that can be served, and be spoken to meanwhile.
#[derive(Clone)]
pub struct BlockDisk {
    state: Arc<Mutex<State>>,
    /// Events that have ended: a flush that is asked for now covers these.
    ended: Arc<AtomicUsize>,
    length: u64,
}

struct State {
    content: File,
    recorder: BlockRecorder,
    illness: Option<Illness>,
    condition: Condition,
}

impl BlockDisk {
    /// A disk that holds what a file does; its bytes change with the disk's.
    ///
    /// # Errors
    /// The file cannot be used, or nothing can be recorded.
    pub fn new(content: &Path, recording: &Path) -> io::Result<Self> {
        let content = File::options().read(true).write(true).open(content)?;
        Ok(BlockDisk {
            length: content.metadata()?.len(),
            state: Arc::new(Mutex::new(State {
                content,
                recorder: BlockRecorder::new(recording)?,
                illness: None,
                condition: Condition::default(),
            })),
            ended: Arc::default(),
        })
    }

    /// A deed begins, or was acknowledged.
    ///
    /// # Errors
    /// It cannot be recorded.
    pub fn mark(&self, mark: Mark) -> io::Result<()> {
        let mut state = self.state();
        state.recorder.event(BlockEvent::Marked(mark))?;
        self.ended.store(state.recorder.count(), Ordering::SeqCst);
        Ok(())
    }

    /// Falls ill, or is healthy again.
    pub fn suffer(&self, illness: Option<Illness>) {
        self.state().illness = illness;
    }

    /// What is known; the recording can be read up to here.
    ///
    /// # Errors
    /// The recording cannot be written.
    pub fn condition(&self) -> io::Result<Condition> {
        let mut state = self.state();
        state.recorder.finish()?;
        Ok(Condition {
            events: state.recorder.count(),
            ..state.condition
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    fn attributes(&self, inode: INodeNo) -> FileAttr {
        let (size, kind, perm) = match inode {
            FILE => (self.length, FileType::RegularFile, 0o600),
            _ => (0, FileType::Directory, 0o700),
        };
        FileAttr {
            ino: inode,
            size,
            blocks: size / 512,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind,
            perm,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        }
    }
}

impl State {
    /// Whether the request fails.
    fn is_struck(&mut self, of: Sick) -> bool {
        let Some(illness) = &mut self.illness else {
            return false;
        };
        if illness.of != of && illness.of != Sick::Both {
            return false;
        }
        if illness.after > 0 {
            illness.after -= 1;
            return false;
        }
        if illness.lasts == Lasts::Once {
            self.illness = None;
        }
        self.condition.failed += 1;
        true
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.is_struck(Sick::Writes) {
            return Err(io::Error::from_raw_os_error(Errno::EIO.code()));
        }
        self.content.write_all_at(bytes, offset)?;
        self.recorder.wrote(offset, bytes)
    }

    fn flush(&mut self, covers: usize) -> io::Result<()> {
        if self.is_struck(Sick::Writes) {
            return Err(io::Error::from_raw_os_error(Errno::EIO.code()));
        }
        self.condition.flushes += 1;
        self.recorder.event(BlockEvent::Flushed { covers })
    }

    fn read(&mut self, offset: u64, size: usize) -> io::Result<Vec<u8>> {
        if self.is_struck(Sick::Reads) {
            return Err(io::Error::from_raw_os_error(Errno::EIO.code()));
        }
        let mut bytes = vec![0; size];
        let read = self.content.read_at(&mut bytes, offset)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

impl Filesystem for BlockDisk {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        // What was asked for is what is possible, or the default stays, which is possible too.
        let _ = config.set_max_write(LARGEST_WRITE);
        Ok(())
    }

    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match name == NAME {
            true => reply.entry(&FOR_EVER, &self.attributes(FILE), Generation(0)),
            false => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&FOR_EVER, &self.attributes(inode));
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.state().read(offset, size as usize) {
            Ok(bytes) => reply.data(&bytes),
            Err(error) => reply.error(error.into()),
        }
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut state = self.state();
        match state.write(offset, data) {
            Ok(()) => {
                // Before the answer: whoever flushes after it must be covered.
                self.ended.store(state.recorder.count(), Ordering::SeqCst);
                reply.written(data.len() as u32);
            }
            Err(error) => reply.error(error.into()),
        }
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        // Before the lock: a write that is under way now is not covered.
        let covers = self.ended.load(Ordering::SeqCst);
        match self.state().flush(covers) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error.into()),
        }
    }
}
