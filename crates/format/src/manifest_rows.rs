//! Keys and values of the manifest's tables, as bytes (store-format.md, section 11).
//!
//! Every table has its version in its name: a changed table is a new table. Rows of [`ARCHIVES`] and [`STREAMS`] are hints
//! (I8), so what they say is checked again wherever it is used.

use crate::archive_facts::{Sanitized, Signature};
use crate::bundle_key::BundleKey;
use crate::bytes::{Fields, Truncated, put_counted};
use crate::digest::{ArchiveId, Digest, DirectoryId, ObjectId, StreamId, TreeId};
use crate::directory::DirectoryName;
use crate::error::{FileKind, FormatError};
use crate::name::{BundleName, Version};

/// [`BundleKey`] to [`BundleRow`].
pub const BUNDLES: &str = "bundles.1";
/// [`ArchiveKey`] to [`ArchiveRow`].
pub const ARCHIVES: &str = "archives.1";
/// [`StreamKey`] to [`StreamRow`].
pub const STREAMS: &str = "streams.1";
/// Text to u64.
pub const STATE: &str = "state.1";
/// The key in [`STATE`] of the sequence of the newest record.
pub const SEQUENCE: &str = "sequence";

/// Between the parts of a [`BundleKey`]; no part may contain it.
const SEPARATOR: &str = "\0";

impl BundleKey {
    /// The bytes of the key.
    pub fn encode(&self) -> Vec<u8> {
        let parts = [
            self.name.as_str(),
            self.version.as_str(),
            self.directory.as_str(),
        ];
        parts.join(SEPARATOR).into_bytes()
    }

    /// Reads the bytes of a key.
    ///
    /// # Errors
    /// Anything that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let wrong = |problem: &str| row_error(FileKind::BundleRow, "key", problem);
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
        let mut parts = text.split(SEPARATOR);
        match [parts.next(), parts.next(), parts.next(), parts.next()] {
            [Some(name), Some(version), Some(directory), None] => Ok(BundleKey {
                name: BundleName::parse(name)?,
                version: Version::parse(version)?,
                directory: DirectoryName::parse(directory)?,
            }),
            _ => Err(wrong("it has not three parts")),
        }
    }
}

/// What is recorded of a published directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleRow {
    /// Counts up with each record of the store.
    pub sequence: u64,
    /// Its tree.
    pub tree: TreeId,
    /// The whole directory id.
    pub directory: DirectoryId,
}

impl BundleRow {
    /// The bytes of the row.
    pub fn encode(&self) -> Vec<u8> {
        let sequence = self.sequence.to_le_bytes();
        [
            &sequence[..],
            self.tree.as_bytes(),
            self.directory.as_bytes(),
        ]
        .concat()
    }

    /// Reads the bytes of a row.
    ///
    /// # Errors
    /// Anything that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        exactly(FileKind::BundleRow, "value", bytes, |fields| {
            Ok(BundleRow {
                sequence: fields.u64()?,
                tree: TreeId::from_digest(digest(fields)?),
                directory: DirectoryId::from_digest(digest(fields)?),
            })
        })
    }
}

/// An archive under the rules and the policy that it was planned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArchiveKey {
    /// The archive.
    pub archive: ArchiveId,
    /// Version of the rules on archives.
    pub rules: u32,
    /// Digest of the canonical text of everything else that changes a verdict.
    pub policy: Digest,
}

impl ArchiveKey {
    /// The bytes of the key.
    pub fn encode(&self) -> Vec<u8> {
        let rules = self.rules.to_le_bytes();
        [self.archive.as_bytes(), &rules[..], self.policy.as_bytes()].concat()
    }

    /// Reads the bytes of a key.
    ///
    /// # Errors
    /// Anything that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        exactly(FileKind::ArchiveRow, "key", bytes, |fields| {
            Ok(ArchiveKey {
                archive: ArchiveId::from_digest(digest(fields)?),
                rules: fields.u32()?,
                policy: digest(fields)?,
            })
        })
    }
}

/// What an archive was when it was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRow {
    /// Its tree.
    pub tree: TreeId,
    /// The name in its MCPB manifest; empty for a plain zip. What is over 65,535 bytes is not kept.
    pub name: String,
    /// The version in its MCPB manifest; empty for a plain zip. What is over 65,535 bytes is not kept.
    pub version: String,
    /// Whether it carries a signature.
    pub signature: Signature,
    /// Mode bits that were dropped.
    pub sanitized: Sanitized,
}

