//! The end of an archive: signature block, end record and its comment, zip64 locator and record. It tells where the central
//! directory is said to be; whether it is there is for [`directory`](super::directory) to prove.

use std::io;

use linkstead_format::Signature;
use linkstead_fs::read_at::ReadAt;

use super::record::{
    CENTRAL_HEADER, END_RECORD, EndRecord, LOCAL_HEADER, SENTINEL, SENTINEL_16, ZIP64_END_RECORD,
    ZIP64_LOCATOR, Zip64EndRecord, Zip64Locator,
};
use super::rule::Rule;
use super::signature;
use super::verdict::Findings;

/// What the end of an archive says.
pub(crate) struct Ending {
    /// Entries, as the end record counts them.
    pub(crate) entries: u64,
    /// Where the central directory begins, as the end record says.
    pub(crate) directory_offset: u64,
    /// How long it is, as the end record says.
    pub(crate) directory_size: u64,
    /// Where the central directory must end: here the records of the end begin.
    pub(crate) directory_end: u64,
    /// The values above come from fields of 16 or 32 bits.
    pub(crate) width: Width,
    /// Where the zip itself ends: a signature block behind its comment is not counted.
    pub(crate) zip_end: u64,
    pub(crate) signature: Signature,
}

/// Where the values of the end come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// The end record alone.
    Narrow,
    /// The zip64 end record.
    Zip64,
}

/// Reads the end; `None` if there is nothing that could be read on. What is wrong is in the findings.
pub(crate) fn find(
    archive: &dyn ReadAt,
    findings: &mut Findings<'_>,
) -> io::Result<Option<Ending>> {
    let tail = Tail::read(archive)?;
    let (at, signature, zip_end) = match signed_end(archive, &tail, findings)? {
        Some((at, zip_end)) => (at, Signature::PresentNotChecked, zip_end),
        None => match plain_end(&tail, findings) {
            Some(at) => (at, Signature::Absent, archive.size()),
            None => {
                findings.archive(Rule::NoEndRecord, format_args!(""));
                return Ok(None);
            }
        },
    };
    let mut bytes = [0; EndRecord::SIZE];
    archive.read_exact_at(&mut bytes, at)?;
    let Some(end) = EndRecord::parse(&bytes) else {
        return Ok(None);
    };
    let narrow = Ending {
        entries: end.entries.into(),
        directory_offset: end.directory_offset.into(),
        directory_size: end.directory_size.into(),
        directory_end: at,
        width: Width::Narrow,
        zip_end,
        signature,
    };
    let ending = match zip64(archive, at, findings)? {
        Zip64::Absent => {
            check_disks(&end, findings);
            Some(narrow)
        }
        Zip64::At(record_at, record) => {
            check_wide_disks(&end, &record, findings);
            check_narrow_fields(&end, &record, findings);
            Some(Ending {
                entries: record.entries,
                directory_offset: record.directory_offset,
                directory_size: record.directory_size,
                directory_end: record_at,
                width: Width::Zip64,
                ..narrow
            })
        }
        Zip64::Lost => None,
    };
    Ok(ending)
}

/// The last bytes of the archive: whatever its comment, its end record is in them, unless a long signature block follows.
struct Tail {
    bytes: Vec<u8>,
    start: u64,
}

impl Tail {
    fn read(archive: &dyn ReadAt) -> io::Result<Self> {
        let size = archive.size();
        let longest = (EndRecord::SIZE + usize::from(u16::MAX)) as u64;
        let mut bytes = vec![0; size.min(longest) as usize];
        let start = size - bytes.len() as u64;
        archive.read_exact_at(&mut bytes, start)?;
        Ok(Tail { bytes, start })
    }
}

/// Positions of the end record before a signature block, and of the end of the zip.
fn signed_end(
    archive: &dyn ReadAt,
    tail: &Tail,
    findings: &mut Findings<'_>,
) -> io::Result<Option<(u64, u64)>> {
    if !signature::is_claimed(&tail.bytes) {
        return Ok(None);
    }
    let Some(block) = signature::find(archive)? else {
        findings.archive(Rule::SignatureBlock, format_args!(""));
        return Ok(None);
    };
    // Other readers look for an end record in these bytes; headers of other kinds they do not look for.
    if contains(&block.bytes, &END_RECORD) {
        findings.archive(
            Rule::RecordInComment,
            format_args!("in the signature block"),
        );
    }
    let at = block.start - EndRecord::SIZE as u64;
    let mut comment_length = [0; 2];
    archive.read_exact_at(&mut comment_length, block.start - 2)?;
    let zip_end = match comment_length {
        [0, 0] => block.start,
        _ => archive.size(),
    };
    Ok(Some((at, zip_end)))
}

/// Position of the end record: the last one whose comment ends the file, else the last one.
fn plain_end(tail: &Tail, findings: &mut Findings<'_>) -> Option<u64> {
    let bytes = &tail.bytes;
    let candidates = || {
        (0..bytes.len())
            .rev()
            .filter_map(|at| EndRecord::parse(&bytes[at..]).map(|end| (at, end)))
    };
    let comment_end =
        |at: usize, end: &EndRecord| at + EndRecord::SIZE + usize::from(end.comment_length);
    let (at, end) = candidates()
        .find(|(at, end)| comment_end(*at, end) == bytes.len())
        .or_else(|| candidates().next())?;
    let ends_at = comment_end(at, &end);
    if ends_at > bytes.len() {
        findings.archive(
            Rule::CommentLength,
            format_args!("{} bytes are missing", ends_at - bytes.len()),
        );
    } else if ends_at < bytes.len() {
        findings.archive(
            Rule::BytesAfterEnd,
            format_args!("{} bytes", bytes.len() - ends_at),
        );
    }
    let comment = &bytes[at + EndRecord::SIZE..ends_at.min(bytes.len())];
    let records = [
        LOCAL_HEADER,
        CENTRAL_HEADER,
        END_RECORD,
        ZIP64_END_RECORD,
        ZIP64_LOCATOR,
    ];
    if records.iter().any(|record| contains(comment, record)) {
        findings.archive(Rule::RecordInComment, format_args!("in the comment"));
    }
    Some(tail.start + at as u64)
}

