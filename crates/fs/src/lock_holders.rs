//! Who holds a lock, as far as the system tells: for messages, never for decisions.
//!
//! Linux lists `flock`s in `/proc/locks` by the process that took them, which may be gone; the processes that only inherited
//! the descriptor show the lock in `/proc/<pid>/fdinfo`. Other systems tell nothing.

use std::path::Path;

/// A process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// The name of its program, if it could be read.
    pub command: Option<String>,
}

/// The living processes that hold a lock on the file or directory `path`, this one included, sorted by process id. Best
/// effort: empty where the system does not tell.
#[must_use]
pub fn holders(path: &Path) -> Vec<Holder> {
    procfs::holders(path)
}

/// Those who hold a lock, and those who wait for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    /// Who holds it.
    pub holders: Vec<Holder>,
    /// Who waits.
    pub waiting: Vec<Holder>,
}

/// Who holds the lock on the file or directory `path`, and who waits for it; sorted by process id. Best effort, as [`holders`];
/// cheap where nobody holds it.
#[must_use]
pub fn queue(path: &Path) -> Queue {
    procfs::queue(path)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod procfs {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Holder, Queue};
    use crate::stat::{FileStat, stat};

    pub(super) fn holders(path: &Path) -> Vec<Holder> {
        let Ok(Some(locked)) = stat(path) else {
            return Vec::new();
        };
        let mut pids = takers(&locked);
        pids.extend(processes().filter(|pid| has_locked_descriptor(*pid, &locked)));
        pids.into_iter().filter_map(living).collect()
    }

    pub(super) fn queue(path: &Path) -> Queue {
        let Ok(Some(locked)) = stat(path) else {
            return Queue::default();
        };
        if takers(&locked).is_empty() {
            return Queue::default();
        }
        let waiting = listed(|line| waiter(line, &locked));
        Queue {
            holders: holders(path),
            waiting: waiting.into_iter().filter_map(living).collect(),
        }
    }

    fn living(pid: u32) -> Option<Holder> {
        let directory = PathBuf::from(format!("/proc/{pid}"));
        directory.exists().then(|| Holder {
            pid,
            command: fs::read_to_string(directory.join("comm"))
                .ok()
                .map(|name| name.trim_end().to_owned()),
        })
    }

    /// The processes that took the lock.
    fn takers(locked: &FileStat) -> BTreeSet<u32> {
        listed(|line| taker(line, locked))
    }

    fn listed(process: impl Fn(&str) -> Option<u32>) -> BTreeSet<u32> {
        let table = fs::read_to_string("/proc/locks").unwrap_or_default();
        table.lines().filter_map(process).collect()
    }

    /// `1: FLOCK  ADVISORY  WRITE 1234 fd:01:131 0 EOF`
    fn taker(line: &str, locked: &FileStat) -> Option<u32> {
        process(line.split_whitespace().skip(1), locked)
    }

    /// The same, with `->` after the number.
    fn waiter(line: &str, locked: &FileStat) -> Option<u32> {
        let mut fields = line.split_whitespace().skip(1);
        (fields.next()? == "->").then(|| process(fields, locked))?
    }

    fn process<'a>(mut fields: impl Iterator<Item = &'a str>, locked: &FileStat) -> Option<u32> {
        if fields.next()? != "FLOCK" {
            return None;
        }
        let pid = fields.nth(2)?.parse().ok()?;
        (fields.next()? == file_id(locked)).then_some(pid)
    }

    fn file_id(found: &FileStat) -> String {
        let (major, minor) = (
            rustix::fs::major(found.device),
            rustix::fs::minor(found.device),
        );
        format!("{major:02x}:{minor:02x}:{}", found.inode)
    }

    fn processes() -> impl Iterator<Item = u32> {
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    }

    /// Having the file open is not enough: those who wait for the lock have that too.
    fn has_locked_descriptor(pid: u32, locked: &FileStat) -> bool {
        let directory = PathBuf::from(format!("/proc/{pid}"));
        let Ok(descriptors) = fs::read_dir(directory.join("fd")) else {
            return false;
        };
        descriptors.flatten().any(|entry| {
            let is_ours = fs::metadata(entry.path())
                .is_ok_and(|found| FileStat::from(&found).is_same_file(locked));
            is_ours && shows_lock(&directory.join("fdinfo").join(entry.file_name()))
        })
    }

    fn shows_lock(fdinfo: &Path) -> bool {
        fs::read_to_string(fdinfo).is_ok_and(|text| {
            text.lines()
                .any(|line| line.starts_with("lock:") && line.contains("FLOCK"))
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_line_of_the_lock_table_is_understood() {
            let found = FileStat {
                device: rustix::fs::makedev(0xfd, 1),
                inode: 131,
                ..stat(Path::new("/")).unwrap().unwrap()
            };
            let line = "1: FLOCK  ADVISORY  WRITE 1234 fd:01:131 0 EOF";
            assert_eq!(taker(line, &found), Some(1234));
            let waiting = "1: -> FLOCK  ADVISORY  WRITE 1234 fd:01:131 0 EOF";
            assert_eq!(taker(waiting, &found), None);
            assert_eq!(waiter(waiting, &found), Some(1234));
            assert_eq!(waiter(line, &found), None);
            let other = "1: FLOCK  ADVISORY  WRITE 1234 fd:01:132 0 EOF";
            assert_eq!(taker(other, &found), None);
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod procfs {
    pub(super) fn holders(_path: &std::path::Path) -> Vec<super::Holder> {
        Vec::new()
    }

    pub(super) fn queue(_path: &std::path::Path) -> super::Queue {
        super::Queue::default()
    }
}
