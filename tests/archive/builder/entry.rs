//! One entry: two headers, data and a descriptor, and every lie that they can tell.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

pub(crate) const DESCRIPTOR_FLAG: u16 = 1 << 3;
pub(crate) const UTF8_FLAG: u16 = 1 << 11;

pub(crate) const ZIP64: u16 = 0x0001;

/// One entry: what its two headers say, and its bytes.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) content: Vec<u8>,
    /// The packed bytes.
    pub(crate) data: Vec<u8>,
    pub(crate) local: Header,
    pub(crate) central: Header,
    /// Upper 16 bits of the attributes.
    pub(crate) mode: u32,
    /// The packer's system: 3 is unix.
    pub(crate) host: u8,
    pub(crate) disk: u16,
    pub(crate) comment: Vec<u8>,
    /// Bytes behind the data.
    pub(crate) descriptor: Vec<u8>,
    /// Bytes that belong to nothing, before the local header.
    pub(crate) junk_before: Vec<u8>,
    /// Whether the entry has a local header and data of its own.
    pub(crate) local_part: Presence,
    /// Whether the directory lists it.
    pub(crate) listing: Presence,
    /// The position that the directory says, instead of the true one.
    pub(crate) said_offset: Option<u64>,
}

/// What a header says.
#[derive(Clone)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc32: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
    /// A 32-bit position, instead of the true one; only the central header has one.
    pub(crate) offset: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    There,
    Missing,
}

/// A deflated file.
pub(crate) fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Entry {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_ref()).unwrap();
    let data = encoder.finish().unwrap();
    entry(name, content, data, 8, 0o100_644)
}

