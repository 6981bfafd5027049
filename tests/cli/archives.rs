//! Archives to install: a writer of stored zips, plain enough to be damaged at a known place.

/// The entry point of each bundle.
pub(crate) const ENTRY_POINT: &[u8] = b"print('hello')\n";

/// A zip of stored files.
#[derive(Debug, Default)]
pub(crate) struct Zip {
    local: Vec<u8>,
    central: Vec<u8>,
    entries: u16,
}

impl Zip {
    /// A bundle with an MCPB manifest of this name and version.
    pub(crate) fn bundle(name: &str, version: &str) -> Self {
        let manifest = serde_json::json!({
            "manifest_version": "0.3",
            "name": name,
            "version": version,
            "server": {"type": "python", "entry_point": "main.py"},
        });
        Zip::default()
            .file("manifest.json", manifest.to_string().as_bytes())
            .file("main.py", ENTRY_POINT)
    }

    /// Adds a file of mode 0644.
    pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
        self.file_with_mode(name, content, 0o644)
    }

    /// Adds a file.
    pub(crate) fn file_with_mode(mut self, name: &str, content: &[u8], mode: u32) -> Self {
        let offset = self.local.len() as u32;
        let facts = facts(name, content);
        self.local.extend(b"PK\x03\x04");
        self.local.extend(&facts);
        self.local.extend(name.as_bytes());
        self.local.extend(content);
        // Made on unix, version 2.0.
        self.central.extend(b"PK\x01\x02\x14\x03");
        self.central.extend(&facts);
        self.central.extend([0; 6]);
        self.central
            .extend(((0o100_000 | mode) << 16).to_le_bytes());
        self.central.extend(offset.to_le_bytes());
        self.central.extend(name.as_bytes());
        self.entries += 1;
        self
    }

    /// The bytes of the archive.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.local.clone();
        bytes.extend(&self.central);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend((self.central.len() as u32).to_le_bytes());
        bytes.extend((self.local.len() as u32).to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }
}

/// What local and central header have in common: version to the length of the extra field.
fn facts(name: &str, content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u32).to_le_bytes();
    let mut facts = Vec::new();
    facts.extend(20_u16.to_le_bytes());
    // No flags, stored, midnight, 1980-01-01.
    facts.extend([0, 0, 0, 0, 0, 0, 0x21, 0]);
    facts.extend(crc32fast::hash(content).to_le_bytes());
    facts.extend(size);
    facts.extend(size);
    facts.extend((name.len() as u16).to_le_bytes());
    facts.extend([0, 0]);
    facts
}

/// Bytes that no compression and no other file shares.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
