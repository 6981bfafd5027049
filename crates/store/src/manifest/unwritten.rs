//! A database file for who must change nothing: it is read as it is, and what is written stays in memory. What a crash left needs a
//! repair before redb reads it, and a repair writes some pages.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use linkstead_fs::random_access::RandomAccessFile;
use linkstead_fs::{FsError, Op};
use redb::StorageBackend;

/// Bytes that are kept together.
const BLOCK: usize = 4096;

/// A file and what would be written to it.
#[derive(Debug)]
pub(super) struct Unwritten {
    file: RandomAccessFile,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    len: u64,
    /// So much of the file still counts: what was cut off and grew again is zeros.
    of_file: u64,
    blocks: BTreeMap<u64, Box<[u8; BLOCK]>>,
}

impl Unwritten {
    pub(super) fn open(path: &Path) -> Result<Self, FsError> {
        let file = RandomAccessFile::open(path)?;
        let len = file
            .len()
            .map_err(|source| FsError::new(Op::Read, path, source))?;
        Ok(Unwritten {
            file,
            changes: Mutex::new(Changes {
                len,
                of_file: len,
                blocks: BTreeMap::new(),
            }),
        })
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The block as the file has it.
    fn block_of_file(&self, number: u64, of_file: u64) -> io::Result<Box<[u8; BLOCK]>> {
        let mut block = Box::new([0; BLOCK]);
        let start = number * BLOCK as u64;
        let there = of_file.saturating_sub(start).min(BLOCK as u64) as usize;
        self.file.read_exact_at(&mut block[..there], start)?;
        Ok(block)
    }
}

/// The parts of a range that lie in one block each: its number, where it begins there, and where in the range.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % BLOCK as u64) as usize;
        let end = len.min(done + BLOCK - within);
        let part = (done < len).then_some((at / BLOCK as u64, within, done..end));
        done = end;
        part
    })
}

impl StorageBackend for Unwritten {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes();
        if offset + out.len() as u64 > changes.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, within, range) in parts(offset, out.len()) {
            let size = range.len();
            match changes.blocks.get(&number) {
                Some(block) => out[range].copy_from_slice(&block[within..within + size]),
                None => {
                    let block = self.block_of_file(number, changes.of_file)?;
                    out[range].copy_from_slice(&block[within..within + size]);
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes();
        changes.of_file = changes.of_file.min(len);
        drop(changes.blocks.split_off(&len.div_ceil(BLOCK as u64)));
        let (last, cut) = (len / BLOCK as u64, (len % BLOCK as u64) as usize);
        if let Some(block) = changes.blocks.get_mut(&last) {
            block[cut..].fill(0);
        }
        changes.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes();
        let of_file = changes.of_file;
        for (number, within, range) in parts(offset, data.len()) {
            let block = match changes.blocks.entry(number) {
                Entry::Occupied(block) => block.into_mut(),
                Entry::Vacant(none) => none.insert(self.block_of_file(number, of_file)?),
            };
            block[within..within + range.len()].copy_from_slice(&data[range]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(content: &[u8]) -> (tempfile::TempDir, Unwritten) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("file");
        let file = RandomAccessFile::create_new(&path).expect("it is new");
        file.write_all_at(content, 0).expect("it is ours");
        (directory, Unwritten::open(&path).expect("it has a length"))
    }

    fn all(backend: &Unwritten) -> Vec<u8> {
        let mut all = vec![0; backend.len().expect("it is known") as usize];
        backend.read(0, &mut all).expect("it is there");
        all
    }

    // Seen to fail when a write goes to the file, when a block is not filled from the file before a part of it is written, and when
    // what was cut off comes back.
    #[test]
    fn it_reads_as_if_written_and_the_file_stays_as_it_was() {
        let content: Vec<u8> = (0..10_000_u32).map(|at| (at % 251) as u8 + 1).collect();
        let (directory, backend) = backend(&content);
        let mut wanted = content.clone();
        backend.write(4000, &[255; 200]).expect("in memory");
        wanted[4000..4200].fill(255);
        assert!(all(&backend) == wanted);
        for len in [9000, 4100, 12_000] {
            backend.set_len(len).expect("in memory");
            wanted.resize(len as usize, 0);
            assert!(all(&backend) == wanted, "{len}");
        }
        backend.write(9000, &[7; 3000]).expect("in memory");
        wanted[9000..].fill(7);
        assert!(all(&backend) == wanted);
        backend.sync_data().expect("nothing to do");
        let file = std::fs::read(directory.path().join("file")).expect("it is there");
        assert!(file == content);
    }
}
