//! The records of the end, the signature block, and every lie that they can tell.

/// A lie about something.
pub(crate) type Change<T> = fn(&mut T);

/// What the end record, or the zip64 end record, says.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) disk: u32,
    pub(crate) directory_disk: u32,
    pub(crate) entries_on_disk: u64,
    pub(crate) entries: u64,
    pub(crate) directory_size: u64,
    pub(crate) directory_offset: u64,
}

/// The zip64 records of the end.
#[derive(Clone)]
pub(crate) struct Zip64End {
    pub(crate) end: Change<End>,
    pub(crate) rest_length: Option<u64>,
    pub(crate) extensible_data: Vec<u8>,
    pub(crate) locator_offset: Option<u64>,
    pub(crate) locator_disks: u32,
}

impl Default for Zip64End {
    fn default() -> Self {
        Zip64End {
            end: |_| {},
            rest_length: None,
            extensible_data: Vec::new(),
            locator_offset: None,
            locator_disks: 1,
        }
    }
}

impl Zip64End {
    pub(super) fn write(&self, out: &mut Vec<u8>, mut end: End) {
        (self.end)(&mut end);
        let at = out.len() as u64;
        out.extend(b"PK\x06\x06");
        let rest = self
            .rest_length
            .unwrap_or(44 + self.extensible_data.len() as u64);
        out.extend(rest.to_le_bytes());
        out.extend([45, 3, 45, 0]);
        out.extend(end.disk.to_le_bytes());
        out.extend(end.directory_disk.to_le_bytes());
        for value in [
            end.entries_on_disk,
            end.entries,
            end.directory_size,
            end.directory_offset,
        ] {
            out.extend(value.to_le_bytes());
        }
        out.extend(&self.extensible_data);
        out.extend(b"PK\x06\x07");
        out.extend([0; 4]);
        out.extend(self.locator_offset.unwrap_or(at).to_le_bytes());
        out.extend(self.locator_disks.to_le_bytes());
    }
}

/// An MCPB signature block around these bytes.
pub(crate) fn signature_block(der: &[u8]) -> Vec<u8> {
    let mut block = b"MCPB_SIG_V1".to_vec();
    block.extend((der.len() as u32).to_le_bytes());
    block.extend(der);
    block.extend(b"MCPB_SIG_END");
    block
}
