//! Reading the files of a directory, each by its name alone; what is known of a file is asked of the descriptor that it is read by.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::DirHandle;
use crate::error::{FsError, Op, Result};
use crate::stat::FileStat;

/// Bytes read at once.
const CHUNK: u64 = 256 << 10;

/// What a name stood for when it was to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A regular file, as it was before it was read; the sink has all of it.
    File(FileStat),
    /// Something else, which was not read: a symbolic link, which is not followed, a directory, a pipe.
    NoFile,
    /// Nothing.
    Absent,
}

impl DirHandle {
    /// Gives the content of a file to the sink, part by part. The buffer may be used again for the next one.
    pub fn read(
        &self,
        name: &OsStr,
        buffer: &mut Vec<u8>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<Reading> {
        let failed = |error: io::Error| FsError::new(Op::Read, self.path.join(name), error);
        let (at, name) = self.at(Path::new(name));
        // Whoever put a pipe there does not make us wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(at, &*name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(Reading::Absent),
            Err(Errno::LOOP | Errno::NXIO) => return Ok(Reading::NoFile),
            Err(error) => return Err(failed(error.into())),
        };
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            return Ok(Reading::NoFile);
        }
        read_all(file, found.len(), buffer, sink).map_err(failed)?;
        Ok(Reading::File(FileStat::from(&found)))
    }
}

/// Reads to the end. One byte more than there should be is asked for, so that most files end with the first answer.
fn read_all(
    mut file: File,
    size: u64,
    buffer: &mut Vec<u8>,
    sink: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let wanted = (size + 1).min(CHUNK) as usize;
    if buffer.len() < wanted {
        buffer.resize(wanted, 0);
    }
    let mut length = 0;
    loop {
        match file.read(&mut buffer[..wanted]) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                sink(&buffer[..count]);
                length += count as u64;
                if count < wanted && length == size {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "the test writes what is to be read"
)]
mod tests {
    use super::*;

    // Seen to fail when a link is followed, when a pipe is waited for, when a file of more than one part is read by its first, and
    // when the rest of a larger buffer is given away with a smaller file.
    #[test]
    fn files_are_read_whole_and_nothing_else_is() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let at = |name: &str| directory.path().join(name);
        let large: Vec<u8> = (0..2 * CHUNK + 7).map(|at| at as u8).collect();
        let exact = vec![7; CHUNK as usize];
        for (name, content) in [("large", &large), ("exact", &exact), ("small", &vec![1; 3])] {
            std::fs::write(at(name), content).expect("ours");
        }
        std::fs::write(at("empty"), b"").expect("ours");
        std::fs::create_dir(at("directory")).expect("ours");
        std::os::unix::fs::symlink("small", at("link")).expect("ours");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe"),
            rustix::fs::FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .expect("ours");
        let directory = DirHandle::open(directory.path()).expect("it can be looked at");
        let directory = directory.expect("it is there");
        let mut buffer = Vec::new();
        let mut read = |name: &str| {
            let mut content = Vec::new();
            let mut sink = |part: &[u8]| content.extend_from_slice(part);
            let reading = directory.read(OsStr::new(name), &mut buffer, &mut sink);
            (reading.expect("it can be looked at"), content)
        };
        for (name, content) in [("large", &large[..]), ("exact", &exact), ("small", &[1; 3])] {
            let (reading, found) = read(name);
            assert!(found == content, "{name}");
            let Reading::File(stat) = reading else {
                panic!("{name}: {reading:?}");
            };
            assert_eq!(stat.size, content.len() as u64);
        }
        assert!(matches!(read("empty"), (Reading::File(_), content) if content.is_empty()));
        for other in ["directory", "link", "pipe"] {
            assert_eq!(read(other), (Reading::NoFile, Vec::new()), "{other}");
        }
        assert_eq!(read("nothing"), (Reading::Absent, Vec::new()));
    }
}
