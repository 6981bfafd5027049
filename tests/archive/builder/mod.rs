//! A builder of archives that can tell every lie of the rules, each by its name. What is not lied about is true.

mod end;
mod entry;

pub(crate) use end::{Change, End, Zip64End, signature_block};
pub(crate) use entry::{
    DESCRIPTOR_FLAG, Descriptor, Entry, Header, Presence, UTF8_FLAG, ZIP64, descriptor, directory,
    extra, file, link, stored, unicode_path, zip64_field,
};

/// A whole archive.
#[derive(Clone)]
pub(crate) struct Archive {
    pub(crate) entries: Vec<Entry>,
    /// Bytes between the last entry and the directory.
    pub(crate) before_directory: Vec<u8>,
    /// Bytes between the directory and the end records.
    pub(crate) after_directory: Vec<u8>,
    pub(crate) end: Change<End>,
    pub(crate) zip64: Option<Zip64End>,
    pub(crate) comment: Vec<u8>,
    pub(crate) comment_length: Option<u16>,
    /// Bytes behind everything.
    pub(crate) after_end: Vec<u8>,
}

/// An archive of these entries.
pub(crate) fn archive(entries: impl IntoIterator<Item = Entry>) -> Archive {
    Archive {
        entries: entries.into_iter().collect(),
        before_directory: Vec::new(),
        after_directory: Vec::new(),
        end: |_| {},
        zip64: None,
        comment: Vec::new(),
        comment_length: None,
        after_end: Vec::new(),
    }
}

impl Archive {
    /// Changes anything.
    pub(crate) fn with(mut self, change: impl Fn(&mut Archive)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn end(self, end: Change<End>) -> Self {
        self.with(|archive| archive.end = end)
    }

    /// Adds the zip64 records of the end, with this lie.
    pub(crate) fn zip64(self, change: impl Fn(&mut Zip64End)) -> Self {
        let mut zip64 = Zip64End::default();
        change(&mut zip64);
        self.with(|archive| archive.zip64 = Some(zip64.clone()))
    }

    pub(crate) fn comment(self, comment: impl AsRef<[u8]>) -> Self {
        self.with(|archive| archive.comment = comment.as_ref().to_vec())
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let offsets: Vec<u64> = self
            .entries
            .iter()
            .map(|entry| entry.write_local(&mut out))
            .collect();
        out.extend(&self.before_directory);
        let start = out.len() as u64;
        let mut listed = 0;
        for (entry, offset) in self.entries.iter().zip(offsets) {
            if entry.listing == Presence::There {
                entry.write_central(&mut out, offset);
                listed += 1;
            }
        }
        let mut end = End {
            disk: 0,
            directory_disk: 0,
            entries_on_disk: listed,
            entries: listed,
            directory_size: out.len() as u64 - start,
            directory_offset: start,
        };
        out.extend(&self.after_directory);
        if let Some(zip64) = &self.zip64 {
            zip64.write(&mut out, end);
        }
        (self.end)(&mut end);
        self.write_end(&mut out, &end);
        out.extend(&self.after_end);
        out
    }

    fn write_end(&self, out: &mut Vec<u8>, end: &End) {
        out.extend(b"PK\x05\x06");
        for value in [
            end.disk as u64,
            end.directory_disk as u64,
            end.entries_on_disk,
            end.entries,
        ] {
            out.extend((value.min(0xffff) as u16).to_le_bytes());
        }
        for value in [end.directory_size, end.directory_offset] {
            out.extend((value.min(0xffff_ffff) as u32).to_le_bytes());
        }
        let length = self.comment_length.unwrap_or(self.comment.len() as u16);
        out.extend(length.to_le_bytes());
        out.extend(&self.comment);
    }
}
