//! Refused: zip64 fields that are missing, that lie, or that are of the wrong length.

use linkstead_store::archive::Rule;

use crate::builder::*;
use crate::verdicts::*;

fn one() -> Archive {
    archive([file("a", "aaaaaaaaaa")])
}

/// An entry whose size asks for a zip64 field with these values, in the directory.
fn wide_size(values: &[u64]) -> Archive {
    archive([file("a", "aaaaaaaaaa").central(|header| {
        header.size = u32::MAX;
        header.extra = zip64_field(values);
    })])
}

#[test]
fn missing() {
    let many: Vec<_> = (0..65_600).map(|i| stored(format!("{i:05}"), "")).collect();
    refused(
        Rule::Zip64Missing,
        archive(many).end(|end| {
            (end.entries, end.entries_on_disk) = (end.entries & 0xffff, end.entries & 0xffff)
        }),
    );
    refused(
        Rule::Zip64Missing,
        one().end(|end| end.directory_size = u64::MAX),
    );
    refused(
        Rule::Zip64Missing,
        one().end(|end| end.directory_offset = u64::MAX),
    );
    // The sentinel then counts as the value.
    let bare = file("a", "aaaaaaaaaa").local(|header| header.size = u32::MAX);
    refused_with(Rule::Zip64Missing, &[Rule::SizesDiffer], archive([bare]));
}

#[test]
fn needless_and_lying() {
    let lying = |header: &mut Header| header.extra = zip64_field(&[11, header.compressed.into()]);
    refused(
        Rule::Zip64Needless,
        archive([file("a", "aaaaaaaaaa").central(lying)]),
    );
    refused(
        Rule::Zip64Needless,
        archive([file("a", "aaaaaaaaaa").local(lying)]),
    );
    refused(
        Rule::Zip64Needless,
        archive([file("a", "aaaaaaaaaa").central(|header| {
            header.extra = zip64_field(&[header.size.into(), header.compressed.into(), 7]);
        })]),
    );
}

#[test]
fn duplicated() {
    refused(
        Rule::Zip64Duplicated,
        archive([file("a", "aaaaaaaaaa").zip64().central(|header| {
            header.extra.extend(header.extra.clone());
        })]),
    );
}

#[test]
fn too_short() {
    let short = archive([file("a", "aaaaaaaaaa").zip64().local(|header| {
        header.extra = extra(ZIP64, 10u64.to_le_bytes());
    })]);
    refused_with(Rule::Zip64TooShort, &[Rule::SizesDiffer], short);
    refused_with(
        Rule::Zip64TooShort,
        &[Rule::SizesDiffer],
        archive([file("a", "aaaaaaaaaa")
            .zip64()
            .local(|header| header.extra = extra(ZIP64, []))]),
    );
    refused(
        Rule::Zip64TooShort,
        one().zip64(|zip64| zip64.rest_length = Some(43)),
    );
}

#[test]
fn too_long() {
    refused(
        Rule::Zip64TooLong,
        wide_size(&[10, file("a", "aaaaaaaaaa").data.len() as u64, 0]),
    );
    refused(
        Rule::Zip64TooLong,
        archive([file("a", "x").central(|header| header.extra = extra(ZIP64, b"x"))]),
    );
    refused(
        Rule::Zip64TooLong,
        one().zip64(|zip64| zip64.rest_length = Some(45)),
    );
    refused(
        Rule::Zip64TooLong,
        one().zip64(|zip64| zip64.rest_length = Some(u64::MAX)),
    );
}

#[test]
fn a_locator_that_points_elsewhere() {
    refused(
        Rule::Zip64Locator,
        one().zip64(|zip64| zip64.locator_offset = Some(0)),
    );
    refused(
        Rule::Zip64Locator,
        one().zip64(|zip64| zip64.locator_offset = Some(u64::MAX)),
    );
}

#[test]
fn a_locator_without_a_record() {
    let mut locator = b"PK\x06\x07".to_vec();
    locator.extend([0; 12]);
    locator.extend([1, 0, 0, 0]);
    let lost = one().with(|archive| archive.after_directory = locator.clone());
    assert_eq!(broken(&lost, &plain()), [Rule::Zip64Locator]);
}

#[test]
fn fields_of_32_bits_that_are_neither_sentinel_nor_equal() {
    for lie in [
        (|end: &mut End| end.entries += 1) as Change<End>,
        |end| end.entries_on_disk += 1,
        |end| end.directory_size += 1,
        |end| end.directory_offset += 1,
    ] {
        refused(Rule::Zip64FieldDiffers, one().zip64(|_| {}).end(lie));
    }
    refused(Rule::Zip64FieldDiffers, wide_size(&[10, 99]));
}

#[test]
fn zip64_records_that_lie_like_any_end_record() {
    let sentinels: Change<End> = |end| {
        (end.entries, end.entries_on_disk) = (u64::MAX, u64::MAX);
        (end.directory_size, end.directory_offset) = (u64::MAX, u64::MAX);
    };
    let lie = |lie: Change<End>| one().zip64(|zip64| zip64.end = lie).end(sentinels);
    refused(
        Rule::EntryCount,
        lie(|end| (end.entries, end.entries_on_disk) = (2, 2)),
    );
    refused(Rule::DirectorySize, lie(|end| end.directory_size += 1));
    refused(Rule::DirectoryOffset, lie(|end| end.directory_offset += 1));
    refused(
        Rule::DirectoryOffset,
        lie(|end| end.directory_offset = u64::MAX),
    );
}

#[test]
fn extensible_data() {
    refused(
        Rule::Zip64ExtensibleData,
        one().zip64(|zip64| zip64.extensible_data = b"more".to_vec()),
    );
}