impl ArchiveRow {
    /// The bytes of the row.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.tree.as_bytes().to_vec();
        put_counted(&mut out, countable(&self.name));
        put_counted(&mut out, countable(&self.version));
        out.push(match self.signature {
            Signature::Absent => 0,
            Signature::PresentNotChecked => 1,
        });
        let Sanitized {
            setuid,
            setgid,
            sticky,
            write,
        } = self.sanitized;
        for count in [setuid, setgid, sticky, write] {
            out.extend_from_slice(&count.to_le_bytes());
        }
        out
    }

    /// Reads the bytes of a row.
    ///
    /// # Errors
    /// Anything that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let row = exactly(FileKind::ArchiveRow, "value", bytes, |fields| {
            let tree = TreeId::from_digest(digest(fields)?);
            let texts = [fields.counted()?, fields.counted()?];
            let sanitized = |fields: &mut Fields<'_>| {
                Ok::<_, Truncated>(Sanitized {
                    setuid: fields.u32()?,
                    setgid: fields.u32()?,
                    sticky: fields.u32()?,
                    write: fields.u32()?,
                })
            };
            Ok((tree, texts, fields.u8()?, sanitized(fields)?))
        });
        let (tree, [name, version], signature, sanitized) = row?;
        Ok(ArchiveRow {
            tree,
            name: archive_text("name", name)?,
            version: archive_text("version", version)?,
            signature: archive_signature(signature)?,
            sanitized,
        })
    }
}

/// The compressed bytes of an entry, and how they are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// The method as a zip archive numbers it: 0 or 8.
    pub method: u16,
    /// The compressed bytes.
    pub stream: StreamId,
}

impl StreamKey {
    /// The bytes of the key.
    pub fn encode(&self) -> Vec<u8> {
        [&self.method.to_le_bytes()[..], self.stream.as_bytes()].concat()
    }

    /// Reads the bytes of a key.
    ///
    /// # Errors
    /// Anything that [`encode`](Self::encode) does not make for the methods 0 and 8.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let key = exactly(FileKind::StreamRow, "key", bytes, |fields| {
            Ok(StreamKey {
                method: fields.u16()?,
                stream: StreamId::from_digest(digest(fields)?),
            })
        })?;
        match key.method {
            0 | 8 => Ok(key),
            method => {
                let problem = format!("{method} is not 0 or 8");
                Err(row_error(FileKind::StreamRow, "method", &problem))
            }
        }
    }
}

/// The content that a stream inflates to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamRow {
    /// The content.
    pub object: ObjectId,
    /// Its bytes.
    pub length: u64,
    /// Its CRC-32.
    pub crc32: u32,
}

impl StreamRow {
    /// The bytes of the row.
    pub fn encode(&self) -> Vec<u8> {
        let (length, crc32) = (self.length.to_le_bytes(), self.crc32.to_le_bytes());
        [self.object.as_bytes(), &length[..], &crc32[..]].concat()
    }

    /// Reads the bytes of a row.
    ///
    /// # Errors
    /// Anything that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        exactly(FileKind::StreamRow, "value", bytes, |fields| {
            Ok(StreamRow {
                object: ObjectId::from_digest(digest(fields)?),
                length: fields.u64()?,
                crc32: fields.u32()?,
            })
        })
    }
}

fn archive_text(field: &'static str, bytes: &[u8]) -> Result<String, FormatError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| row_error(FileKind::ArchiveRow, field, "it is not UTF-8"))?;
    Ok(text.into())
}

fn archive_signature(byte: u8) -> Result<Signature, FormatError> {
    match byte {
        0 => Ok(Signature::Absent),
        1 => Ok(Signature::PresentNotChecked),
        other => {
            let problem = format!("{other} is not 0 or 1");
            Err(row_error(FileKind::ArchiveRow, "signature", &problem))
        }
    }
}

/// As much of a text as a u16 can count, cut at a character.
fn countable(text: &str) -> &[u8] {
    let end = text.floor_char_boundary(usize::from(u16::MAX));
    &text.as_bytes()[..end]
}

fn digest(fields: &mut Fields<'_>) -> Result<Digest, Truncated> {
    fields.array().map(Digest::from_bytes)
}

/// Reads all bytes: none may be missing or left.
fn exactly<'b, T>(
    file: FileKind,
    field: &'static str,
    bytes: &'b [u8],
    read: impl FnOnce(&mut Fields<'b>) -> Result<T, Truncated>,
) -> Result<T, FormatError> {
    let mut fields = Fields::new(bytes);
    let wrong = |problem: &str| row_error(file, field, problem);
    let value = read(&mut fields).map_err(|Truncated| wrong("it is cut short"))?;
    match fields.remaining() {
        0 => Ok(value),
        left => Err(wrong(&format!("{left} bytes are left over"))),
    }
}

fn row_error(file: FileKind, field: &'static str, problem: &str) -> FormatError {
    FormatError::Row {
        file,
        field,
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests;
