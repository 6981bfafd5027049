//! What an archive may be: the page of rules as tests. Each module is a group of the page, each test a row.

#![allow(
    clippy::disallowed_methods,
    reason = "tests make files beside the store and ask what the machine has"
)]

mod builder;
mod installs;
mod verdicts;

mod accept;
mod sanitize;
mod symlinks;

mod caps;
mod clashes;
mod data;
mod flags;
mod headers;
mod layout;
mod manifest_json;
mod names;
mod types;
mod zip64;

mod packers;
mod verdict_text;

/// Every rule has a test that names it, in the module of its group.
#[test]
fn no_rule_is_without_a_test() {
    let tests = [
        include_str!("accept.rs"),
        include_str!("symlinks.rs"),
        include_str!("caps.rs"),
        include_str!("clashes.rs"),
        include_str!("data.rs"),
        include_str!("flags.rs"),
        include_str!("headers.rs"),
        include_str!("layout.rs"),
        include_str!("manifest_json.rs"),
        include_str!("names.rs"),
        include_str!("types.rs"),
        include_str!("zip64.rs"),
    ]
    .concat();
    for rule in linkstead_store::archive::Rule::ALL {
        // No archive is known that passes our own walk and that the second parser reads differently; the comparison itself
        // is tested where it stands, in `second_parser.rs`.
        if *rule != linkstead_store::archive::Rule::ParsersDisagree {
            assert!(
                tests.contains(&format!("Rule::{rule:?}")),
                "{rule:?} has no test"
            );
        }
    }
}
