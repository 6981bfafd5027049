//! Refused: more than the caps allow. Each is adjustable, and its text names the option.

use linkstead_store::archive::{ArchiveKind, Policy, Rule};
use linkstead_store::format::Caps;

use crate::builder::*;
use crate::installs::Bench;
use crate::verdicts::*;

fn capped(change: impl Fn(&mut Caps)) -> Policy {
    let mut policy = plain();
    change(&mut policy.caps);
    policy
}

#[test]
fn the_defaults_are_those_of_the_page() {
    let expected = Caps {
        entries: 200_000,
        file_size: 4 << 30,
        total_size: 8 << 30,
        archive_size: 4 << 30,
        manifest_size: 1 << 20,
    };
    assert_eq!(Caps::default(), expected);
}

#[test]
fn entries() {
    let three = || archive([file("a", "x"), file("b", "x"), file("c", "x")]);
    accepted_under(&capped(|caps| caps.entries = 3), three());
    let policy = capped(|caps| caps.entries = 2);
    assert_eq!(broken(&three(), &policy), [Rule::TooManyEntries]);
}

// Seen to fail when only what the archive lists is counted: 7 MB of names made 1.3 million directories.
#[test]
fn entries_with_the_directories_that_they_lie_in() {
    let deep = || archive([file("a/b/c", "x"), file("a/d/e", "x")]);
    accepted_under(&capped(|caps| caps.entries = 5), deep());
    let policy = capped(|caps| caps.entries = 4);
    assert_eq!(broken(&deep(), &policy), [Rule::TooManyEntries]);
}

#[test]
fn one_file() {
    accepted_under(
        &capped(|caps| caps.file_size = 4),
        archive([file("a", "aaaa")]),
    );
    refused_under(
        capped(|caps| caps.file_size = 3),
        Rule::FileTooLarge,
        archive([file("a", "aaaa")]),
    );
}

#[test]
fn all_files_together() {
    let two = || archive([file("a", "aaaa"), file("b", "bbbb")]);
    accepted_under(&capped(|caps| caps.total_size = 8), two());
    refused_under(
        capped(|caps| caps.total_size = 7),
        Rule::TotalTooLarge,
        two(),
    );
}

#[test]
fn the_archive() {
    let size = archive([file("a", "x")]).bytes().len() as u64;
    accepted_under(
        &capped(|caps| caps.archive_size = size),
        archive([file("a", "x")]),
    );
    refused_under(
        capped(|caps| caps.archive_size = size - 1),
        Rule::ArchiveTooLarge,
        archive([file("a", "x")]),
    );
}

#[test]
fn the_mcpb_manifest() {
    let bundle = |size| Policy {
        kind: ArchiveKind::Bundle,
        ..capped(|caps| caps.manifest_size = size)
    };
    accepted_under(&bundle(2), archive([file("manifest.json", "{}")]));
    refused_under(
        bundle(1),
        Rule::ManifestTooLarge,
        archive([file("manifest.json", "{}")]),
    );
    accepted_under(
        &capped(|caps| caps.manifest_size = 1),
        archive([file("manifest.json", "{}")]),
    );
}

#[test]
fn a_bomb_is_stopped_by_what_it_declares() {
    let bomb = file("a", vec![0; 10 << 20]);
    assert!(bomb.data.len() < 20_000);
    refused_under(
        capped(|caps| caps.file_size = 1 << 20),
        Rule::FileTooLarge,
        archive([bomb]),
    );
}

#[test]
fn each_cap_names_its_option() {
    for (rule, option) in [
        (Rule::TooManyEntries, "--max-entries"),
        (Rule::FileTooLarge, "--max-file-size"),
        (Rule::TotalTooLarge, "--max-total-size"),
        (Rule::ArchiveTooLarge, "--max-archive-size"),
        (Rule::ManifestTooLarge, "--max-manifest-size"),
    ] {
        assert!(rule.says().contains(option));
    }
}

/// A stream of zeros, 1 MiB a round, that ends in a stored block of nothing.
fn zeros(mebibytes: u64) -> Vec<u8> {
    use flate2::{Compress, Compression, FlushCompress};
    let mut block = Vec::with_capacity(1 << 16);
    Compress::new(Compression::best(), false)
        .compress_vec(&vec![0; 1 << 20], &mut block, FlushCompress::Full)
        .unwrap();
    let mut data = block.repeat(mebibytes as usize);
    data.extend([1, 0, 0, 0xff, 0xff]);
    data
}

fn crc32_of_zeros(mebibytes: u64) -> u32 {
    let mut one = crc32fast::Hasher::new();
    one.update(&vec![0; 1 << 20]);
    let mut all = crc32fast::Hasher::new();
    (0..mebibytes).for_each(|_| all.combine(&one));
    all.finalize()
}

/// An archive of one file of zeros, with zip64 fields in both headers.
fn large(mebibytes: u64) -> Archive {
    let (size, crc32) = (mebibytes << 20, crc32_of_zeros(mebibytes));
    archive([file("zeros", "").data(zeros(mebibytes)).both(|header| {
        header.extra = zip64_field(&[size]);
        (header.size, header.crc32) = (u32::MAX, crc32);
    })])
}

#[test]
fn a_file_over_4_gib_is_planned_where_the_cap_is_raised() {
    use linkstead_fs::read_at::ReadAt;
    let bytes = large(4097).bytes();
    assert_eq!(broken(&bytes, &plain()), [Rule::FileTooLarge]);
    let raised = capped(|caps| caps.file_size = 5 << 30);
    let plan = linkstead_store::archive::plan(&bytes as &dyn ReadAt, &raised).unwrap();
    assert_eq!(plan.unpacked_size, 4097 << 20);
}

#[test]
#[ignore = "writes 4 GiB"]
fn a_file_over_4_gib_is_installed_where_the_cap_is_raised() {
    let raised = capped(|caps| caps.file_size = 5 << 30);
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("zeros.zip");
    std::fs::write(&archive, large(4097).bytes()).unwrap();
    let report = linkstead_store::check_archive(&archive, &raised).unwrap();
    assert!(report.is_accepted());
    let bench = Bench::new();
    let installed = bench.install(&archive, &raised, "zeros").unwrap();
    let zeros = std::fs::metadata(installed.directory.join("zeros")).unwrap();
    assert_eq!(zeros.len(), 4097 << 20);
}

#[test]
fn a_large_file_with_zip64_fields_is_decoded() {
    accepted(large(65));
}
