//! Refused: a bundle without exactly one regular `manifest.json` at its root.

use linkstead_store::archive::{Policy, Rule};

use crate::builder::*;
use crate::verdicts::*;

#[test]
fn one_regular_file_at_the_root() {
    accepted_under(&Policy::default(), archive([file("manifest.json", "{}")]));
    accepted_under(
        &Policy::default(),
        archive([file("./manifest.json", "{}"), directory("./")]),
    );
}

#[test]
fn none() {
    refused_under(
        Policy::default(),
        Rule::ManifestMissing,
        archive([file("d/manifest.json", "{}")]),
    );
    refused_under(
        Policy::default(),
        Rule::ManifestMissing,
        archive([file("Manifest.json", "{}")]),
    );
    accepted(archive([file("a", "{}")]));
}

#[test]
fn no_regular_file() {
    let a_link = archive([file("a", "{}"), link("manifest.json", "a")]);
    refused_under(Policy::default(), Rule::ManifestNotAFile, a_link);
    refused_under(
        Policy::default(),
        Rule::ManifestNotAFile,
        archive([directory("manifest.json/")]),
    );
}

#[test]
fn two() {
    refused_under(
        Policy::default(),
        Rule::SameFileTwice,
        archive([file("manifest.json", "{}"), file("manifest.json", "{}")]),
    );
}
