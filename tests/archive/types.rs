//! Refused: types.

use linkstead_store::archive::Rule;

use crate::builder::*;
use crate::verdicts::*;

#[test]
fn device_fifo_socket() {
    for mode in [
        0o010_644, 0o020_644, 0o060_644, 0o140_644, 0o030_644, 0o170_644,
    ] {
        refused(Rule::SpecialFile, archive([file("a", "x").mode(mode)]));
    }
}

#[test]
fn a_directory_with_data() {
    let stored_data = directory("d/").with(|entry| {
        entry.content = b"x".to_vec();
    });
    let stored_data = stored_data.data("x").both(|header| {
        (header.size, header.crc32) = (1, crc32fast::hash(b"x"));
    });
    refused(Rule::DirectoryWithData, archive([stored_data]));
    let padded = directory("d/")
        .both(|header| header.method = 8)
        .data([2, 0, 0, 0, 0xff].repeat(20));
    refused(Rule::DirectoryWithData, archive([padded]));
}

#[test]
fn a_slash_and_a_mode_that_disagree() {
    refused(
        Rule::SlashAndMode,
        archive([directory("d/").mode(0o100_644)]),
    );
    refused(
        Rule::SlashAndMode,
        archive([file("d", "x").mode(0o040_755)]),
    );
    refused(
        Rule::SlashAndMode,
        archive([directory("l/").mode(0o120_777)]),
    );
}
