//! Refused: encryption and patches, in either header.

use linkstead_store::archive::Rule;

use crate::builder::*;
use crate::verdicts::*;

fn flagged(bit: u16) -> Archive {
    archive([file("a", "x").both(|header| header.flags |= 1 << bit)])
}

#[test]
fn encryption_by_bit_0() {
    refused(Rule::Encrypted, flagged(0));
}

#[test]
fn patch_data_by_bit_5() {
    refused(Rule::PatchData, flagged(5));
}

#[test]
fn strong_encryption_by_bit_6_or_extra_field() {
    refused(Rule::StrongEncryption, flagged(6));
    refused(
        Rule::StrongEncryption,
        archive([file("a", "x").central(|header| header.extra = extra(0x0017, [0; 8]))]),
    );
}

#[test]
fn masked_headers_by_bit_13() {
    refused(Rule::MaskedHeader, flagged(13));
}

#[test]
fn aes_by_method_or_extra_field() {
    let aes = extra(0x9901, [2, 0, b'A', b'E', 3, 8, 0]);
    refused(
        Rule::Aes,
        archive([file("a", "x").both(|header| header.extra = aes.clone())]),
    );
    refused_with(
        Rule::Aes,
        &[Rule::Method],
        archive([stored("a", "x").both(|header| {
            header.method = 99;
            header.extra = aes.clone();
        })]),
    );
}

#[test]
fn encryption_that_only_the_local_header_has() {
    refused_with(
        Rule::Encrypted,
        &[Rule::FlagsDiffer],
        archive([file("a", "x").local(|header| header.flags |= 1)]),
    );
}

#[test]
fn bits_that_say_nothing_about_reading_are_ignored() {
    for bit in [1, 2, 4, 7, 8, 9, 10, 12, 14, 15] {
        accepted(flagged(bit));
    }
}
