//! A fresh object while it is written. What is large begins to reach the disk meanwhile, while other threads inflate, so that
//! the sync of step 6 finds less to do. Small files are left to that sync: one by one they would cost more than they save.

use std::path::Path;

use linkstead_format::ObjectKey;
use linkstead_fs::file::NewFile;

use crate::objects;

/// Bytes that are worth a call of their own.
const LARGE: u64 = 1 << 20;

/// An object that has no name yet, and no seal before it is finished.
pub(super) struct ObjectFile {
    file: NewFile,
    /// Bytes that the disk was told to begin with.
    begun: u64,
}

impl ObjectFile {
    pub(super) fn create(path: &Path) -> linkstead_fs::Result<Self> {
        let file = NewFile::create(path)?;
        Ok(ObjectFile { file, begun: 0 })
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> linkstead_fs::Result<()> {
        self.file.write_all(bytes)?;
        if self.file.length() - self.begun >= LARGE {
            self.file.begin_write_back();
            self.begun = self.file.length();
        }
        Ok(())
    }

    /// Seals it. Its bytes are not durable yet.
    pub(super) fn finish(self, key: &ObjectKey) -> linkstead_fs::Result<()> {
        self.file.finish(&objects::sealed(key)).map(drop)
    }
}
