//! Canonical bytes to entries. The form is judged here, the rules on entries in [`check`](super::check).

use super::encode::{DIRECTORY, EXECUTABLE, MAGIC, PLAIN, SYMLINK, VERSION};
use super::{TreeEntry, TreeError, TreeKind};
use crate::bytes::Fields;
use crate::caps::Caps;
use crate::digest::{Digest, ObjectId};
use crate::object::ExecClass;
use crate::tree_path::TreePath;
use rayon::prelude::*;

/// Bytes of the shortest entry: a directory with a name of one byte.
const SHORTEST_ENTRY: usize = 4;

/// Bytes of what follows the path of a file: object and size.
const FILE: usize = 32 + 8;

/// Entries that a thread judges before it looks for other work.
const RUN: usize = 512;

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<TreeEntry>, TreeError> {
    let mut fields = Fields::new(bytes);
    if fields.array()? != MAGIC {
        return Err(TreeError::Magic);
    }
    let version = fields.u8()?;
    if version != VERSION {
        return Err(TreeError::Version(version));
    }
    let count = fields.u32()?;
    if u64::from(count) > Caps::FORMAT.entries {
        return Err(TreeError::TooManyEntries(count.into()));
    }
    let count = count as usize;
    let starts = starts(&mut fields, count)?;
    if fields.remaining() > 0 {
        return Err(TreeError::TrailingBytes(fields.remaining()));
    }
    let entries = starts.into_par_iter().enumerate().with_min_len(RUN);
    let entries = entries.map(|(index, mut start)| entry(&mut start, index));
    // Of several that are wrong the first is told.
    entries.collect::<Vec<_>>().into_iter().collect()
}

/// Where each entry starts: the next is found by the lengths of the one before.
fn starts<'b>(fields: &mut Fields<'b>, count: usize) -> Result<Vec<Fields<'b>>, TreeError> {
    let plausible = count.min(fields.remaining() / SHORTEST_ENTRY);
    let mut starts = Vec::with_capacity(plausible);
    for index in 0..count {
        let start = fields.clone();
        let kind = fields.u8()?;
        fields.counted()?;
        match kind {
            DIRECTORY => {}
            PLAIN | EXECUTABLE => drop(fields.take(FILE)?),
            SYMLINK => drop(fields.counted()?),
            _ => drop(entry(&mut start.clone(), index)?),
        }
        starts.push(start);
    }
    Ok(starts)
}

fn entry(fields: &mut Fields<'_>, index: usize) -> Result<TreeEntry, TreeError> {
    let kind = fields.u8()?;
    let text = std::str::from_utf8(fields.counted()?).map_err(|_| TreeError::PathText { index })?;
    let path = TreePath::parse(text).map_err(|rule| TreeError::Path {
        path: text.into(),
        rule,
    })?;
    let kind = match kind {
        DIRECTORY => TreeKind::Directory,
        PLAIN => file(fields, ExecClass::Plain)?,
        EXECUTABLE => file(fields, ExecClass::Executable)?,
        SYMLINK => match std::str::from_utf8(fields.counted()?) {
            Ok(target) => TreeKind::Symlink {
                target: target.into(),
            },
            Err(_) => return Err(TreeError::TargetText { path }),
        },
        kind => return Err(TreeError::Kind { path, kind }),
    };
    Ok(TreeEntry { path, kind })
}

fn file(fields: &mut Fields<'_>, exec: ExecClass) -> Result<TreeKind, TreeError> {
    Ok(TreeKind::File {
        exec,
        object: ObjectId::from_digest(Digest::from_bytes(fields.array()?)),
        size: fields.u64()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Tree, samples};
    use super::*;
    use proptest::prelude::*;

    fn error(bytes: &[u8]) -> TreeError {
        Tree::decode(bytes).unwrap_err()
    }

    #[test]
    fn the_worked_example_of_the_specification_is_read() {
        let tree = Tree::decode(&samples::bytes_of_the_specification()).unwrap();
        assert_eq!(tree, samples::of_the_specification());
    }

    #[test]
    fn the_empty_tree_has_nine_bytes() {
        let tree = Tree::new(Vec::new()).unwrap();
        assert_eq!(tree.encode(), b"LKTR\x01\0\0\0\0");
        assert_eq!(Tree::decode(&tree.encode()).unwrap(), tree);
    }

    #[test]
    fn every_cut_is_refused() {
        let bytes = samples::bytes_of_the_specification();
        for length in 0..bytes.len() {
            assert_eq!(error(&bytes[..length]), TreeError::Truncated, "{length}");
        }
    }

    #[test]
    fn what_is_no_tree_of_this_version_is_refused() {
        assert_eq!(error(b"LKTX\x01\0\0\0\0"), TreeError::Magic);
        assert_eq!(error(b"LKTR\x02\0\0\0\0"), TreeError::Version(2));
        assert_eq!(error(b"LKTR\x01\0\0\0\0x"), TreeError::TrailingBytes(1));
        assert_eq!(
            error(b"LKTR\x01\xff\xff\xff\xff"),
            TreeError::TooManyEntries(u32::MAX.into())
        );
        assert_eq!(
            error(b"LKTR\x01\0\0\0\x01"),
            TreeError::Truncated,
            "a count that lies"
        );
        assert!(matches!(
            error(b"LKTR\x01\x01\0\0\0\x04\x01\0a"),
            TreeError::Kind { kind: 4, .. }
        ));
        assert_eq!(
            error(b"LKTR\x01\x01\0\0\0\x00\x01\0\xff"),
            TreeError::PathText { index: 0 }
        );
        assert!(matches!(
            error(b"LKTR\x01\x01\0\0\0\x00\x02\0.."),
            TreeError::Path { .. }
        ));
        assert!(matches!(
            error(b"LKTR\x01\x01\0\0\0\x03\x01\0a\x01\0\xff"),
            TreeError::TargetText { .. }
        ));
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(tree in samples::trees()) {
            prop_assert_eq!(Tree::decode(&tree.encode()).unwrap(), tree);
        }

        #[test]
        fn any_bytes_that_can_be_read_are_the_encoding(
            tree in samples::trees(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let mut bytes = tree.encode();
            for (index, byte) in changes {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            if let Ok(tree) = Tree::decode(&bytes) {
                prop_assert_eq!(tree.encode(), bytes);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Tree::decode(&bytes);
            let _ = Tree::decode(&[b"LKTR\x01\x03\0\0\0", &bytes[..]].concat());
        }
    }
}
