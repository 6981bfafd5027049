//! The central directory: read once, from its beginning to where it must end, every byte of it accounted for.
//!
//! Memory is bounded by the entries that the caps allow, whatever their comments and extra fields hold.

use std::io;

use linkstead_format::Caps;
use linkstead_fs::read_at::ReadAt;

use super::end::{Ending, Width};
use super::extra::{self, Narrow};
use super::record::{CENTRAL_HEADER, CentralHeader, END_RECORD, SENTINEL, SENTINEL_16};
use super::rule::Rule;
use super::verdict::Findings;
use super::window::{CHUNK, Window};

/// Bytes of a name that are kept: longer names are refused anyway.
const NAME_KEPT: usize = 1100;

/// One entry as the central directory describes it.
#[derive(Debug)]
pub(crate) struct CentralEntry {
    /// Position of its local header.
    pub(crate) offset: u64,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    pub(crate) crc32: u32,
    pub(crate) attributes: u32,
    name_at: usize,
    pub(crate) name_length: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) host: u8,
}

/// The central directory.
pub(crate) struct Directory {
    /// Where it begins.
    pub(crate) start: u64,
    /// Its entries, in its order.
    pub(crate) entries: Vec<CentralEntry>,
    names: Vec<u8>,
}

impl Directory {
    /// The name of an entry, as it is in the archive; at most the first [`NAME_KEPT`] bytes.
    pub(crate) fn name(&self, entry: &CentralEntry) -> &[u8] {
        &self.names[entry.name_at..][..usize::from(entry.name_length).min(NAME_KEPT)]
    }
}

/// Reads the directory; `None` if it is not where it could be read. What is wrong is in the findings.
pub(crate) fn read(
    archive: &dyn ReadAt,
    ending: &Ending,
    caps: &Caps,
    findings: &mut Findings<'_>,
) -> io::Result<Option<Directory>> {
    let Some(start) = start(archive, ending, findings)? else {
        return Ok(None);
    };
    let mut reading = Reading {
        window: Window::new(archive, ending.directory_end),
        at: start,
        directory: Directory {
            start,
            entries: Vec::new(),
            names: Vec::new(),
        },
    };
    let mut count = 0;
    while reading.next_entry(ending.directory_end, findings)? {
        count += 1;
        if count > caps.entries {
            findings.archive(
                Rule::TooManyEntries,
                format_args!("the limit is {}", caps.entries),
            );
            return Ok(None);
        }
    }
    check_ending(&mut reading, ending, count, findings)?;
    Ok(Some(reading.directory))
}

/// Where the directory begins: where the end record says; if there is none, where its size says.
fn start(
    archive: &dyn ReadAt,
    ending: &Ending,
    findings: &mut Findings<'_>,
) -> io::Result<Option<u64>> {
    let end = ending.directory_end;
    let is_start = |at: u64| -> io::Result<bool> {
        if at == end {
            return Ok(ending.entries == 0);
        }
        let mut bytes = [0; 4];
        if at.checked_add(4).is_none_or(|stop| stop > end) {
            return Ok(false);
        }
        archive.read_exact_at(&mut bytes, at)?;
        Ok(bytes == CENTRAL_HEADER)
    };
    if is_start(ending.directory_offset)? {
        return Ok(Some(ending.directory_offset));
    }
    let by_size = end.checked_sub(ending.directory_size);
    let found = match by_size {
        Some(at) if is_start(at)? => Some(at),
        _ => None,
    };
    let rule = if ending.width == Width::Narrow && ending.directory_offset == u64::from(SENTINEL) {
        Rule::Zip64Missing
    } else {
        Rule::DirectoryOffset
    };
    match found {
        Some(at) => findings.archive(
            rule,
            format_args!("at {at}, not at {}", ending.directory_offset),
        ),
        None => findings.archive(
            rule,
            format_args!("it is not at {}", ending.directory_offset),
        ),
    }
    Ok(found)
}

struct Reading<'a> {
    window: Window<'a>,
    at: u64,
    directory: Directory,
}

