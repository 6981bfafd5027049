//! Refused: bytes that nothing owns, or two things do, and end records that lie.

use linkstead_store::archive::Rule;

use crate::builder::*;
use crate::verdicts::*;

fn two() -> Archive {
    archive([file("a", "aaaaaaaaaa"), file("z", "zzz")])
}

#[test]
fn gaps() {
    refused(
        Rule::Gap,
        archive([
            file("a", "x"),
            file("b", "x").with(|entry| entry.junk_before = vec![7]),
        ]),
    );
    refused(
        Rule::Gap,
        two().with(|archive| archive.before_directory = vec![0; 9]),
    );
    refused(
        Rule::Gap,
        two().with(|archive| archive.after_directory = vec![0; 9]),
    );
    let streamed = file("a", "x")
        .streamed(Descriptor::Bytes16)
        .with(|entry| entry.descriptor.push(0));
    refused(Rule::Gap, archive([streamed, file("b", "x")]));
}

#[test]
fn overlaps() {
    // Two entries of one local part.
    let twin = file("a", "x").with(|entry| {
        entry.local_part = Presence::Missing;
        entry.said_offset = Some(0);
    });
    let twins = archive([file("a", "x"), twin.clone()]);
    refused_with(Rule::Overlap, &[Rule::SameFileTwice], twins);
    refused_with(
        Rule::Overlap,
        &[Rule::NameDiffers],
        archive([
            file("a", "x"),
            twin.central(|header| header.name = b"b".to_vec()),
        ]),
    );
    // A stored entry whose data are another entry.
    let inner = archive([file("b", "x")]);
    let inside = inner.bytes()[..inner.bytes().len() - 22 - 47].to_vec();
    let outer = stored("a", &inside);
    let hidden = file("b", "x").with(|entry| {
        entry.local_part = Presence::Missing;
        entry.said_offset = Some(31);
    });
    refused(Rule::Overlap, archive([outer, hidden]));
    // Data that run into the directory.
    let too_long = stored("a", "xx").with(|entry| {
        entry.data.pop();
    });
    let into_directory = archive([too_long]);
    refused_and_backed(Rule::Overlap, Rule::CrcMismatch, into_directory);
}

#[test]
fn bytes_before_the_first_entry() {
    refused(
        Rule::BytesBeforeStart,
        archive([file("a", "x").with(|entry| entry.junk_before = b"#!/bin/sh\n".to_vec())]),
    );
    refused(
        Rule::BytesBeforeStart,
        archive([]).with(|archive| archive.before_directory = vec![7; 30]),
    );
}

#[test]
fn bytes_before_an_archive_that_knows_nothing_of_them() {
    let mut bytes = b"#!/bin/sh\n".to_vec();
    bytes.extend(two().bytes());
    assert_eq!(
        broken(&bytes, &plain()),
        [Rule::NoLocalHeader, Rule::DirectoryOffset]
    );
}

#[test]
fn bytes_after_the_end() {
    refused(
        Rule::BytesAfterEnd,
        two().with(|archive| archive.after_end = b"\n".to_vec()),
    );
    refused(
        Rule::BytesAfterEnd,
        two().with(|archive| archive.after_end = vec![0; 4096]),
    );
}

#[test]
fn more_bytes_after_the_end_than_a_comment_can_have() {
    let buried = two().with(|archive| archive.after_end = vec![0; 70_000]);
    assert_eq!(broken(&buried, &plain()), [Rule::NoEndRecord]);
}

#[test]
fn a_local_header_without_central_entry() {
    let unlisted = file("b", "x").with(|entry| entry.listing = Presence::Missing);
    refused(
        Rule::UnlistedLocalHeader,
        archive([file("a", "x"), unlisted.clone(), file("c", "x")]),
    );
    refused(
        Rule::UnlistedLocalHeader,
        archive([unlisted.clone(), file("c", "x")]),
    );
    refused(
        Rule::UnlistedLocalHeader,
        archive([file("a", "x"), unlisted]),
    );
}

#[test]
fn a_central_entry_without_local_header() {
    let nowhere = file("b", "x").with(|entry| entry.local_part = Presence::Missing);
    refused(
        Rule::NoLocalHeader,
        archive([file("a", "x"), nowhere.clone()]),
    );
    let far = nowhere.with(|entry| entry.said_offset = Some(0xffff_0000));
    refused(Rule::NoLocalHeader, archive([file("a", "x"), far]));
}

/// The position is in a zip64 field, and so near the end of all numbers that no header fits behind it.
// Seen to fail when the walk adds the length of a header to a position without saturating: a panic.
#[test]
fn a_central_entry_whose_position_is_near_the_largest_number() {
    let beyond = file("b", "x")
        .with(|entry| entry.local_part = Presence::Missing)
        .central(|header| {
            header.offset = Some(u32::MAX);
            header.extra = zip64_field(&[u64::MAX - 15]);
        });
    let far_off = archive([file("a", "x"), beyond.clone()]);
    refused(Rule::NoLocalHeader, far_off);
    // With so much before it that the first look at it needs another read.
    let large = stored("a", vec![7; 3 << 20]);
    refused(Rule::NoLocalHeader, archive([large, beyond]));
}

