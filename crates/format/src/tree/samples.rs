//! Trees for tests: the worked example of the specification, and arbitrary sound ones.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Tree, TreeEntry, TreeKind};
use crate::digest::ObjectId;
use crate::object::ExecClass;
use crate::tree_path::TreePath;

pub(super) fn entry(path: &str, kind: TreeKind) -> TreeEntry {
    TreeEntry {
        path: TreePath::parse(path).unwrap(),
        kind,
    }
}

pub(super) fn directory(path: &str) -> TreeEntry {
    entry(path, TreeKind::Directory)
}

pub(super) fn file(path: &str, exec: ExecClass, content: &[u8]) -> TreeEntry {
    entry(path, file_kind(exec, content))
}

pub(super) fn symlink(path: &str, target: &str) -> TreeEntry {
    let target = target.into();
    entry(path, TreeKind::Symlink { target })
}

fn file_kind(exec: ExecClass, content: &[u8]) -> TreeKind {
    TreeKind::File {
        exec,
        object: ObjectId::of(content),
        size: content.len() as u64,
    }
}

pub(super) fn of_the_specification() -> Tree {
    Tree::new(vec![
        directory("bin"),
        file("bin/run", ExecClass::Executable, b"#!/bin/sh\n"),
        file("empty", ExecClass::Plain, b""),
        file("manifest.json", ExecClass::Plain, b"{}\n"),
        symlink("start", "bin/run"),
    ])
    .unwrap()
}

pub(super) fn bytes_of_the_specification() -> Vec<u8> {
    let hex = "
        4c4b5452 01 05000000
        00 0300 62696e
        02 0700 62696e2f72756e
           bc1f407a11c9377c8b9b13f956b279c8462775105eb958fc9ae3c40de87cc96e 0a00000000000000
        01 0500 656d707479
           af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262 0000000000000000
        01 0d00 6d616e69666573742e6a736f6e
           a7c4d54776fcb179f048728766a52d75dc450cc2a5072b7e2c238aa9b2cff3b6 0300000000000000
        03 0500 7374617274 0700 62696e2f72756e";
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

/// Sound trees: files with their directories, and links to files of the root.
pub(super) fn trees() -> impl Strategy<Value = Tree> {
    let path = prop::collection::vec("[a-dé]{1,3}", 1..4).prop_map(|parts| parts.join("/"));
    let exec = prop_oneof![Just(ExecClass::Plain), Just(ExecClass::Executable)];
    let content = prop::collection::vec(any::<u8>(), 0..4);
    let files = prop::collection::btree_map(path, (exec, content), 0..12);
    (files, prop::collection::btree_set("[a-d]{1,3}", 0..3)).prop_map(|(files, links)| {
        let mut entries = BTreeMap::new();
        for (path, (exec, content)) in &files {
            let path = TreePath::parse(path).unwrap();
            for above in path.ancestors() {
                entries.insert(above.to_owned(), TreeKind::Directory);
            }
            let free = !matches!(entries.get(path.as_str()), Some(TreeKind::Directory));
            if free && !has_file_above(&entries, &path) {
                entries.insert(path.to_string(), file_kind(*exec, content));
            }
        }
        if let Some(target) = files
            .keys()
            .next()
            .filter(|path| entries.contains_key(*path))
        {
            for link in links {
                let target = target.clone();
                entries.insert(format!("link-{link}"), TreeKind::Symlink { target });
            }
        }
        let entries = entries.into_iter().map(|(path, kind)| entry(&path, kind));
        Tree::new(entries.collect()).unwrap()
    })
}

fn has_file_above(entries: &BTreeMap<String, TreeKind>, path: &TreePath) -> bool {
    path.ancestors()
        .any(|above| !matches!(entries.get(above), Some(TreeKind::Directory)))
}
