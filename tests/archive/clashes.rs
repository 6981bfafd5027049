//! Refused: entries that are in each other's way, in any order, implied directories included.

use linkstead_store::archive::Rule;

use crate::builder::*;
use crate::verdicts::*;

/// In both orders.
#[track_caller]
fn clash(rule: Rule, a: Entry, b: Entry) {
    refused(rule, archive([a.clone(), b.clone()]));
    refused(rule, archive([b, a]));
}

#[test]
fn the_same_file_twice() {
    clash(Rule::SameFileTwice, file("a", "x"), file("a", "y"));
    clash(Rule::SameFileTwice, file("a", "x"), file("a", "x"));
    clash(Rule::SameFileTwice, file("b", "x"), link("b", "b"));
}

#[test]
fn equal_after_case_folding() {
    clash(
        Rule::EqualAfterCaseFolding,
        file("README", "x"),
        file("readme", "y"),
    );
    clash(
        Rule::EqualAfterCaseFolding,
        file("Straße", "x"),
        file("STRASSE", "y"),
    );
    clash(
        Rule::EqualAfterCaseFolding,
        file("Lib/a", "x"),
        file("lib/b", "y"),
    );
    clash(
        Rule::EqualAfterCaseFolding,
        directory("Lib/"),
        file("lib/b", "y"),
    );
    clash(
        Rule::EqualAfterCaseFolding,
        file("É", "x"),
        file("e\u{301}", "y"),
    );
}

#[test]
fn equal_after_nfc() {
    clash(Rule::EqualAfterNfc, file("é", "x"), file("e\u{301}", "y"));
    clash(
        Rule::EqualAfterNfc,
        file("é/a", "x"),
        file("e\u{301}/b", "y"),
    );
}

#[test]
fn a_file_with_something_beneath_it() {
    clash(Rule::FileAsDirectory, file("a", "x"), file("a/b", "y"));
    clash(Rule::FileAsDirectory, file("a", "x"), directory("a/b/"));
}

#[test]
fn a_file_that_is_a_directory_too() {
    clash(Rule::FileAsDirectory, file("a", "x"), directory("a/"));
    clash(Rule::FileAsDirectory, file("a", "x"), directory("a/"));
}

#[test]
fn one_among_many() {
    let mut many: Vec<_> = (0..500)
        .map(|i| file(format!("d{}/f{i}", i % 7), "x"))
        .collect();
    many.insert(250, file("D3/other", "x"));
    refused(Rule::EqualAfterCaseFolding, archive(many));
}
