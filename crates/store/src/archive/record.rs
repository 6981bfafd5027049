//! The fixed parts of zip records as they lie in the bytes (APPNOTE.TXT 6.3.10, section 4.3). Nothing is judged here.

pub(crate) const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";
pub(crate) const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
pub(crate) const CENTRAL_HEADER: [u8; 4] = *b"PK\x01\x02";
pub(crate) const END_RECORD: [u8; 4] = *b"PK\x05\x06";
pub(crate) const ZIP64_END_RECORD: [u8; 4] = *b"PK\x06\x06";
pub(crate) const ZIP64_LOCATOR: [u8; 4] = *b"PK\x06\x07";

/// Stands in a 32-bit field whose value is in a zip64 field.
pub(crate) const SENTINEL: u32 = u32::MAX;
/// Stands in a 16-bit field whose value is in a zip64 field.
pub(crate) const SENTINEL_16: u16 = u16::MAX;

/// A little-endian number at a position; the caller has checked that it is there.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// As [`u16_at`].
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

/// As [`u16_at`].
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

/// The fixed part of a local header.
pub(crate) struct LocalHeader {
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc32: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) name_length: u16,
    pub(crate) extra_length: u16,
}

impl LocalHeader {
    pub(crate) const SIZE: usize = 30;

    /// `None` where there is no local header.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::SIZE || bytes[..4] != LOCAL_HEADER {
            return None;
        }
        Some(LocalHeader {
            flags: u16_at(bytes, 6),
            method: u16_at(bytes, 8),
            crc32: u32_at(bytes, 14),
            compressed: u32_at(bytes, 18),
            size: u32_at(bytes, 22),
            name_length: u16_at(bytes, 26),
            extra_length: u16_at(bytes, 28),
        })
    }

    /// Length with name and extra fields.
    pub(crate) fn length(&self) -> usize {
        Self::SIZE + usize::from(self.name_length) + usize::from(self.extra_length)
    }
}

/// The fixed part of a central header.
pub(crate) struct CentralHeader {
    /// Upper byte of "version made by": the packer's operating system.
    pub(crate) host: u8,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc32: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) name_length: u16,
    pub(crate) extra_length: u16,
    pub(crate) comment_length: u16,
    pub(crate) disk: u16,
    pub(crate) attributes: u32,
    pub(crate) offset: u32,
}

impl CentralHeader {
    pub(crate) const SIZE: usize = 46;

    /// `None` where there is no central header.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::SIZE || bytes[..4] != CENTRAL_HEADER {
            return None;
        }
        Some(CentralHeader {
            host: bytes[5],
            flags: u16_at(bytes, 8),
            method: u16_at(bytes, 10),
            crc32: u32_at(bytes, 16),
            compressed: u32_at(bytes, 20),
            size: u32_at(bytes, 24),
            name_length: u16_at(bytes, 28),
            extra_length: u16_at(bytes, 30),
            comment_length: u16_at(bytes, 32),
            disk: u16_at(bytes, 34),
            attributes: u32_at(bytes, 38),
            offset: u32_at(bytes, 42),
        })
    }

    /// Length with name, extra fields and comment.
    pub(crate) fn length(&self) -> usize {
        Self::SIZE
            + usize::from(self.name_length)
            + usize::from(self.extra_length)
            + usize::from(self.comment_length)
    }
}

/// The end record without its comment.
pub(crate) struct EndRecord {
    pub(crate) disk: u16,
    pub(crate) directory_disk: u16,
    pub(crate) entries_on_disk: u16,
    pub(crate) entries: u16,
    pub(crate) directory_size: u32,
    pub(crate) directory_offset: u32,
    pub(crate) comment_length: u16,
}

impl EndRecord {
    pub(crate) const SIZE: usize = 22;

    /// `None` where there is no end record.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::SIZE || bytes[..4] != END_RECORD {
            return None;
        }
        Some(EndRecord {
            disk: u16_at(bytes, 4),
            directory_disk: u16_at(bytes, 6),
            entries_on_disk: u16_at(bytes, 8),
            entries: u16_at(bytes, 10),
            directory_size: u32_at(bytes, 12),
            directory_offset: u32_at(bytes, 16),
            comment_length: u16_at(bytes, 20),
        })
    }
}

/// The zip64 end record without extensible data.
pub(crate) struct Zip64EndRecord {
    /// What the record says about its own length: all but its first 12 bytes.
    pub(crate) rest_length: u64,
    pub(crate) disk: u32,
    pub(crate) directory_disk: u32,
    pub(crate) entries_on_disk: u64,
    pub(crate) entries: u64,
    pub(crate) directory_size: u64,
    pub(crate) directory_offset: u64,
}

impl Zip64EndRecord {
    pub(crate) const SIZE: usize = 56;
    /// What `rest_length` does not count.
    pub(crate) const LEAD: u64 = 12;

    /// `None` where there is no zip64 end record.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::SIZE || bytes[..4] != ZIP64_END_RECORD {
            return None;
        }
        Some(Zip64EndRecord {
            rest_length: u64_at(bytes, 4),
            disk: u32_at(bytes, 16),
            directory_disk: u32_at(bytes, 20),
            entries_on_disk: u64_at(bytes, 24),
            entries: u64_at(bytes, 32),
            directory_size: u64_at(bytes, 40),
            directory_offset: u64_at(bytes, 48),
        })
    }
}

/// The zip64 locator.
pub(crate) struct Zip64Locator {
    pub(crate) record_disk: u32,
    pub(crate) record_offset: u64,
    pub(crate) disks: u32,
}

impl Zip64Locator {
    pub(crate) const SIZE: usize = 20;

    /// `None` where there is no locator.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::SIZE || bytes[..4] != ZIP64_LOCATOR {
            return None;
        }
        Some(Zip64Locator {
            record_disk: u32_at(bytes, 4),
            record_offset: u64_at(bytes, 8),
            disks: u32_at(bytes, 16),
        })
    }
}
