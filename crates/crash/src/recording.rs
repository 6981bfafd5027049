//! Everything that a driver changed, in the order in which it happened, with its bytes.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex};

use linkstead_fs::Op;
use linkstead_fs::boundary::{Call, Outcome, Payload};
use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    /// A call was made and succeeded.
    Did {
        /// What.
        deed: Done,
        /// Where; of a symbolic link, its target.
        path: PathBuf,
        /// Where a link, a clone, a rename or a symbolic link goes.
        second_path: Option<PathBuf>,
    },
    /// Something about the deeds.
    Marked(Mark),
}

/// A call that was made.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Done {
    /// A new file.
    Create,
    /// Bytes, which lie in the data file.
    Write {
        /// Where in the file.
        offset: u64,
        /// Where in the data file.
        at: u64,
        /// How many.
        length: u64,
    },
    /// A file's length.
    SetLength(u64),
    /// Permission bits.
    SetMode(u32),
    /// A time of modification in seconds; `None` means now.
    SetMtime(Option<i64>),
    /// A hard link.
    Link,
    /// A clone of content.
    Clone,
    /// A symbolic link.
    Symlink,
    /// A rename.
    Rename,
    /// An exchange of two names.
    Exchange,
    /// A directory.
    CreateDir,
    /// A name of a file gone.
    RemoveFile,
    /// A directory gone.
    RemoveDir,
    /// A file made durable.
    SyncFile,
    /// A directory made durable.
    SyncDir,
    /// All made durable.
    SyncFilesystem,
}

/// Something about the deeds of an order, by their places in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// It begins.
    Begins(usize),
    /// It has returned without an error.
    Acknowledged(usize),
}

/// Records calls one at a time, so that their order is the true one.
pub struct Recorder {
    busy: Mutex<bool>,
    free: Condvar,
    written: Mutex<Written>,
}

struct Written {
    events: BufWriter<File>,
    data: BufWriter<File>,
    at: u64,
}

impl Recorder {
    /// Records into `path` and its `.data`.
    ///
    /// # Panics
    /// They cannot be made.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let create = |path: &Path| BufWriter::new(File::create(path).expect("a scratch file"));
        Recorder {
            busy: Mutex::new(false),
            free: Condvar::new(),
            written: Mutex::new(Written {
                events: create(path),
                data: create(&path.with_extension("data")),
                at: 0,
            }),
        }
    }

    /// A call begins: no other may until it has ended.
    ///
    /// # Panics
    /// Another thread panicked here.
    pub fn enter(&self) {
        let busy = self.busy.lock().expect("no panic");
        *self.free.wait_while(busy, |busy| *busy).expect("no panic") = true;
    }

    /// It has ended.
    ///
    /// # Panics
    /// The recording cannot be written.
    pub fn leave(&self, call: &Call<'_>, outcome: &Outcome) {
        self.last(call, outcome);
        *self.busy.lock().expect("no panic") = false;
        self.free.notify_one();
    }

    /// It has ended, and no other will ever begin.
    ///
    /// # Panics
    /// The recording cannot be written.
    pub fn last(&self, call: &Call<'_>, outcome: &Outcome) {
        if *outcome == Outcome::Done {
            self.written.lock().expect("no panic").call(call);
        }
    }

    /// Something about the deeds.
    ///
    /// # Panics
    /// The recording cannot be written.
    pub fn mark(&self, mark: Mark) {
        let mut written = self.written.lock().expect("no panic");
        written.event(&Event::Marked(mark));
    }

    /// Writes down what is buffered.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn finish(&self) {
        let mut written = self.written.lock().expect("no panic");
        written.events.flush().expect("a scratch file");
        written.data.flush().expect("a scratch file");
    }
}

impl Written {
    fn call(&mut self, call: &Call<'_>) {
        let Some(deed) = self.deed(call) else { return };
        self.event(&Event::Did {
            deed,
            path: call.path.to_path_buf(),
            second_path: call.second_path.map(Path::to_path_buf),
        });
    }

    fn deed(&mut self, call: &Call<'_>) -> Option<Done> {
        Some(match (call.op, call.payload) {
            (Op::Create, _) => Done::Create,
            (Op::Write, Payload::Bytes { offset, data }) => self.bytes(offset, data),
            (Op::SetLength, Payload::Length(length)) => Done::SetLength(length),
            (Op::SetMode, Payload::Mode(mode)) => Done::SetMode(mode),
            (Op::SetMtime, Payload::Mtime(mtime)) => Done::SetMtime(mtime.map(|m| m.seconds)),
            (Op::Link, _) => Done::Link,
            (Op::Clone, _) => Done::Clone,
            (Op::Symlink, _) => Done::Symlink,
            (Op::Rename, _) => Done::Rename,
            (Op::Exchange, _) => Done::Exchange,
            (Op::CreateDir, _) => Done::CreateDir,
            (Op::RemoveFile, _) => Done::RemoveFile,
            (Op::RemoveDir, _) => Done::RemoveDir,
            (Op::SyncFile, _) => Done::SyncFile,
            (Op::SyncDir, _) => Done::SyncDir,
            (Op::SyncFilesystem, _) => Done::SyncFilesystem,
            _ => return None,
        })
    }

    fn bytes(&mut self, offset: u64, data: &[u8]) -> Done {
        let at = self.at;
        self.data.write_all(data).expect("a scratch file");
        self.at += data.len() as u64;
        Done::Write {
            offset,
            at,
            length: data.len() as u64,
        }
    }

    fn event(&mut self, event: &Event) {
        serde_json::to_writer(&mut self.events, event).expect("a scratch file");
        self.events.write_all(b"\n").expect("a scratch file");
    }
}

/// Reads a recording: its events and its data.
///
/// # Panics
/// It is not there, or is none.
#[must_use]
pub fn read(path: &Path) -> (Vec<Event>, Vec<u8>) {
    let text = std::fs::read_to_string(path).expect("a recording");
    let events = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    let data = std::fs::read(path.with_extension("data")).expect("its data");
    (events, data)
}
