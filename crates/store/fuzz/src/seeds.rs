//! Seeds from the builder: one honest archive of each kind, and some that lie.

use crate::builder::*;

/// (name, bytes) of every seed for the target `plan`.
pub fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let tree = || {
        [
            directory("server/"),
            file("server/main.py", "print('hello')\n".repeat(9)),
            stored("manifest.json", "{}"),
            link("main", "server/main.py"),
        ]
    };
    let block = signature_block(b"0123456789");
    vec![
        ("empty", archive([]).bytes()),
        ("tree", archive(tree()).bytes()),
        ("comment", archive(tree()).comment("a comment").bytes()),
        (
            "zip64",
            archive(tree().map(Entry::zip64)).zip64(|_| {}).bytes(),
        ),
        (
            "streamed-16",
            archive([file("a", "aaaa").streamed(Descriptor::Bytes16)]).bytes(),
        ),
        (
            "streamed-24",
            archive([file("a", "aaaa").streamed(Descriptor::Bytes24)]).bytes(),
        ),
        (
            "signed-behind",
            archive(tree())
                .with(|archive| archive.after_end = block.clone())
                .bytes(),
        ),
        ("signed-comment", archive(tree()).comment(&block).bytes()),
        ("here", archive([directory("./"), file("./a", "x")]).bytes()),
        ("unicode", archive([file("grün/日本", "x")]).bytes()),
        (
            "second-name",
            archive([file("a", "x").both(|header| header.extra = unicode_path(0, "b"))]).bytes(),
        ),
        (
            "gap",
            archive([file("a", "x").with(|entry| entry.junk_before = vec![0; 5])]).bytes(),
        ),
        (
            "two-ends",
            archive(tree())
                .with(|archive| archive.after_directory = vec![b'P', b'K', 5, 6])
                .bytes(),
        ),
    ]
}
