//! Accepted: the oddities of honest packers, and what stands at the edge of each.

use linkstead_store::archive::{ModeOrigin, PlannedKind, Rule, Warning};
use linkstead_store::format::Signature;

use crate::builder::*;
use crate::verdicts::*;

#[test]
fn methods_stored_and_deflate() {
    let plan = accepted(archive([file("a", "aaaa"), stored("b", "bbbb")]));
    assert_eq!(listing(&plan), ["f a", "f b"]);
    assert_eq!(plan.unpacked_size, 8);
}

#[test]
fn no_other_method() {
    for method in [1, 6, 9, 12, 14, 93, 95] {
        refused(
            Rule::Method,
            archive([stored("a", "x").both(|header| header.method = method)]),
        );
    }
}

#[test]
fn an_archive_of_nothing() {
    assert_eq!(listing(&accepted(archive([]))), [""; 0]);
}

#[test]
fn type_bits_0_regular_and_directory() {
    let plan = accepted(archive([
        file("a", "x").mode(0o644),
        file("b", "x").mode(0o100_755),
        directory("c/").mode(0o755),
        directory("d/").mode(0o040_755),
    ]));
    assert_eq!(listing(&plan), ["f a", "x b", "d c", "d d"]);
}

#[test]
fn mode_0_or_a_host_without_modes_is_plain_and_assumed() {
    for (mode, host) in [(0, 3), (0, 0), (0o755, 0), (0o755, 10), (0o755, 14)] {
        let plan = accepted(archive([file("a", "x")
            .mode(mode)
            .with(|entry| entry.host = host)]));
        assert_eq!(listing(&plan), ["f a"]);
        let PlannedKind::File { data, .. } = plan.entries[0].kind else {
            panic!("a file");
        };
        assert_eq!(data.mode_origin, ModeOrigin::Assumed);
    }
}

#[test]
fn any_exec_bit_makes_an_executable() {
    for mode in [0o100, 0o010, 0o001, 0o755] {
        assert_eq!(
            listing(&accepted(archive([file("a", "x").mode(0o100_000 | mode)]))),
            ["x a"]
        );
    }
    assert_eq!(
        listing(&accepted(archive([file("a", "x").mode(0o100_666)]))),
        ["f a"]
    );
}

#[test]
fn directory_entries_also_with_an_empty_deflate_stream() {
    let empty: [&[u8]; 3] = [
        &[3, 0],
        &[1, 0, 0, 0xff, 0xff],
        &[2, 0, 0, 0, 0xff, 0xff, 3, 0],
    ];
    for stream in empty.iter().take(2) {
        let deflated = directory("d/")
            .both(|header| header.method = 8)
            .data(stream);
        assert_eq!(listing(&accepted(archive([deflated]))), ["d d"]);
    }
}

#[test]
fn implied_directories_are_added() {
    let plan = accepted(archive([
        file("a/b/c", "x"),
        file("a-b", "x"),
        directory("e/f/"),
    ]));
    assert_eq!(
        listing(&plan),
        ["d a", "f a-b", "d a/b", "f a/b/c", "d e", "d e/f"]
    );
}

#[test]
fn correct_descriptors_of_all_forms() {
    use Descriptor::*;
    for form in [Bytes12, Bytes16, Bytes20, Bytes24] {
        accepted(archive([
            file("a", "aaaaaaa").streamed(form),
            file("b", "").streamed(form),
            file("c", "x"),
            file("d", "ddd").streamed(form),
        ]));
    }
}

#[test]
fn an_empty_file_stored_with_a_descriptor() {
    use Descriptor::*;
    for form in [Bytes12, Bytes16, Bytes20, Bytes24] {
        accepted(archive([
            stored("a", "").streamed(form),
            directory("d/").streamed(form),
            file("d/b", "x"),
        ]));
    }
}

#[test]
fn a_descriptor_that_only_the_local_header_announces() {
    accepted(archive([file("a", "aaaa")
        .streamed(Descriptor::Bytes16)
        .central(|header| header.flags = 0)]));
}

