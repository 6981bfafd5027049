//! Keys and values come back as they were, and nothing else is read.

use super::*;
use proptest::prelude::*;

fn bundle_key() -> BundleKey {
    BundleKey {
        name: BundleName::parse("@acme/time").unwrap(),
        version: Version::parse("1.0").unwrap(),
        directory: DirectoryName::parse("0123456789abcdef").unwrap(),
    }
}

fn archive_row() -> ArchiveRow {
    ArchiveRow {
        tree: TreeId::of(b"t"),
        name: "time".into(),
        version: String::new(),
        signature: Signature::PresentNotChecked,
        sanitized: Sanitized {
            setuid: 1,
            setgid: 2,
            sticky: 3,
            write: u32::MAX,
        },
    }
}

#[test]
fn a_bundle_key_is_text_with_nul_between() {
    let bytes = bundle_key().encode();
    assert_eq!(bytes, b"@acme/time\x001.0\x000123456789abcdef");
    assert_eq!(BundleKey::decode(&bytes).unwrap(), bundle_key());
    for wrong in [
        &b""[..],
        b"a\x001",
        b"a\x001\0x",
        b"a\x001\x000123456789abcdef\0",
        b"\xff\x001\x00x",
    ] {
        assert!(BundleKey::decode(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn rows_have_the_widths_of_the_specification() {
    let bundle = BundleRow {
        sequence: 7,
        tree: TreeId::of(b"t"),
        directory: DirectoryId::of(b"d"),
    };
    assert_eq!(bundle.encode().len(), 8 + 32 + 32);
    assert_eq!(bundle.encode()[..8], [7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(BundleRow::decode(&bundle.encode()).unwrap(), bundle);

    let key = ArchiveKey {
        archive: ArchiveId::of(b"a"),
        rules: 1,
        policy: Digest::of(b"p"),
    };
    assert_eq!(key.encode().len(), 32 + 4 + 32);
    assert_eq!(ArchiveKey::decode(&key.encode()).unwrap(), key);

    let row = archive_row();
    assert_eq!(row.encode().len(), 32 + 2 + 4 + 2 + 1 + 16);
    assert_eq!(ArchiveRow::decode(&row.encode()).unwrap(), row);

    let key = StreamKey {
        method: 8,
        stream: StreamId::of(b"s"),
    };
    assert_eq!(key.encode().len(), 2 + 32);
    assert_eq!(StreamKey::decode(&key.encode()).unwrap(), key);

    let row = StreamRow {
        object: ObjectId::of(b"o"),
        length: 1,
        crc32: 2,
    };
    assert_eq!(row.encode().len(), 32 + 8 + 4);
    assert_eq!(StreamRow::decode(&row.encode()).unwrap(), row);
}

#[test]
fn a_byte_less_or_more_is_refused() {
    let bytes = archive_row().encode();
    for length in 0..bytes.len() {
        assert!(ArchiveRow::decode(&bytes[..length]).is_err(), "{length}");
    }
    let error = ArchiveRow::decode(&[&bytes[..], b"x"].concat()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value of this row of archives.1 is wrong: 1 bytes are left over"
    );
    assert!(StreamRow::decode(&[0; 45]).is_err());
    assert!(StreamKey::decode(&[9; 34]).is_err(), "an unknown method");
}

#[test]
fn a_text_that_cannot_be_counted_is_cut_at_a_character() {
    let row = ArchiveRow {
        name: "é".repeat(40_000),
        ..archive_row()
    };
    let found = ArchiveRow::decode(&row.encode()).unwrap();
    assert_eq!(found.name, "é".repeat(32_767));
}

proptest! {
    #[test]
    fn what_is_read_is_what_would_be_written(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(row) = ArchiveRow::decode(&bytes) {
            prop_assert_eq!(row.encode(), &bytes[..]);
        }
        if let Ok(key) = BundleKey::decode(&bytes) {
            prop_assert_eq!(key.encode(), &bytes[..]);
        }
        if let Ok(key) = StreamKey::decode(&bytes) {
            prop_assert_eq!(key.encode(), &bytes[..]);
        }
    }
}