impl Reading<'_> {
    /// Reads the header at the present position, if there is one.
    fn next_entry(&mut self, end: u64, findings: &mut Findings<'_>) -> io::Result<bool> {
        let reach = self.at + CHUNK;
        let fixed = self.window.get(self.at, CentralHeader::SIZE, || reach)?;
        let Some(header) = CentralHeader::parse(fixed) else {
            return Ok(false);
        };
        if self.at + header.length() as u64 > end {
            findings.archive(
                Rule::DirectorySize,
                format_args!("the header at {} runs past its end", self.at),
            );
            return Ok(false);
        }
        let bytes = self.window.get(self.at, header.length(), || reach)?;
        let name = &bytes[CentralHeader::SIZE..][..usize::from(header.name_length)];
        let extra = &bytes[CentralHeader::SIZE + name.len()..][..usize::from(header.extra_length)];
        let narrow = Narrow {
            size: header.size,
            compressed: header.compressed,
            offset: Some(header.offset),
        };
        let wide = if extra.is_empty() && !narrow.wants_zip64() {
            narrow.wide()
        } else {
            extra::read(extra, name, narrow, findings)
        };
        check_flags(header.flags, header.method, name, findings);
        if header.disk != 0 {
            findings.entry(Rule::DiskNumber, name, format_args!("disk {}", header.disk));
        }
        let names = &mut self.directory.names;
        self.directory.entries.push(CentralEntry {
            offset: wide.offset,
            compressed: wide.compressed,
            size: wide.size,
            crc32: header.crc32,
            attributes: header.attributes,
            name_at: names.len(),
            name_length: header.name_length,
            flags: header.flags,
            method: header.method,
            host: header.host,
        });
        names.extend_from_slice(&name[..name.len().min(NAME_KEPT)]);
        self.at += header.length() as u64;
        Ok(true)
    }
}

/// The directory must end where the records of the end begin, and be what the end record says.
fn check_ending(
    reading: &mut Reading<'_>,
    ending: &Ending,
    count: u64,
    findings: &mut Findings<'_>,
) -> io::Result<()> {
    let Reading { at, directory, .. } = &*reading;
    let (at, size) = (*at, at - directory.start);
    if at < ending.directory_end {
        let bytes = reading.window.get(at, 4, || at)?;
        let rule = if bytes == END_RECORD {
            Rule::SecondEndRecord
        } else {
            Rule::Gap
        };
        findings.archive(
            rule,
            format_args!(
                "{} bytes at {at}, behind the directory",
                ending.directory_end - at
            ),
        );
    }
    let narrow = ending.width == Width::Narrow;
    if count != ending.entries {
        // 16 bits hold the count of more entries only modulo 65,536.
        let lacks_zip64 = narrow
            && (ending.entries == u64::from(SENTINEL_16) || count & 0xffff == ending.entries);
        let rule = if lacks_zip64 {
            Rule::Zip64Missing
        } else {
            Rule::EntryCount
        };
        findings.archive(rule, format_args!("{count}, not {}", ending.entries));
    }
    if size != ending.directory_size {
        let rule = if narrow && ending.directory_size == u64::from(SENTINEL) {
            Rule::Zip64Missing
        } else {
            Rule::DirectorySize
        };
        findings.archive(
            rule,
            format_args!("{size} bytes, not {}", ending.directory_size),
        );
    }
    Ok(())
}

/// The flags and methods that no header may have.
pub(crate) fn check_flags(flags: u16, method: u16, name: &[u8], findings: &mut Findings<'_>) {
    if flags & (flag::ENCRYPTED | flag::PATCH | flag::STRONG | flag::MASKED) != 0 {
        for (bit, rule) in [
            (flag::ENCRYPTED, Rule::Encrypted),
            (flag::PATCH, Rule::PatchData),
            (flag::STRONG, Rule::StrongEncryption),
            (flag::MASKED, Rule::MaskedHeader),
        ] {
            if flags & bit != 0 {
                findings.entry(rule, name, format_args!(""));
            }
        }
    }
    match method {
        0 | 8 => {}
        99 => {
            findings.entry(Rule::Aes, name, format_args!("method 99"));
            findings.entry(Rule::Method, name, format_args!("method 99"));
        }
        _ => findings.entry(Rule::Method, name, format_args!("method {method}")),
    }
}

/// Bits of the general purpose flag (APPNOTE.TXT, section 4.4.4).
pub(crate) mod flag {
    pub(crate) const ENCRYPTED: u16 = 1 << 0;
    pub(crate) const DESCRIPTOR: u16 = 1 << 3;
    pub(crate) const PATCH: u16 = 1 << 5;
    pub(crate) const STRONG: u16 = 1 << 6;
    pub(crate) const UTF8: u16 = 1 << 11;
    pub(crate) const MASKED: u16 = 1 << 13;
}
