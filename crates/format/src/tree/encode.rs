//! Entries to canonical bytes. Entries that keep the rules always fit the widths of the fields.

use super::{TreeEntry, TreeKind};
use crate::bytes::put_counted;
use crate::object::ExecClass;

/// How an encoding begins.
pub(super) const MAGIC: [u8; 4] = *b"LKTR";
/// The version of the encoding.
pub(super) const VERSION: u8 = 1;

pub(super) const DIRECTORY: u8 = 0;
pub(super) const PLAIN: u8 = 1;
pub(super) const EXECUTABLE: u8 = 2;
pub(super) const SYMLINK: u8 = 3;

pub(super) fn encode(entries: &[TreeEntry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + entries.len() * 96);
    out.extend_from_slice(&MAGIC);
    out.push(VERSION);
    out.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    for entry in entries {
        put_entry(&mut out, entry);
    }
    out
}

fn put_entry(out: &mut Vec<u8>, entry: &TreeEntry) {
    out.push(match &entry.kind {
        TreeKind::Directory => DIRECTORY,
        TreeKind::File {
            exec: ExecClass::Plain,
            ..
        } => PLAIN,
        TreeKind::File {
            exec: ExecClass::Executable,
            ..
        } => EXECUTABLE,
        TreeKind::Symlink { .. } => SYMLINK,
    });
    put_counted(out, entry.path.as_str().as_bytes());
    match &entry.kind {
        TreeKind::Directory => {}
        TreeKind::File { object, size, .. } => {
            out.extend_from_slice(object.as_bytes());
            out.extend_from_slice(&size.to_le_bytes());
        }
        TreeKind::Symlink { target } => put_counted(out, target.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;

    #[test]
    fn the_worked_example_of_the_specification_holds() {
        let tree = samples::of_the_specification();
        let encoded = tree.encode();
        assert_eq!(encoded, samples::bytes_of_the_specification());
        assert_eq!(encoded.len(), 186);
        assert_eq!(
            tree.id().to_string(),
            "236d23ffb9b463fb3c7e749356539f5238657daeddaddc6e131151a26af825d3"
        );
    }
}
