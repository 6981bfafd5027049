//! Extra fields of a header: those that may change what an entry is. All others are stepped over.

use super::record::{SENTINEL, u16_at, u32_at, u64_at};
use super::rule::Rule;
use super::verdict::Findings;

const ZIP64: u16 = 0x0001;
const STRONG_ENCRYPTION: u16 = 0x0017;
const UNICODE_PATH: u16 = 0x7075;
const AES: u16 = 0x9901;

/// The values of a header that zip64 may widen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wide {
    pub(crate) size: u64,
    pub(crate) compressed: u64,
    /// Position of the local header; 0 in a local header, which has none.
    pub(crate) offset: u64,
}

/// Judges the extra fields of one header, and widens its values.
pub(crate) fn read(extra: &[u8], name: &[u8], narrow: Narrow, findings: &mut Findings<'_>) -> Wide {
    let mut zip64 = None;
    // Needed once, however many second names there are.
    let mut name_crc32 = None;
    let mut rest = extra;
    while rest.len() >= 4 {
        let (id, length) = (u16_at(rest, 0), usize::from(u16_at(rest, 2)));
        let Some(value) = rest.get(4..4 + length) else {
            break;
        };
        rest = &rest[4 + length..];
        match id {
            ZIP64 if zip64.is_some() => {
                findings.entry(Rule::Zip64Duplicated, name, format_args!(""));
            }
            ZIP64 => zip64 = Some(value),
            STRONG_ENCRYPTION => findings.entry(
                Rule::StrongEncryption,
                name,
                format_args!("extra field 0x0017"),
            ),
            AES => findings.entry(Rule::Aes, name, format_args!("extra field 0x9901")),
            UNICODE_PATH => {
                let crc32 = *name_crc32.get_or_insert_with(|| crc32fast::hash(name));
                unicode_path(value, name, crc32, findings);
            }
            _ => {}
        }
    }
    // Up to three zero bytes are how aligning packers fill up.
    if rest.len() >= 4 || rest.iter().any(|byte| *byte != 0) {
        findings.entry(Rule::ExtraFieldMalformed, name, format_args!(""));
    }
    widen(zip64, name, narrow, findings)
}

/// The values of a header as they lie in its 32-bit fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Narrow {
    pub(crate) size: u32,
    pub(crate) compressed: u32,
    /// `None` in a local header.
    pub(crate) offset: Option<u32>,
}

impl Narrow {
    /// The values where there is no extra field.
    pub(crate) fn wide(self) -> Wide {
        Wide {
            size: self.size.into(),
            compressed: self.compressed.into(),
            offset: self.offset.unwrap_or_default().into(),
        }
    }

    /// Whether a field has the value that stands for a zip64 field.
    pub(crate) fn wants_zip64(self) -> bool {
        self.size == SENTINEL || self.compressed == SENTINEL || self.offset == Some(SENTINEL)
    }
}

/// Info-ZIP's second name: it counts only if its CRC-32 is that of the first name.
fn unicode_path(value: &[u8], name: &[u8], name_crc32: u32, findings: &mut Findings<'_>) {
    if value.len() < 5 {
        findings.entry(
            Rule::ExtraFieldMalformed,
            name,
            format_args!("extra field 0x7075"),
        );
        return;
    }
    let second = &value[5..];
    if u32_at(value, 1) == name_crc32 && second != name {
        findings.entry(
            Rule::UnicodePath,
            name,
            format_args!("\"{}\"", super::verdict::escaped(second)),
        );
    }
}

fn widen(zip64: Option<&[u8]>, name: &[u8], narrow: Narrow, findings: &mut Findings<'_>) -> Wide {
    let mut wide = narrow.wide();
    let Some(value) = zip64 else {
        if narrow.wants_zip64() {
            findings.entry(Rule::Zip64Missing, name, format_args!(""));
        }
        return wide;
    };
    if !narrow.wants_zip64() {
        needless(value, name, wide, findings);
        return wide;
    }
    let mut at = 0;
    let mut take = |field: &mut u64| {
        if *field == u64::from(SENTINEL) {
            if value.len() < at + 8 {
                findings.entry(
                    Rule::Zip64TooShort,
                    name,
                    format_args!("{} bytes", value.len()),
                );
            } else {
                *field = u64_at(value, at);
            }
            at += 8;
        }
    };
    take(&mut wide.size);
    take(&mut wide.compressed);
    if narrow.offset.is_some() {
        take(&mut wide.offset);
    }
    // Some packers repeat the packed size where only the size asks for zip64.
    let repeats = at == 8 && narrow.size == SENTINEL && value.len() == 16;
    if repeats {
        if u64_at(value, 8) != wide.compressed {
            findings.entry(
                Rule::Zip64FieldDiffers,
                name,
                format_args!(
                    "packed size {}, in zip64 {}",
                    wide.compressed,
                    u64_at(value, 8)
                ),
            );
        }
    } else if value.len() > at {
        findings.entry(
            Rule::Zip64TooLong,
            name,
            format_args!("{} bytes, not {at}", value.len()),
        );
    }
    wide
}

/// A zip64 field that no 32-bit field asks for must repeat them: sizes, position, disk.
fn needless(value: &[u8], name: &[u8], wide: Wide, findings: &mut Findings<'_>) {
    let mut rest = value;
    for expected in [wide.size, wide.compressed, wide.offset] {
        if rest.len() >= 8 {
            if u64_at(rest, 0) != expected {
                findings.entry(
                    Rule::Zip64Needless,
                    name,
                    format_args!("{}, not {expected}", u64_at(rest, 0)),
                );
            }
            rest = &rest[8..];
        }
    }
    if !(rest.is_empty() || rest == [0; 4]) {
        findings.entry(
            Rule::Zip64TooLong,
            name,
            format_args!("{} bytes", value.len()),
        );
    }
}
