//! redb's storage on our own file operations, so that fault and crash tests see its writes and syncs.

use std::io;

use linkstead_fs::random_access::RandomAccessFile;
use redb::StorageBackend;

/// One database file.
#[derive(Debug)]
pub(super) struct FsBackend {
    file: RandomAccessFile,
}

impl FsBackend {
    pub(super) fn new(file: RandomAccessFile) -> Self {
        FsBackend { file }
    }
}

impl StorageBackend for FsBackend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_all_at(data, offset)
    }
}
