//! A window on the archive that moves forward: many small reads become few large ones, in bounded memory.

use std::io;

use linkstead_fs::read_at::ReadAt;

/// Bytes that are read at once where much is needed.
pub(crate) const CHUNK: u64 = 1 << 20;

/// The bytes of an archive near one position.
pub(crate) struct Window<'a> {
    archive: &'a dyn ReadAt,
    end: u64,
    buffer: Vec<u8>,
    start: u64,
    filled: usize,
}

impl<'a> Window<'a> {
    /// A window on the first `end` bytes.
    pub(crate) fn new(archive: &'a dyn ReadAt, end: u64) -> Self {
        Window {
            archive,
            end: end.min(archive.size()),
            buffer: Vec::new(),
            start: 0,
            filled: 0,
        }
    }

    /// Up to `length` bytes from `at` on: fewer only where the bytes end. A read that is needed goes on to `reach`, or as
    /// far as `length` needs, if that is further.
    pub(crate) fn get(
        &mut self,
        at: u64,
        length: usize,
        reach: impl FnOnce() -> u64,
    ) -> io::Result<&[u8]> {
        let at = at.min(self.end);
        let stop = at.saturating_add(length as u64).min(self.end);
        if at < self.start || stop > self.start + self.filled as u64 {
            let reach = reach()
                .clamp(stop, self.end.max(stop))
                .min(at + CHUNK.max(length as u64));
            self.load(at, (reach - at) as usize)?;
        }
        let from = (at - self.start) as usize;
        Ok(&self.buffer[from..from + (stop - at) as usize])
    }

    fn load(&mut self, at: u64, count: usize) -> io::Result<()> {
        // A failed read leaves an empty window, not a wrong one.
        self.filled = 0;
        if self.buffer.len() < count {
            self.buffer.resize(count, 0);
        }
        self.archive.read_exact_at(&mut self.buffer[..count], at)?;
        self.start = at;
        self.filled = count;
        Ok(())
    }
}