#[test]
fn a_descriptor_although_the_local_header_has_the_values() {
    let whole = file("a", "aaaa");
    let local = whole.local.clone();
    accepted(archive([whole.streamed(Descriptor::Bytes16).local(
        |header| {
            (header.crc32, header.compressed, header.size) =
                (local.crc32, local.compressed, local.size);
        },
    )]));
}

#[test]
fn zip64_where_it_is_needed_and_where_it_repeats_the_truth() {
    accepted(archive([file("a", "aaaa").zip64()]));
    accepted(archive([file("a", "aaaa")]).zip64(|_| {}));
    accepted(archive([file("a", "aaaa")]).zip64(|_| {}).end(|end| {
        *end = End {
            disk: 0xffff,
            directory_disk: 0xffff,
            entries_on_disk: u64::MAX,
            entries: u64::MAX,
            directory_size: u64::MAX,
            directory_offset: u64::MAX,
        };
    }));
    accepted(archive([file("a", "aaaa").both(|header| {
        header.extra = zip64_field(&[header.size.into(), header.compressed.into()]);
    })]));
    let at_0 = file("a", "aaaa").central(|header| {
        header.offset = Some(u32::MAX);
        header.extra = zip64_field(&[0]);
    });
    accepted(archive([at_0]));
    let size_alone = file("a", "aaaa").central(|header| {
        header.extra = zip64_field(&[header.size.into(), header.compressed.into()]);
        header.size = u32::MAX;
    });
    accepted(archive([size_alone]));
}

#[test]
fn zip64_and_a_descriptor() {
    for form in [Descriptor::Bytes20, Descriptor::Bytes24] {
        accepted(archive([file("a", "aaaa").streamed(form).local(
            |header| {
                (header.compressed, header.size) = (u32::MAX, u32::MAX);
                header.extra = zip64_field(&[0, 0]);
            },
        )]));
    }
}

#[test]
fn more_than_65535_entries() {
    let many: Vec<_> = (0..65_600).map(|i| stored(format!("{i:05}"), "")).collect();
    let plan = accepted(archive(many).zip64(|_| {}).end(|end| {
        (end.entries_on_disk, end.entries) = (u64::MAX, u64::MAX);
    }));
    assert_eq!(plan.entries.len(), 65_600);
}

#[test]
fn exactly_65535_entries_need_no_zip64() {
    let many: Vec<_> = (0..65_535).map(|i| stored(format!("{i:05}"), "")).collect();
    accepted(archive(many));
}

#[test]
fn utf8_names_with_or_without_their_flag() {
    accepted(archive([file("grün/日本", "x")]));
    accepted(archive([
        file("grün/日本", "x").both(|header| header.flags = 0)
    ]));
    accepted(archive([
        file("ascii", "x").both(|header| header.flags = UTF8_FLAG)
    ]));
    accepted(archive([
        file("ascii", "x").local(|header| header.flags = UTF8_FLAG)
    ]));
}

#[test]
fn dotfiles() {
    let plan = accepted(archive([file(".env", "x"), file(".git/.keep", "x")]));
    assert_eq!(listing(&plan), ["f .env", "d .git", "f .git/.keep"]);
}

