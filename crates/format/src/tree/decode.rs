//! Canonical bytes to entries: they are cut apart, then each is judged by itself. The form is judged here, the rules on entries in
//! [`check`](super::check).

use super::encode::{DIRECTORY, EXECUTABLE, MAGIC, PLAIN, SYMLINK, VERSION};
use super::{TreeEntry, TreeError, TreeKind};
use crate::bytes::Fields;
use crate::caps::Caps;
use crate::digest::{Digest, ObjectId};
use crate::object::ExecClass;
use crate::threads::Threads;
use crate::tree_path::TreePath;
use rayon::prelude::*;

/// Bytes of the shortest entry: a directory with a name of one byte.
const SHORTEST_ENTRY: usize = 4;

/// Entries that a thread judges before it looks for other work.
const RUN: usize = 512;

pub(super) fn decode(bytes: &[u8], threads: Threads) -> Result<Vec<TreeEntry>, TreeError> {
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
    let cuts = cut_all(&mut fields, count as usize)?;
    let judge = |(index, cut): (usize, Cut<'_>)| cut.judge(index);
    match threads {
        Threads::Caller => cuts.into_iter().enumerate().map(judge).collect(),
        Threads::Pool => {
            let cuts = cuts.into_par_iter().enumerate().with_min_len(RUN);
            // Of several that are wrong the first is told.
            let judged: Vec<Result<_, _>> = cuts.map(judge).collect();
            judged.into_iter().collect()
        }
    }
}

/// All that is left, as so many entries.
fn cut_all<'b>(fields: &mut Fields<'b>, count: usize) -> Result<Vec<Cut<'b>>, TreeError> {
    let plausible = count.min(fields.remaining() / SHORTEST_ENTRY);
    let mut cuts = Vec::with_capacity(plausible);
    for index in 0..count {
        cuts.push(Cut::next(fields, index)?);
    }
    match fields.remaining() {
        0 => Ok(cuts),
        left => Err(TreeError::TrailingBytes(left)),
    }
}

/// The parts of one entry.
struct Cut<'b> {
    path: &'b [u8],
    kind: CutKind<'b>,
}

enum CutKind<'b> {
    Directory,
    File {
        exec: ExecClass,
        object: [u8; 32],
        size: u64,
    },
    Symlink {
        target: &'b [u8],
    },
}

impl<'b> Cut<'b> {
    fn next(fields: &mut Fields<'b>, index: usize) -> Result<Self, TreeError> {
        let kind = fields.u8()?;
        let path = fields.counted()?;
        let mut file = |exec| -> Result<_, TreeError> {
            Ok(CutKind::File {
                exec,
                object: fields.array()?,
                size: fields.u64()?,
            })
        };
        let kind = match kind {
            DIRECTORY => CutKind::Directory,
            PLAIN => file(ExecClass::Plain)?,
            EXECUTABLE => file(ExecClass::Executable)?,
            SYMLINK => CutKind::Symlink {
                target: fields.counted()?,
            },
            kind => return Err(TreeError::Kind { index, kind }),
        };
        Ok(Cut { path, kind })
    }

    fn judge(self, index: usize) -> Result<TreeEntry, TreeError> {
        let text = std::str::from_utf8(self.path).map_err(|_| TreeError::PathText { index })?;
        let path = TreePath::parse(text).map_err(|rule| TreeError::Path {
            path: text.into(),
            rule,
        })?;
        let kind = match self.kind {
            CutKind::Directory => TreeKind::Directory,
            CutKind::File { exec, object, size } => TreeKind::File {
                exec,
                object: ObjectId::from_digest(Digest::from_bytes(object)),
                size,
            },
            CutKind::Symlink { target } => match std::str::from_utf8(target) {
                Ok(target) => TreeKind::Symlink {
                    target: target.into(),
                },
                Err(_) => return Err(TreeError::TargetText { path }),
            },
        };
        Ok(TreeEntry { path, kind })
    }
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
        assert_eq!(
            error(b"LKTR\x01\x01\0\0\0\x04\x01\0a"),
            TreeError::Kind { index: 0, kind: 4 }
        );
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

    // Seen to fail when the last of them is told, and when the entries of a pool come in another order.
    #[test]
    fn a_pool_reads_what_one_thread_reads_and_tells_the_same_error() {
        let entries = (0..3000u32)
            .map(|n| samples::file(&format!("{n:04}"), ExecClass::Plain, &n.to_le_bytes()));
        let tree = Tree::new(entries.collect()).unwrap();
        let bytes = tree.encode();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(4)
            .build()
            .unwrap();
        let by_pool = |bytes: &[u8]| pool.install(|| Tree::decode_by(Threads::Pool, bytes));
        assert_eq!(by_pool(&bytes), Ok(tree));

        let at = |path: &str| {
            let found = bytes
                .windows(4)
                .position(|window| window == path.as_bytes());
            found.expect("it is the path of a file")
        };
        let mut wrong = bytes.clone();
        // No path, and one that clashes with no other but comes before it.
        for path in ["0700", "2100"] {
            wrong[at(path)] = b'/';
        }
        wrong[at("2900")] = b'0';
        assert!(matches!(error(&wrong), TreeError::Path { path, .. } if path == "/700"));
        for _ in 0..20 {
            assert_eq!(by_pool(&wrong), Err(error(&wrong)));
        }
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