#[test]
fn an_entry_count_that_lies() {
    refused(
        Rule::EntryCount,
        two().end(|end| (end.entries, end.entries_on_disk) = (1, 1)),
    );
    refused(
        Rule::EntryCount,
        two().end(|end| (end.entries, end.entries_on_disk) = (3, 3)),
    );
    refused(Rule::EntryCount, two().end(|end| end.entries_on_disk = 1));
    refused(
        Rule::EntryCount,
        two()
            .zip64(|zip64| zip64.end = |end| end.entries_on_disk = 1)
            .end(|end| end.entries_on_disk = u64::MAX),
    );
}

#[test]
fn a_directory_size_that_lies() {
    refused(
        Rule::DirectorySize,
        two().end(|end| end.directory_size += 1),
    );
    refused(
        Rule::DirectorySize,
        two().end(|end| end.directory_size -= 47),
    );
    // An entry whose name runs past the directory.
    let mut bytes = two().bytes();
    let last = bytes.len() - 22 - 47;
    bytes[last + 28] = 200;
    assert_eq!(
        broken(&bytes, &plain()),
        [
            Rule::Gap,
            Rule::UnlistedLocalHeader,
            Rule::EntryCount,
            Rule::DirectorySize
        ]
    );
}

#[test]
fn a_directory_offset_that_lies() {
    refused(
        Rule::DirectoryOffset,
        two().end(|end| end.directory_offset += 1),
    );
    refused(
        Rule::DirectoryOffset,
        two().end(|end| end.directory_offset = 0),
    );
    assert_eq!(
        broken(
            &two().end(|end| (end.directory_offset, end.directory_size) = (0, 1)),
            &plain()
        ),
        [Rule::DirectoryOffset]
    );
}

#[test]
fn disk_numbers_other_than_0() {
    refused(Rule::DiskNumber, two().end(|end| end.disk = 1));
    refused(Rule::DiskNumber, two().end(|end| end.directory_disk = 1));
    refused(
        Rule::DiskNumber,
        archive([file("a", "x").with(|entry| entry.disk = 1)]),
    );
    refused(
        Rule::DiskNumber,
        two().zip64(|zip64| zip64.locator_disks = 2),
    );
    refused(
        Rule::DiskNumber,
        two().zip64(|zip64| zip64.end = |end| end.disk = 1),
    );
}

#[test]
fn a_second_end_record() {
    let whole = two().bytes();
    let end = whole[whole.len() - 22..].to_vec();
    refused(
        Rule::SecondEndRecord,
        two().with(|archive| archive.after_directory = end.clone()),
    );
}

#[test]
fn a_comment_length_that_lies() {
    refused(
        Rule::CommentLength,
        two().with(|archive| archive.comment_length = Some(1)),
    );
    refused(
        Rule::CommentLength,
        two()
            .comment("comment")
            .with(|archive| archive.comment_length = Some(60_000)),
    );
    // Too short a length leaves bytes after the end.
    refused(
        Rule::BytesAfterEnd,
        two()
            .comment("comment")
            .with(|archive| archive.comment_length = Some(3)),
    );
}

#[test]
fn record_signatures_inside_the_comment() {
    for record in [
        "PK\x01\x02",
        "PK\x03\x04",
        "PK\x05\x06",
        "PK\x06\x06",
        "PK\x06\x07",
    ] {
        refused(
            Rule::RecordInComment,
            two().comment(format!("see {record} here")),
        );
    }
    let block = signature_block(b"....PK\x05\x06....");
    refused(
        Rule::RecordInComment,
        two().with(|archive| archive.after_end = block.clone()),
    );
}

#[test]
fn an_archive_within_the_comment() {
    let inner = archive([file("evil", "x")]).bytes();
    assert!(!broken(&two().comment(inner), &plain()).is_empty());
}

#[test]
fn no_zip_and_part_of_one() {
    let whole = two().bytes();
    for bytes in [
        Vec::new(),
        b"text".to_vec(),
        whole[..whole.len() - 1].to_vec(),
        vec![0; 100_000],
    ] {
        assert_eq!(broken(&bytes, &plain()), [Rule::NoEndRecord]);
    }
}

#[test]
fn a_nested_archive_is_nobodys_business() {
    let inner = archive([file("x", "y")]).comment("inner").bytes();
    accepted(archive([
        stored("inner.zip", &inner),
        stored("again.zip", inner),
    ]));
}

#[test]
fn entries_in_another_order_than_the_directory() {
    let mut shuffled = archive([file("a", "aaaa"), file("b", "bb"), file("c", "c")]).bytes();
    // Swap the first two central headers, which are equally long.
    let start = shuffled.len() - 22 - 3 * 47;
    let (first, second) = shuffled[start..start + 94].split_at_mut(47);
    first.swap_with_slice(second);
    assert_eq!(listing(&accepted(shuffled)), ["f a", "f b", "f c"]);
}
