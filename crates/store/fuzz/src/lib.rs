//! What must hold of every archive that a plan accepts: the oracles of the fuzz targets.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use linkstead_fs::read_at::ReadAt;
use linkstead_store::archive::{ArchiveKind, Method, Plan, PlannedKind, Policy, plan};

/// The builder of archives that lie; the tests have it too.
#[path = "../../../../tests/archive/builder/mod.rs"]
#[allow(dead_code, unused_imports)]
mod builder;

pub mod liar;
pub mod seeds;

/// Plans these bytes; what is accepted must be what any honest reader sees.
pub fn judge(bytes: &Vec<u8>) {
    let policy = Policy {
        kind: ArchiveKind::Plain,
        ..Policy::default()
    };
    let Ok(plan) = plan(bytes as &dyn ReadAt, &policy) else {
        return;
    };
    no_path_leaves_the_root(&plan);
    no_byte_is_owned_twice(&plan, bytes.len() as u64);
    another_parser_reads_the_same(&plan, bytes);
}

fn no_path_leaves_the_root(plan: &Plan) {
    assert!(plan.entries.is_sorted_by(|a, b| a.path < b.path));
    for entry in &plan.entries {
        let path: &Path = entry.path.as_ref();
        assert!(
            path.components()
                .all(|component| matches!(component, Component::Normal(_)))
        );
        if let Some(parent) = entry.path.parent() {
            let holder = plan
                .entries
                .binary_search_by(|entry| entry.path.cmp(&parent));
            let holder = &plan.entries[holder.expect("the directory of an entry is an entry")];
            assert_eq!(holder.kind, PlannedKind::Directory);
        }
    }
}

fn no_byte_is_owned_twice(plan: &Plan, size: u64) {
    let mut ranges: Vec<_> = plan
        .entries
        .iter()
        .filter_map(|entry| match &entry.kind {
            PlannedKind::File { data, .. } => Some((data.offset, data.offset + data.compressed)),
            _ => None,
        })
        .collect();
    ranges.sort_unstable();
    assert!(ranges.iter().all(|(_, end)| *end <= size));
    assert!(
        ranges.windows(2).all(|pair| pair[0].1 + 30 <= pair[1].0),
        "a header lies between"
    );
}

/// What `rawzip` reads of a file.
#[derive(Debug, PartialEq)]
struct Theirs {
    method: u16,
    crc32: u32,
    compressed: u64,
    size: u64,
    offset: u64,
}

fn another_parser_reads_the_same(plan: &Plan, bytes: &[u8]) {
    let theirs = read_with_rawzip(bytes).expect("what is accepted can be read");
    let all_here = theirs.keys().all(|name| name.starts_with(b"./"));
    let mut files = BTreeMap::new();
    for (name, facts) in theirs {
        let name = if all_here { &name[2..] } else { &name[..] };
        files.insert(name.to_vec(), facts);
    }
    for entry in &plan.entries {
        let PlannedKind::File { data, .. } = &entry.kind else {
            continue;
        };
        let ours = Theirs {
            method: match data.method {
                Method::Stored => 0,
                Method::Deflate => 8,
            },
            crc32: data.crc32,
            compressed: data.compressed,
            size: data.size,
            offset: data.offset,
        };
        let theirs = files.remove(entry.path.as_str().as_bytes());
        assert_eq!(theirs, Some(ours), "{}", entry.path);
    }
    for name in files.keys() {
        let path = std::str::from_utf8(name)
            .expect("names are UTF-8")
            .trim_end_matches('/');
        let found = plan
            .entries
            .iter()
            .find(|entry| entry.path.as_str() == path);
        let is_no_file = found.is_some_and(|entry| !matches!(entry.kind, PlannedKind::File { .. }));
        assert!(is_no_file || path.is_empty(), "{path} is only theirs");
    }
}

fn read_with_rawzip(bytes: &[u8]) -> Result<BTreeMap<Vec<u8>, Theirs>, rawzip::Error> {
    let archive = rawzip::ZipArchive::from_slice(bytes)?;
    let mut files = BTreeMap::new();
    let mut entries = archive.entries();
    // Its reader goes on into a zip64 end record that no field asks for, and leaves the count to its callers.
    for _ in 0..archive.entries_hint() {
        let Some(entry) = entries.next_entry()? else {
            break;
        };
        let local = archive.get_entry(entry.wayfinder())?;
        let (offset, end) = local.compressed_data_range();
        let facts = Theirs {
            method: entry.compression_method().as_u16(),
            crc32: entry.crc32(),
            compressed: end - offset,
            size: entry.uncompressed_size_hint(),
            offset,
        };
        files.insert(entry.file_path().as_ref().to_vec(), facts);
    }
    Ok(files)
}
