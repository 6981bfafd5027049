//! Where a call is made: the operation, the place in the program, and the kind of path in the store.
//!
//! One helper of the engine serves many kinds of files, so the kind of path belongs to the point: otherwise a mutant would skip
//! the syncs of refs and receipts together, and one test would seem to notice both.

use std::path::{Component, Path};

use linkstead_fs::Op;
use linkstead_fs::boundary::Call;

/// Components that say which kind of file it is; all others are names.
const WORDS: [&str; 11] = [
    "archive",
    "checkout",
    "name",
    "versions",
    "tree",
    "objects",
    "gc",
    "turnstile",
    "store",
    "manifest",
    "current",
];

/// Directories whose content is the bundle's own.
const FARMS: [(&str, usize); 4] = [("staging", 3), ("bundles", 4), ("parked", 2), ("trash", 2)];

/// What stands for a sync of the whole filesystem where there is none: one call of the engine, however many files it syncs.
const SYNC_OF_ALL: &str = "sync_tree";

/// The point of a call, as text: `SyncDir sync_dir at crates/store/src/refs.rs:170 refs/*`.
#[must_use]
pub fn of(call: &Call<'_>, root: &Path) -> String {
    if call.site.function == SYNC_OF_ALL {
        return format!("{:?} {} .", Op::SyncFilesystem, call.site);
    }
    let place = match (call.op, call.second_path) {
        (Op::Symlink, Some(to)) => place(to, root),
        (_, Some(to)) => format!("{} > {}", place(call.path, root), place(to, root)),
        (_, None) => place(call.path, root),
    };
    format!("{:?} {} {place}", call.op, call.site)
}

/// The kind of path: `refs/*/versions/*.json`.
fn place(path: &Path, root: &Path) -> String {
    let Ok(relative) = path.strip_prefix(root) else {
        return "outside".into();
    };
    let parts: Vec<String> = relative
        .components()
        .enumerate()
        .filter_map(|(depth, component)| match component {
            Component::Normal(name) => Some(word(depth, &name.to_string_lossy())),
            _ => None,
        })
        .collect();
    let first = parts.first().cloned().unwrap_or_default();
    match FARMS.iter().find(|(farm, _)| *farm == first) {
        Some((_, depth)) if parts.len() > *depth => format!("{}/**", parts[..*depth].join("/")),
        _ if parts.is_empty() => ".".into(),
        _ => parts.join("/"),
    }
}

fn word(depth: usize, name: &str) -> String {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if depth == 0 || WORDS.contains(&stem) {
        return name.to_owned();
    }
    match extension {
        "json" | "lock" | "tmp" | "x" => format!("*.{extension}"),
        _ => "*".to_owned(),
    }
}

/// The operation of a point.
#[must_use]
pub fn op_of(point: &str) -> &str {
    point.split(' ').next().unwrap_or_default()
}
