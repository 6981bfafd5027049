//! A directory that a test holds, as a server's lease does.

use std::fs::File;
use std::path::Path;

/// Held until it is dropped.
#[must_use]
pub(crate) struct Held(File);

impl Held {
    /// A shared lock, which must be free.
    pub(crate) fn shared(directory: impl AsRef<Path>) -> Self {
        let file = File::open(directory).expect("it is there");
        file.lock_shared().expect("nobody has it");
        Held(file)
    }
}

impl std::ops::Deref for Held {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for Held {
    /// Not by closing it alone: a child that another test is just starting may have the descriptor still.
    fn drop(&mut self) {
        self.0.unlock().expect("it is ours");
    }
}
