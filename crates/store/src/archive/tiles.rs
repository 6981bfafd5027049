//! The walk over the bytes before the directory: local headers, data and descriptors must tile them exactly, every byte owned
//! once, and every local header must say what the directory says.
//!
//! Headers are visited in the order of their positions and read many at a time where they lie close together.

use std::io;

use linkstead_fs::read_at::ReadAt;

use super::directory::{CentralEntry, Directory, check_flags, flag};
use super::extra::{self, Narrow};
use super::record::{DESCRIPTOR, LOCAL_HEADER, LocalHeader, SENTINEL, u32_at, u64_at};
use super::rule::Rule;
use super::verdict::Findings;
use super::window::{CHUNK, Window};

/// Data between two headers that is cheaper to read through than to step over with another read.
const CHEAP_TO_READ: u64 = 8 << 10;

/// Bytes of extra fields that are read along with a name: what common packers write.
const USUAL_EXTRA: usize = 64;

/// The longest descriptor: signature, CRC-32, two sizes of 64 bits.
const LONGEST_DESCRIPTOR: u64 = 24;

/// The position of each entry's data, in the order of the directory; `None` where there is no local header.
pub(crate) fn walk(
    archive: &dyn ReadAt,
    directory: &Directory,
    findings: &mut Findings<'_>,
) -> io::Result<Vec<Option<u64>>> {
    let mut order: Vec<u32> = (0..directory.entries.len() as u32).collect();
    order.sort_by_key(|&index| directory.entries[index as usize].offset);
    let mut walk = Walk {
        window: Window::new(archive, directory.start),
        directory,
        order,
        findings,
        cursor: 0,
    };
    let mut data = vec![None; directory.entries.len()];
    for at in 0..walk.order.len() {
        data[walk.order[at] as usize] = walk.visit(at)?;
    }
    walk.gap_before(directory.start)?;
    Ok(data)
}

struct Walk<'a, 'f, 'p> {
    window: Window<'a>,
    directory: &'a Directory,
    order: Vec<u32>,
    findings: &'f mut Findings<'p>,
    /// All bytes before it have an owner, or were reported.
    cursor: u64,
}

impl<'a> Walk<'a, '_, '_> {
    fn entry(&self, at: usize) -> &'a CentralEntry {
        &self.directory.entries[self.order[at] as usize]
    }

    /// Where the bytes of an entry must end: at the next header, or at the directory.
    fn boundary(&self, at: usize) -> u64 {
        match self.order.get(at + 1) {
            Some(_) => self.entry(at + 1).offset.min(self.directory.start),
            None => self.directory.start,
        }
    }

    fn visit(&mut self, at: usize) -> io::Result<Option<u64>> {
        let entry = self.entry(at);
        let name = self.directory.name(entry);
        self.gap_before(entry.offset.min(self.directory.start))?;
        let boundary = self.boundary(at);
        let Some((header, data)) = self.local_header(at, entry, name)? else {
            self.findings.entry(
                Rule::NoLocalHeader,
                name,
                format_args!("at {}", entry.offset),
            );
            self.cursor = self.cursor.max(boundary);
            return Ok(None);
        };
        let mut end = data.saturating_add(entry.compressed);
        if header.flags & flag::DESCRIPTOR != 0 && end <= boundary {
            end = self.descriptor(at, entry, name, end, boundary)?;
        }
        if end > boundary {
            self.findings.entry(
                Rule::Overlap,
                name,
                format_args!("its bytes end at {end}, the next part begins at {boundary}"),
            );
        }
        self.cursor = self.cursor.max(end);
        Ok(Some(data))
    }

    /// Compares the local header with the directory; gives it and the position of the data behind it.
    fn local_header(
        &mut self,
        at: usize,
        entry: &CentralEntry,
        name: &[u8],
    ) -> io::Result<Option<(LocalHeader, u64)>> {
        let expected = LocalHeader::SIZE + usize::from(entry.name_length) + USUAL_EXTRA;
        let bytes = self.bytes(at, entry.offset, expected)?;
        let Some(header) = LocalHeader::parse(bytes) else {
            return Ok(None);
        };
        let length = header.length();
        let (window, findings) = (&mut self.window, &mut *self.findings);
        // More is read than one unusual header needs: in a hostile archive the next may overlap it.
        let reach = entry.offset + 8 * length as u64;
        let bytes = window.get(entry.offset, length, || reach)?;
        if bytes.len() < length {
            return Ok(None);
        }
        let local_name = &bytes[LocalHeader::SIZE..][..usize::from(header.name_length)];
        let same_name = header.name_length == entry.name_length && local_name.starts_with(name);
        if !same_name {
            findings.entry(
                Rule::NameDiffers,
                name,
                format_args!("\"{}\"", super::verdict::escaped(local_name)),
            );
        }
        let extra = &bytes[LocalHeader::SIZE + local_name.len()..];
        compare(&header, extra, entry, name, findings);
        Ok(Some((header, entry.offset + length as u64)))
    }

    /// Bytes of this entry, with as many of the following entries' as lie close by.
    fn bytes(&mut self, at: usize, from: u64, length: usize) -> io::Result<&[u8]> {
        let (order, directory) = (&self.order, self.directory);
        let reach = || {
            let mut reach = from.saturating_add(length as u64);
            for &index in &order[at + 1..] {
                let next = &directory.entries[index as usize];
                let close = next.offset.saturating_sub(reach) <= CHEAP_TO_READ;
                if !close || next.offset.saturating_sub(from) > CHUNK {
                    break;
                }
                let header =
                    (LocalHeader::SIZE + usize::from(next.name_length) + USUAL_EXTRA) as u64;
                reach = reach.max(next.offset.saturating_add(header));
            }
            reach
        };
        self.window.get(from, length, reach)
    }

    /// The end of the descriptor behind the data; where there is none that is right, says so.
    fn descriptor(
        &mut self,
        at: usize,
        entry: &CentralEntry,
        name: &[u8],
        from: u64,
        boundary: u64,
    ) -> io::Result<u64> {
        let room = boundary - from;
        let bytes = self.bytes(at, from, room.min(LONGEST_DESCRIPTOR) as usize)?;
        let lengths: &[u64] = match room {
            12 => &[12],
            16 => &[16],
            20 => &[20],
            24 => &[24],
            // What follows is a gap, whichever form it is.
            _ => &[24, 16, 20, 12],
        };
        let fits = |length: &&u64| {
            bytes
                .get(..**length as usize)
                .is_some_and(|bytes| describes(bytes, entry))
        };
        if let Some(length) = lengths.iter().find(fits) {
            return Ok(from + length);
        }
        self.findings.entry(
            Rule::DescriptorDiffers,
            name,
            format_args!("{room} bytes behind its data"),
        );
        Ok(if lengths.len() == 1 { boundary } else { from })
    }

    /// Reports the bytes between the cursor and `until`, if there are any, and moves the cursor there.
    fn gap_before(&mut self, until: u64) -> io::Result<()> {
        if self.cursor >= until {
            return Ok(());
        }
        let from = self.cursor;
        let bytes = self
            .window
            .get(from, 4.min(until - from) as usize, || from)?;
        let rule = if bytes == LOCAL_HEADER {
            Rule::UnlistedLocalHeader
        } else if from == 0 {
            Rule::BytesBeforeStart
        } else {
            Rule::Gap
        };
        self.findings
            .archive(rule, format_args!("{} bytes at {from}", until - from));
        self.cursor = until;
        Ok(())
    }
}

