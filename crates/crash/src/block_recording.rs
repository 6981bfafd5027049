//! Everything that was written to a block device, in order, with its bytes, and what a flush made durable.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::block_image::BlockImage;
use crate::recording::Mark;

/// One thing that happened to the device.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum BlockEvent {
    /// Bytes were written, which lie in the data file.
    Wrote {
        /// Where on the device.
        offset: u64,
        /// Where in the data file.
        at: u64,
        /// How many.
        length: u64,
    },
    /// A flush succeeded.
    Flushed {
        /// How many of the events before it had ended when it was asked for: these are durable now.
        covers: usize,
    },
    /// Something about the deeds.
    Marked(Mark),
}

/// Writes a recording down while it happens.
pub struct BlockRecorder {
    events: BufWriter<File>,
    data: BufWriter<File>,
    at: u64,
    count: usize,
}

impl BlockRecorder {
    /// Records into `path` and its `.data`.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn new(path: &Path) -> io::Result<Self> {
        Ok(BlockRecorder {
            events: BufWriter::new(File::create(path)?),
            data: BufWriter::new(File::create(path.with_extension("data"))?),
            at: 0,
            count: 0,
        })
    }

    /// How many events there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Bytes were written.
    ///
    /// # Errors
    /// It cannot be recorded.
    pub fn wrote(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let (at, length) = (self.at, bytes.len() as u64);
        self.data.write_all(bytes)?;
        self.at += length;
        self.event(BlockEvent::Wrote { offset, at, length })
    }

    /// Something else happened.
    ///
    /// # Errors
    /// It cannot be recorded.
    pub fn event(&mut self, event: BlockEvent) -> io::Result<()> {
        serde_json::to_writer(&mut self.events, &event)?;
        self.events.write_all(b"\n")?;
        self.count += 1;
        Ok(())
    }

    /// Lets others read what was recorded so far.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        self.events.flush()?;
        self.data.flush()
    }
}

/// What happened to a device that had held something.
#[derive(Debug)]
pub struct BlockRecording {
    /// What it held before.
    pub base: BlockImage,
    /// What happened.
    pub events: Vec<BlockEvent>,
    data: Vec<u8>,
}

impl BlockRecording {
    /// Reads the first events recorded at `path`, of a device that had held this; more may just be written.
    ///
    /// # Errors
    /// They are not there, or it is no recording.
    pub fn read(path: &Path, base: BlockImage, events: usize) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let events = text.lines().take(events).map(serde_json::from_str);
        Ok(BlockRecording {
            base,
            events: events.collect::<Result<_, _>>()?,
            data: std::fs::read(path.with_extension("data"))?,
        })
    }

    /// The offset and the bytes of a write; `None` if the event is another.
    #[must_use]
    pub fn written(&self, event: &BlockEvent) -> Option<(u64, &[u8])> {
        match event {
            BlockEvent::Wrote { offset, at, length } => {
                let (at, length) = (*at as usize, *length as usize);
                Some((*offset, &self.data[at..at + length]))
            }
            _ => None,
        }
    }

    /// How many events are durable for sure when the power goes after so many.
    #[must_use]
    pub fn durable(&self, moment: usize) -> usize {
        let past = self.events[..moment].iter();
        let covered = past.filter_map(|event| match event {
            BlockEvent::Flushed { covers } => Some(*covers),
            _ => None,
        });
        covered.max().unwrap_or(0)
    }

    /// Where the first deed begins.
    ///
    /// # Panics
    /// None was marked.
    #[must_use]
    pub fn beginning(&self) -> usize {
        let is_mark = |event: &BlockEvent| matches!(event, BlockEvent::Marked(_));
        let first = self.events.iter().position(is_mark);
        first.expect("deeds are marked")
    }

    /// What is known about the deeds after so many events.
    #[must_use]
    pub fn marks(&self, moment: usize) -> Vec<Mark> {
        let past = self.events[..moment].iter();
        past.filter_map(|event| match event {
            BlockEvent::Marked(mark) => Some(*mark),
            _ => None,
        })
        .collect()
    }
}
