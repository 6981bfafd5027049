//! The look-ups that lead to nothing that is kept. They are read piece by piece: whoever else wants the manifest meanwhile waits for
//! one piece, not for all that a large store remembers.

use std::ops::Bound;
use std::time::Duration;

use linkstead_format::{ArchiveRow, FormatError, ObjectId, StreamRow, TreeId};
use redb::{ReadTransaction, TableDefinition};

use super::{LookUp, Reader, guarded, tables};
use crate::error::Result;

/// Rows of one piece: some ten milliseconds.
const PIECE: usize = 50_000;

/// Between two pieces: nobody queues for a `flock`, and who took it again at once would have it before whoever was woken.
const PAUSE: Duration = Duration::from_millis(1);

/// Where a piece begins: its table, and the row that it comes after.
#[derive(Debug, Clone)]
enum Place {
    Archives(Option<Vec<u8>>),
    Streams(Option<Vec<u8>>),
}

/// The look-ups whose trees or contents are not kept, by a manifest that is opened for each piece. What is written meanwhile may be
/// missed; whoever forgets rows looks at each once more.
pub(crate) fn stale_look_ups(
    open: impl Fn() -> Result<Option<Reader>>,
    tree_kept: impl Fn(&TreeId) -> bool,
    object_kept: impl Fn(&ObjectId) -> bool,
) -> Result<Vec<LookUp>> {
    in_pieces(PIECE, open, tree_kept, object_kept)
}

fn in_pieces(
    rows: usize,
    open: impl Fn() -> Result<Option<Reader>>,
    tree_kept: impl Fn(&TreeId) -> bool,
    object_kept: impl Fn(&ObjectId) -> bool,
) -> Result<Vec<LookUp>> {
    let mut stale = Vec::new();
    let mut place = Some(Place::Archives(None));
    while let Some(from) = place
        && let Some(manifest) = open()?
    {
        place = manifest.add_stale(from, rows, &tree_kept, &object_kept, &mut stale)?;
        drop(manifest);
        if place.is_some() {
            std::thread::sleep(PAUSE);
        }
    }
    Ok(stale)
}

impl Reader {
    /// Reads every look-up; an error says that one cannot be read.
    pub(crate) fn read_look_ups(&self) -> Result<()> {
        let (mut none, mut place) = (Vec::new(), Some(Place::Archives(None)));
        while let Some(from) = place {
            place = self.add_stale(from, PIECE, &|_| true, &|_| true, &mut none)?;
        }
        Ok(())
    }

    /// Adds those of one piece; says where the next begins.
    fn add_stale(
        &self,
        from: Place,
        rows: usize,
        tree_kept: &impl Fn(&TreeId) -> bool,
        object_kept: &impl Fn(&ObjectId) -> bool,
        stale: &mut Vec<LookUp>,
    ) -> Result<Option<Place>> {
        guarded(&self.path, || {
            let transaction = self.told(self.database.begin_read())?;
            Ok(match from {
                Place::Archives(after) => {
                    let is_kept = |row: &[u8]| Ok(tree_kept(&ArchiveRow::decode(row)?.tree));
                    let mut take = |key| stale.push(LookUp::Archive(key));
                    let table = tables::ARCHIVES;
                    let last = self.scan(&transaction, table, after, rows, is_kept, &mut take)?;
                    Some(last.map_or(Place::Streams(None), |last| Place::Archives(Some(last))))
                }
                Place::Streams(after) => {
                    let is_kept = |row: &[u8]| Ok(object_kept(&StreamRow::decode(row)?.object));
                    let mut take = |key| stale.push(LookUp::Stream(key));
                    let table = tables::STREAMS;
                    let last = self.scan(&transaction, table, after, rows, is_kept, &mut take)?;
                    last.map(|last| Place::Streams(Some(last)))
                }
            })
        })
    }

    /// Takes the keys of so many rows that are not kept; gives the last key if there may be more rows.
    fn scan(
        &self,
        transaction: &ReadTransaction,
        table: TableDefinition<'_, &'static [u8], &'static [u8]>,
        after: Option<Vec<u8>>,
        rows: usize,
        is_kept: impl Fn(&[u8]) -> std::result::Result<bool, FormatError>,
        take: &mut impl FnMut(Vec<u8>),
    ) -> Result<Option<Vec<u8>>> {
        let table = self.told(transaction.open_table(table))?;
        let from = match &after {
            Some(key) => Bound::Excluded(key.as_slice()),
            None => Bound::Unbounded,
        };
        let range = (from, Bound::Unbounded);
        let mut seen = 0;
        for row in self.told(table.range::<&[u8]>(range))? {
            let (key, value) = self.told(row)?;
            if !self.row(is_kept(value.value()))? {
                take(key.value().to_vec());
            }
            seen += 1;
            if seen == rows {
                return Ok(Some(key.value().to_vec()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use linkstead_format::{
        ArchiveId, ArchiveKey, Digest, Sanitized, Signature, StreamId, StreamKey,
    };

    use super::*;
    use crate::manifest::{LookUps, Writer};
    use crate::{Control, OpenMode, OpenOptions, Silent, Store};

    // Seen to fail when streams end with the first piece of them, and never to end when a piece begins with the last row once more.
    #[test]
    fn pieces_of_any_size_find_the_same() {
        let scratch = tempfile::tempdir().unwrap();
        let mode = OpenOptions::new(OpenMode::ReadWriteOrCreate);
        let store = Store::open(scratch.path().join("store"), &mode).unwrap();
        let control = Control::default();
        let locks = store.locks(&control, &Silent);
        for n in 0..7u8 {
            let key = ArchiveKey {
                archive: ArchiveId::of(&[n]),
                rules: 1,
                policy: Digest::of(b""),
            };
            let row = ArchiveRow {
                tree: TreeId::of(&[n]),
                name: String::new(),
                version: String::new(),
                signature: Signature::Absent,
                sanitized: Sanitized::default(),
            };
            let stream = |of: u8| {
                let stream = StreamKey {
                    method: 0,
                    stream: StreamId::of(&[n, of]),
                };
                let row = StreamRow {
                    object: ObjectId::of(&[n]),
                    length: 1,
                    crc32: 0,
                };
                (stream, row)
            };
            let look_ups = LookUps {
                archive: Some((key, row)),
                streams: vec![stream(0), stream(1)],
            };
            let manifest = Writer::open_or_begin(&store, &locks).unwrap();
            manifest.record(None, &look_ups).unwrap();
        }
        for rows in [1, 2, 3, 7, 14, 100] {
            let stale = in_pieces(
                rows,
                || Reader::open(store.root(), &locks),
                |tree| *tree == TreeId::of(&[3]),
                |object| *object == ObjectId::of(&[3]),
            );
            let (archives, streams): (Vec<_>, Vec<_>) = stale
                .unwrap()
                .into_iter()
                .partition(|look_up| matches!(look_up, LookUp::Archive(_)));
            assert_eq!((archives.len(), streams.len()), (6, 12), "{rows}");
        }
    }
}