fn contains(bytes: &[u8], record: &[u8; 4]) -> bool {
    bytes.windows(4).any(|window| window == record)
}

/// What stands before the end record.
enum Zip64 {
    Absent,
    At(u64, Zip64EndRecord),
    Lost,
}

fn zip64(archive: &dyn ReadAt, end_at: u64, findings: &mut Findings<'_>) -> io::Result<Zip64> {
    let Some(locator_at) = end_at.checked_sub(Zip64Locator::SIZE as u64) else {
        return Ok(Zip64::Absent);
    };
    let mut bytes = [0; Zip64Locator::SIZE];
    archive.read_exact_at(&mut bytes, locator_at)?;
    let Some(locator) = Zip64Locator::parse(&bytes) else {
        return Ok(Zip64::Absent);
    };
    if locator.record_disk != 0 || locator.disks != 1 {
        findings.archive(
            Rule::DiskNumber,
            format_args!("the zip64 locator counts {} disks", locator.disks),
        );
    }
    let right_before = locator_at.checked_sub(Zip64EndRecord::SIZE as u64);
    if let Some(at) = right_before
        && let Some(record) = zip64_record(archive, at)?
    {
        if locator.record_offset != at {
            findings.archive(
                Rule::Zip64Locator,
                format_args!("to {}, not to {at}", locator.record_offset),
            );
        }
        check_record_length(&record, Zip64EndRecord::SIZE as u64, findings);
        return Ok(Zip64::At(at, record));
    }
    if right_before.is_some_and(|at| locator.record_offset < at)
        && let Some(record) = zip64_record(archive, locator.record_offset)?
    {
        findings.archive(
            Rule::Zip64ExtensibleData,
            format_args!(
                "{} bytes",
                locator_at - locator.record_offset - Zip64EndRecord::SIZE as u64
            ),
        );
        check_record_length(&record, locator_at - locator.record_offset, findings);
        return Ok(Zip64::At(locator.record_offset, record));
    }
    findings.archive(
        Rule::Zip64Locator,
        format_args!(
            "to {}, where there is no zip64 end record",
            locator.record_offset
        ),
    );
    Ok(Zip64::Lost)
}

fn zip64_record(archive: &dyn ReadAt, at: u64) -> io::Result<Option<Zip64EndRecord>> {
    let mut bytes = [0; Zip64EndRecord::SIZE];
    archive.read_exact_at(&mut bytes, at)?;
    Ok(Zip64EndRecord::parse(&bytes))
}

fn check_record_length(record: &Zip64EndRecord, length: u64, findings: &mut Findings<'_>) {
    let said = record.rest_length.saturating_add(Zip64EndRecord::LEAD);
    let rule = match said.cmp(&length) {
        std::cmp::Ordering::Equal => return,
        std::cmp::Ordering::Less => Rule::Zip64TooShort,
        std::cmp::Ordering::Greater => Rule::Zip64TooLong,
    };
    findings.archive(
        rule,
        format_args!("the zip64 end record says that it has {said} bytes; it has {length}"),
    );
}

fn check_disks(end: &EndRecord, findings: &mut Findings<'_>) {
    if end.disk != 0 || end.directory_disk != 0 {
        findings.archive(
            Rule::DiskNumber,
            format_args!(
                "disk {}, directory on disk {}",
                end.disk, end.directory_disk
            ),
        );
    }
    if end.entries_on_disk != end.entries {
        findings.archive(
            Rule::EntryCount,
            format_args!(
                "{} on this disk, {} in all",
                end.entries_on_disk, end.entries
            ),
        );
    }
}

fn check_wide_disks(end: &EndRecord, record: &Zip64EndRecord, findings: &mut Findings<'_>) {
    let narrow_is_wrong = |disk: u16| disk != 0 && disk != SENTINEL_16;
    if record.disk != 0
        || record.directory_disk != 0
        || narrow_is_wrong(end.disk)
        || narrow_is_wrong(end.directory_disk)
    {
        findings.archive(
            Rule::DiskNumber,
            format_args!(
                "disk {}, directory on disk {}",
                record.disk, record.directory_disk
            ),
        );
    }
    if record.entries_on_disk != record.entries {
        findings.archive(
            Rule::EntryCount,
            format_args!(
                "{} on this disk, {} in all",
                record.entries_on_disk, record.entries
            ),
        );
    }
}

fn check_narrow_fields(end: &EndRecord, record: &Zip64EndRecord, findings: &mut Findings<'_>) {
    let mut check = |what: &str, narrow: u64, sentinel: u64, wide: u64| {
        if narrow != sentinel && narrow != wide {
            findings.archive(
                Rule::Zip64FieldDiffers,
                format_args!("{what} {narrow}, in zip64 {wide}"),
            );
        }
    };
    let (short, long) = (u64::from(SENTINEL_16), u64::from(SENTINEL));
    check(
        "entries on this disk",
        end.entries_on_disk.into(),
        short,
        record.entries_on_disk,
    );
    check("entries", end.entries.into(), short, record.entries);
    check(
        "directory size",
        end.directory_size.into(),
        long,
        record.directory_size,
    );
    check(
        "directory offset",
        end.directory_offset.into(),
        long,
        record.directory_offset,
    );
}
