//! Any bytes: a tree that decodes encodes to the same bytes, and keeps every rule.
#![no_main]

use linkstead_format::Tree;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(tree) = Tree::decode(bytes) {
        assert_eq!(tree.encode(), bytes);
    }
});
