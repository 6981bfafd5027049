//! Refused: data that are not exactly what the headers say. The plan cannot know; decoding does.

use linkstead_fs::read_at::ReadAt;
use linkstead_store::archive::decode::{self, Buffers, DecodeError};
use linkstead_store::archive::{PlannedKind, Rule, plan};

use crate::builder::*;
use crate::verdicts::*;

#[test]
fn output_longer_than_declared() {
    refused(
        Rule::TooMuchData,
        archive([file("a", "aaaa").both(|header| header.size = 3)]),
    );
    refused(
        Rule::TooMuchData,
        archive([file("a", "aaaa").both(|header| header.size = 0)]),
    );
    refused(
        Rule::TooMuchData,
        archive([file("a", vec![0; 3 << 20]).both(|header| header.size = 9)]),
    );
}

#[test]
fn output_shorter_than_declared() {
    refused(
        Rule::TooLittleData,
        archive([file("a", "aaaa").both(|header| header.size = 5)]),
    );
    refused(
        Rule::TooLittleData,
        archive([file("a", "aaaa").both(|header| header.size = 1 << 31)]),
    );
}

#[test]
fn a_crc_mismatch() {
    refused(
        Rule::CrcMismatch,
        archive([file("a", "aaaa").both(|header| header.crc32 ^= 1)]),
    );
    refused(
        Rule::CrcMismatch,
        archive([stored("a", "aaaa").both(|header| header.crc32 ^= 1)]),
    );
}

#[test]
fn bytes_left_after_the_end_of_the_stream() {
    let mut data = file("a", "aaaa").data;
    data.push(0);
    refused(
        Rule::BytesAfterStream,
        archive([file("a", "aaaa").data(data)]),
    );
}

#[test]
fn a_truncated_stream() {
    let entry = file("a", "a somewhat longer text, for a stream of some bytes");
    let whole = entry.data.clone();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        refused(
            Rule::TruncatedStream,
            archive([entry.clone().data(&whole[..length])]),
        );
    }
}

#[test]
fn a_corrupt_stream() {
    refused(
        Rule::CorruptStream,
        archive([file("a", "aaaa").data([0xff; 20])]),
    );
}

#[test]
fn whole_and_streaming_decoders_agree() {
    let mut noise = 1u32;
    let mut content = vec![0; 600_000];
    content.iter_mut().for_each(|byte| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (noise >> 29) as u8;
    });
    let honest = file("a", &content);
    let mut tail = honest.data.clone();
    tail.extend([1, 2, 3]);
    for entry in [
        honest.clone(),
        stored("a", &content),
        honest.clone().both(|header| header.size -= 1),
        honest.clone().both(|header| header.size += 1),
        honest.clone().both(|header| header.crc32 += 1),
        honest.clone().data(tail),
        honest.clone().data(&honest.data[..100_000]),
    ] {
        let bytes = archive([entry]).bytes();
        let plan = plan(&bytes as &dyn ReadAt, &plain()).unwrap();
        let PlannedKind::File { data, .. } = &plan.entries[0].kind else {
            panic!("a file");
        };
        let mut whole = Vec::new();
        let packed = &bytes[data.offset as usize..][..data.compressed as usize];
        let by_whole = decode::decode_whole(packed, data, &mut whole);
        let mut streamed = Vec::new();
        let by_stream = decode::decode_stream(&bytes, data, &mut Buffers::default(), &mut |part| {
            streamed.extend_from_slice(part);
            Ok(())
        });
        match (by_whole, by_stream) {
            (Ok(()), Ok(())) => assert_eq!((&whole, &streamed), (&content, &content)),
            (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
            (a, b) => panic!("{a:?} {b:?}"),
        }
        assert!(
            streamed.len() as u64 <= data.size,
            "a bomb ends at its declared size"
        );
    }
}

#[test]
fn a_sink_that_fails_ends_the_decoding() {
    let bytes = archive([file("a", "aaaa")]).bytes();
    let plan = plan(&bytes as &dyn ReadAt, &plain()).unwrap();
    let PlannedKind::File { data, .. } = &plan.entries[0].kind else {
        panic!("a file");
    };
    let result = decode::decode_stream(&bytes, data, &mut Buffers::default(), &mut |_| {
        Err(std::io::ErrorKind::StorageFull.into())
    });
    assert!(
        matches!(result, Err(DecodeError::Io(error)) if error.kind() == std::io::ErrorKind::StorageFull)
    );
}
