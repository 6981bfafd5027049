//! What a block device holds: its bytes, sparse, in blocks that clones share until they are written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

/// Bytes of one block.
const BLOCK: usize = 4096;

/// A device of some length; what was never written is zero.
#[derive(Debug, Clone)]
pub struct BlockImage {
    length: u64,
    blocks: BTreeMap<u64, Arc<[u8; BLOCK]>>,
}

impl BlockImage {
    /// What an image file holds; its holes cost nothing.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut image = BlockImage {
            length: file.metadata()?.len(),
            blocks: BTreeMap::new(),
        };
        let mut at = 0;
        while let Some(start) = found(seek(&file, SeekFrom::Data(at)))? {
            let end = seek(&file, SeekFrom::Hole(start))?;
            let mut bytes = vec![0; (end - start) as usize];
            file.read_exact_at(&mut bytes, start)?;
            image.apply(start, &bytes);
            at = end;
        }
        Ok(image)
    }

    /// Makes an image file of it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        file.set_len(self.length)?;
        for (number, block) in &self.blocks {
            file.write_all_at(&block[..], number * BLOCK as u64)?;
        }
        Ok(())
    }

    /// Bytes are written at this offset.
    pub fn apply(&mut self, offset: u64, mut bytes: &[u8]) {
        let mut at = offset;
        while !bytes.is_empty() {
            let within = (at % BLOCK as u64) as usize;
            let length = bytes.len().min(BLOCK - within);
            let block = self.blocks.entry(at / BLOCK as u64);
            let block = block.or_insert_with(|| Arc::new([0; BLOCK]));
            Arc::make_mut(block)[within..within + length].copy_from_slice(&bytes[..length]);
            bytes = &bytes[length..];
            at += length as u64;
        }
    }

    /// A digest that differs whenever the bytes do.
    #[must_use]
    pub fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let written = self.blocks.iter();
        for (number, block) in written.filter(|(_, block)| block.iter().any(|byte| *byte != 0)) {
            hasher.update(&number.to_le_bytes());
            hasher.update(&block[..]);
        }
        hasher.finalize()
    }
}

/// Where data begin, unless there are no more.
fn found(sought: Result<u64, Errno>) -> io::Result<Option<u64>> {
    match sought {
        Ok(at) => Ok(Some(at)),
        Err(Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
