//! The second reading: what the `zip` crate makes of an archive that our own walk found nothing wrong with.
//!
//! It is a common parser with its own habits. Where the two understand an archive differently, other programs may too, and it
//! is refused. It runs last, on proven archives only, so that its searching and guessing never starts.

use std::io::{self, Read, Seek, SeekFrom};

use linkstead_fs::read_at::ReadAt;
use zip::CompressionMethod;
use zip::read::{ArchiveOffset, Config, ZipArchive, ZipFileEntry};
use zip::result::ZipError;

use super::directory::{CentralEntry, Directory, flag};
use super::rule::Rule;
use super::verdict::Findings;
use super::window::{CHUNK, Window};

/// Compares both readings of the first `end` bytes.
pub(crate) fn compare(
    archive: &dyn ReadAt,
    end: u64,
    directory: &Directory,
    findings: &mut Findings<'_>,
) -> io::Result<()> {
    match differences(archive, end, directory, findings) {
        Ok(()) => Ok(()),
        // Our own failed reads stay failures; what the parser calls an early end is its verdict.
        Err(ZipError::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        Err(error) => {
            findings.archive(Rule::ParsersDisagree, format_args!("{error}"));
            Ok(())
        }
    }
}

fn differences(
    archive: &dyn ReadAt,
    end: u64,
    directory: &Directory,
    findings: &mut Findings<'_>,
) -> Result<(), ZipError> {
    let config = Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    let second = ZipArchive::with_config(config, Cursor::new(archive, end))?;
    // The parser keeps one entry of each name. Only a directory may be listed twice.
    let repeated = second.len() < directory.entries.len();
    for (index, ours) in directory.entries.iter().enumerate() {
        let name = directory.name(ours);
        let index = if repeated {
            second.index_for_name_raw(name).unwrap_or(index)
        } else {
            index
        };
        let same = match second.by_index_data(index) {
            Ok(theirs) if repeated && name.ends_with(b"/") => theirs.name_raw() == name,
            Ok(theirs) => theirs.name_raw() == name && is_same(&theirs, ours),
            Err(ZipError::FileNotFound) => false,
            Err(error) => return Err(error),
        };
        if !same {
            findings.entry(
                Rule::ParsersDisagree,
                name,
                format_args!("by the zip crate"),
            );
        }
    }
    if second.len() > directory.entries.len() {
        findings.archive(
            Rule::ParsersDisagree,
            format_args!("{} entries, not {}", second.len(), directory.entries.len()),
        );
    }
    Ok(())
}

fn is_same(theirs: &ZipFileEntry<'_>, ours: &CentralEntry) -> bool {
    let method = match ours.method {
        0 => CompressionMethod::STORE,
        _ => CompressionMethod::DEFLATE,
    };
    theirs.header_start() == ours.offset
        && theirs.size() == ours.size
        && theirs.compressed_size() == ours.compressed
        && theirs.crc32() == ours.crc32
        && theirs.compression() == method
        // A second name that repeats the first sets the flag for UTF-8.
        && theirs.flags().as_u16() | flag::UTF8 == ours.flags | flag::UTF8
        && theirs.external_attributes() == ours.attributes
}

/// Positioned reads as the parser wants them.
struct Cursor<'a> {
    window: Window<'a>,
    at: u64,
    end: u64,
}

impl<'a> Cursor<'a> {
    fn new(archive: &'a dyn ReadAt, end: u64) -> Self {
        Cursor {
            window: Window::new(archive, end),
            at: 0,
            end,
        }
    }
}

impl Read for Cursor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let reach = self.at.saturating_add(CHUNK / 4);
        let bytes = self.window.get(self.at, buffer.len(), || reach)?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Seek for Cursor<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::archive::policy::Policy;
    use crate::archive::{directory, end};

    fn packed(content: &str) -> Vec<u8> {
        let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::STORE);
        zip.start_file("a", options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
        zip.finish().unwrap().into_inner()
    }

    /// What is found when our reading is of one archive and the second of another.
    fn found(ours: &Vec<u8>, theirs: &Vec<u8>) -> Vec<Rule> {
        let policy = Policy::default();
        let mut findings = Findings::new(&policy);
        let ending = end::find(ours, &mut findings).unwrap().unwrap();
        let directory = directory::read(ours, &ending, &policy.caps, &mut findings);
        let directory = directory.unwrap().unwrap();
        compare(theirs, theirs.len() as u64, &directory, &mut findings).unwrap();
        findings
            .verdict()
            .map_or(Vec::new(), |verdict| verdict.rules())
    }

    #[test]
    fn the_same_reading_is_no_finding() {
        assert_eq!(found(&packed("one"), &packed("one")), []);
    }

    #[test]
    fn another_reading_is_refused() {
        assert_eq!(
            found(&packed("one"), &packed("two")),
            [Rule::ParsersDisagree]
        );
        assert_eq!(
            found(&packed("one"), &packed("three")),
            [Rule::ParsersDisagree]
        );
        assert_eq!(
            found(&packed("one"), &b"no zip".to_vec()),
            [Rule::ParsersDisagree]
        );
    }
}