/// A stored file.
pub(crate) fn stored(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Entry {
    let data = content.as_ref().to_vec();
    entry(name, content, data, 0, 0o100_644)
}

/// A directory; the name needs its slash.
pub(crate) fn directory(name: impl AsRef<[u8]>) -> Entry {
    entry(name, "", Vec::new(), 0, 0o040_755)
}

/// A symbolic link.
pub(crate) fn link(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Entry {
    let data = target.as_ref().to_vec();
    entry(name, target, data, 0, 0o120_777)
}

fn entry(
    name: impl AsRef<[u8]>,
    content: impl AsRef<[u8]>,
    data: Vec<u8>,
    method: u16,
    mode: u32,
) -> Entry {
    let (name, content) = (name.as_ref(), content.as_ref().to_vec());
    let is_utf8 = std::str::from_utf8(name).is_ok();
    let header = Header {
        name: name.to_vec(),
        flags: if name.is_ascii() || !is_utf8 {
            0
        } else {
            UTF8_FLAG
        },
        method,
        crc32: crc32fast::hash(&content),
        compressed: data.len() as u32,
        size: content.len() as u32,
        extra: Vec::new(),
        offset: None,
    };
    Entry {
        content,
        data,
        local: header.clone(),
        central: header,
        mode,
        host: 3,
        disk: 0,
        comment: Vec::new(),
        descriptor: Vec::new(),
        junk_before: Vec::new(),
        local_part: Presence::There,
        listing: Presence::There,
        said_offset: None,
    }
}

/// The forms of a descriptor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Descriptor {
    Bytes12,
    Bytes16,
    Bytes20,
    Bytes24,
}

impl Entry {
    /// Changes what both headers say.
    pub(crate) fn both(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    /// Changes what the local header says.
    pub(crate) fn local(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.local);
        self
    }

    /// Changes what the central header says.
    pub(crate) fn central(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.central);
        self
    }

    /// Changes anything else.
    pub(crate) fn with(mut self, change: impl Fn(&mut Entry)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn mode(self, mode: u32) -> Self {
        self.with(|entry| entry.mode = mode)
    }

    /// Packed bytes that are not those of the content; the headers say their true length.
    pub(crate) fn data(self, data: impl AsRef<[u8]>) -> Self {
        self.with(|entry| entry.data = data.as_ref().to_vec())
            .both(|header| header.compressed = data.as_ref().len() as u32)
    }

    /// Streamed: no values in the local header, a descriptor behind the data.
    pub(crate) fn streamed(self, form: Descriptor) -> Self {
        let (crc32, compressed, size) = (
            self.central.crc32,
            self.data.len() as u64,
            self.content.len() as u64,
        );
        self.both(|header| header.flags |= DESCRIPTOR_FLAG)
            .local(|header| (header.crc32, header.compressed, header.size) = (0, 0, 0))
            .with(|entry| entry.descriptor = descriptor(form, crc32, compressed, size))
    }

    /// Both headers have sentinels and correct zip64 fields.
    pub(crate) fn zip64(self) -> Self {
        let fields = zip64_field(&[self.content.len() as u64, self.data.len() as u64]);
        self.both(|header| {
            (header.size, header.compressed) = (u32::MAX, u32::MAX);
            header.extra.extend(&fields);
        })
    }
}

/// A descriptor with these values.
pub(crate) fn descriptor(form: Descriptor, crc32: u32, compressed: u64, size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if matches!(form, Descriptor::Bytes16 | Descriptor::Bytes24) {
        bytes.extend(b"PK\x07\x08");
    }
    bytes.extend(crc32.to_le_bytes());
    for value in [compressed, size] {
        match form {
            Descriptor::Bytes12 | Descriptor::Bytes16 => bytes.extend((value as u32).to_le_bytes()),
            Descriptor::Bytes20 | Descriptor::Bytes24 => bytes.extend(value.to_le_bytes()),
        }
    }
    bytes
}

/// An extra field.
pub(crate) fn extra(id: u16, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let mut bytes = id.to_le_bytes().to_vec();
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
    bytes
}

/// A zip64 extra field with these values.
pub(crate) fn zip64_field(values: &[u64]) -> Vec<u8> {
    extra(
        ZIP64,
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>(),
    )
}

/// Info-ZIP's field for a second name.
pub(crate) fn unicode_path(name_crc32: u32, second: &str) -> Vec<u8> {
    let mut value = vec![1];
    value.extend(name_crc32.to_le_bytes());
    value.extend(second.as_bytes());
    extra(0x7075, value)
}

impl Entry {
    pub(super) fn write_local(&self, out: &mut Vec<u8>) -> u64 {
        out.extend(&self.junk_before);
        let offset = out.len() as u64;
        if self.local_part == Presence::There {
            out.extend(b"PK\x03\x04");
            out.extend([20, 0]);
            self.local.write_shared(out);
            out.extend((self.local.name.len() as u16).to_le_bytes());
            out.extend((self.local.extra.len() as u16).to_le_bytes());
            out.extend(&self.local.name);
            out.extend(&self.local.extra);
            out.extend(&self.data);
            out.extend(&self.descriptor);
        }
        offset
    }

    pub(super) fn write_central(&self, out: &mut Vec<u8>, offset: u64) {
        let offset = self.said_offset.unwrap_or(offset);
        out.extend(b"PK\x01\x02");
        out.extend([30, self.host, 20, 0]);
        self.central.write_shared(out);
        for length in [
            self.central.name.len(),
            self.central.extra.len(),
            self.comment.len(),
        ] {
            out.extend((length as u16).to_le_bytes());
        }
        out.extend(self.disk.to_le_bytes());
        out.extend([0; 2]);
        out.extend((self.mode << 16).to_le_bytes());
        out.extend(self.central.offset.unwrap_or(offset as u32).to_le_bytes());
        out.extend(&self.central.name);
        out.extend(&self.central.extra);
        out.extend(&self.comment);
    }
}

impl Header {
    fn write_shared(&self, out: &mut Vec<u8>) {
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        // 1980-01-01, midnight.
        out.extend([0, 0, 0x21, 0]);
        out.extend(self.crc32.to_le_bytes());
        out.extend(self.compressed.to_le_bytes());
        out.extend(self.size.to_le_bytes());
    }
}