/// Whether these bytes are a descriptor of this entry; their length tells the form.
fn describes(bytes: &[u8], entry: &CentralEntry) -> bool {
    let fields = match bytes.len() {
        16 | 24 if bytes[..4] == DESCRIPTOR => &bytes[4..],
        12 | 20 => bytes,
        _ => return false,
    };
    let (compressed, size) = if fields.len() == 12 {
        (u64::from(u32_at(fields, 4)), u64::from(u32_at(fields, 8)))
    } else {
        (u64_at(fields, 4), u64_at(fields, 12))
    };
    (u32_at(fields, 0), compressed, size) == (entry.crc32, entry.compressed, entry.size)
}

/// Compares everything in a local header but the name.
fn compare(
    header: &LocalHeader,
    extra: &[u8],
    entry: &CentralEntry,
    name: &[u8],
    findings: &mut Findings<'_>,
) {
    let narrow = Narrow {
        size: header.size,
        compressed: header.compressed,
        offset: None,
    };
    let wide = if extra.is_empty() && narrow.size != SENTINEL && narrow.compressed != SENTINEL {
        narrow.wide()
    } else {
        extra::read(extra, name, narrow, findings)
    };
    if header.method != entry.method {
        findings.entry(
            Rule::MethodDiffers,
            name,
            format_args!("{}, not {}", header.method, entry.method),
        );
        check_flags(0, header.method, name, findings);
    }
    compare_flags(header.flags, entry, name, findings);
    // With a descriptor the values may be left out here.
    let streamed = header.flags & flag::DESCRIPTOR != 0;
    let same = |local: u64, central: u64| local == central || (streamed && local == 0);
    if !same(wide.size, entry.size) || !same(wide.compressed, entry.compressed) {
        findings.entry(
            Rule::SizesDiffer,
            name,
            format_args!(
                "{} packed and {} unpacked, not {} and {}",
                wide.compressed, wide.size, entry.compressed, entry.size
            ),
        );
    }
    if !same(header.crc32.into(), entry.crc32.into()) {
        findings.entry(
            Rule::CrcDiffers,
            name,
            format_args!("{:08x}, not {:08x}", header.crc32, entry.crc32),
        );
    }
    // Of nothing the end needs no guess; Info-ZIP writes empty files so where it cannot go back.
    let described = streamed || entry.flags & flag::DESCRIPTOR != 0;
    if entry.method == 0 && described && entry.compressed != 0 {
        findings.entry(Rule::StoredWithDescriptor, name, format_args!(""));
    }
    if entry.method == 0 && entry.size != entry.compressed {
        findings.entry(
            Rule::StoredSizesDiffer,
            name,
            format_args!("{} and {}", entry.compressed, entry.size),
        );
    }
}

/// The flags that change how an entry is read must be the same. A descriptor that only the local header announces is
/// legal: the directory has the values.
fn compare_flags(local: u16, entry: &CentralEntry, name: &[u8], findings: &mut Findings<'_>) {
    let differing = local ^ entry.flags;
    if differing == 0 {
        return;
    }
    check_flags(local & !entry.flags, 0, name, findings);
    let mut matters = flag::ENCRYPTED | flag::PATCH | flag::STRONG | flag::MASKED;
    if entry.flags & flag::DESCRIPTOR != 0 {
        matters |= flag::DESCRIPTOR;
    }
    if !name.is_ascii() {
        matters |= flag::UTF8;
    }
    if differing & matters != 0 {
        findings.entry(
            Rule::FlagsDiffer,
            name,
            format_args!("{local:#06x}, not {:#06x}", entry.flags),
        );
    }
}