#[test]
fn extra_fields_that_say_nothing_about_content() {
    let mut fields = extra(0x5455, [3, 0, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend(extra(0x7875, [1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0]));
    fields.extend(extra(0x000a, [0; 32]));
    fields.extend(extra(0xcafe, b""));
    fields.extend(extra(0x4242, b"unknown"));
    accepted(archive([
        file("a", "x").local(|header| header.extra = fields.clone())
    ]));
    let mut central = extra(0x5455, [3, 0, 0, 0, 0]);
    central.extend(extra(0x4242, b"unknown"));
    accepted(archive([
        file("a", "x").central(|header| header.extra = central.clone())
    ]));
    // Aligning packers fill up with up to three zeros.
    accepted(archive([
        file("a", "x").both(|header| header.extra = vec![0; 3])
    ]));
}

#[test]
fn a_second_name_that_repeats_the_first_or_is_stale() {
    let crc32 = crc32fast::hash(b"a");
    accepted(archive([
        file("a", "x").both(|header| header.extra = unicode_path(crc32, "a"))
    ]));
    accepted(archive([
        file("a", "x").both(|header| header.extra = unicode_path(!crc32, "b"))
    ]));
}

#[test]
fn no_second_name_that_counts() {
    let crc32 = crc32fast::hash(b"a");
    for change in [
        Entry::central as fn(Entry, fn(&mut Header)) -> Entry,
        Entry::local,
    ] {
        let other: fn(&mut Header) =
            |header| header.extra = unicode_path(crc32fast::hash(b"a"), "../b");
        refused(Rule::UnicodePath, archive([change(file("a", "x"), other)]));
    }
    accepted(archive([
        file("a", "x").central(|header| header.extra = unicode_path(crc32, "a"))
    ]));
}

#[test]
fn a_plain_end_comment_and_comments_of_entries() {
    accepted(archive([file("a", "x")]).comment("packed on a Monday"));
    accepted(archive([
        file("a", "x").with(|entry| entry.comment = b"nice".to_vec())
    ]));
}

#[test]
fn a_leading_dot_slash_on_every_entry() {
    let plan = accepted(archive([
        directory("./"),
        directory("./d/"),
        file("./d/a", "x"),
    ]));
    assert_eq!(listing(&plan), ["d d", "f d/a"]);
}

#[test]
fn the_same_directory_twice() {
    let plan = accepted(archive([
        directory("d/"),
        file("d/a", "x"),
        directory("d/"),
    ]));
    assert_eq!(listing(&plan), ["d d", "f d/a"]);
    assert_eq!(
        plan.warnings,
        [Warning::RepeatedDirectory { entry: "d".into() }]
    );
}

#[test]
fn a_signature_block_in_both_forms() {
    for length in [0, 10, 4000, 70_000] {
        let block = signature_block(&vec![0x30; length]);
        let behind = archive([file("a", "x")]).with(|archive| archive.after_end = block.clone());
        assert_eq!(accepted(behind).signature, Signature::PresentNotChecked);
        if block.len() < 65_536 {
            let as_comment = archive([file("a", "x")]).comment(&block);
            assert_eq!(accepted(as_comment).signature, Signature::PresentNotChecked);
        }
    }
    assert_eq!(
        accepted(archive([file("a", "x")])).signature,
        Signature::Absent
    );
}

#[test]
fn a_signature_block_behind_a_zip64_end() {
    let block = signature_block(&[0x30; 100]);
    let signed = archive([file("a", "x")])
        .zip64(|_| {})
        .with(|archive| archive.after_end = block.clone());
    assert_eq!(accepted(signed).signature, Signature::PresentNotChecked);
}

#[test]
fn no_signature_block_that_is_not_well_formed() {
    let block = signature_block(&[0x30; 100]);
    let mut short = block.clone();
    short[11] = 99;
    let comment = |block: &[u8]| archive([file("a", "x")]).comment(block);
    refused(Rule::SignatureBlock, comment(&short));
    refused(Rule::SignatureBlock, comment(b"MCPB_SIG_END"));
    let mut text_first = b"text".to_vec();
    text_first.extend(&block);
    refused(Rule::SignatureBlock, comment(&text_first));
    let two = [block.clone(), block.clone()].concat();
    let behind =
        |bytes: &[u8]| archive([file("a", "x")]).with(|archive| archive.after_end = bytes.to_vec());
    refused_with(Rule::SignatureBlock, &[Rule::BytesAfterEnd], behind(&two));
    refused_with(Rule::SignatureBlock, &[Rule::BytesAfterEnd], behind(&short));
    // A block that does not end the file is no block.
    let mut junk_last = block.clone();
    junk_last.push(b'\n');
    refused(Rule::BytesAfterEnd, behind(&junk_last));
}

#[test]
fn names_that_windows_does_not_allow_are_accepted_with_a_warning() {
    let plan = accepted(archive([file("what?", "x"), file("a<b>|\"*", "x")]));
    assert_eq!(plan.warnings.len(), 2);
}
