//! Any compressed bytes: both decoders agree with each other and with another inflater, to the last byte.
#![no_main]

use linkstead_store::archive::decode::{self, Buffers};
use linkstead_store::archive::{EntryData, Method, ModeOrigin};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// The most content that is compared, in bytes.
const MOST: usize = 1 << 20;

/// The content, if the whole input is one deflate stream.
fn inflate(compressed: &[u8]) -> Option<Vec<u8>> {
    let mut content = vec![0; MOST];
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, consumed, produced) = decompress(
        &mut DecompressorOxide::new(),
        compressed,
        &mut content,
        0,
        flags,
    );
    content.truncate(produced);
    (status == TINFLStatus::Done && consumed == compressed.len()).then_some(content)
}

libfuzzer_sys::fuzz_target!(|input: (i8, Vec<u8>)| {
    let (lie, compressed) = input;
    let theirs = inflate(&compressed);
    let true_size = theirs.as_ref().map_or(100, |content| content.len() as u64);
    let data = EntryData {
        method: Method::Deflate,
        offset: 0,
        compressed: compressed.len() as u64,
        size: true_size.saturating_add_signed(lie.into()),
        crc32: theirs
            .as_ref()
            .map_or(0, |content| crc32fast::hash(content)),
        mode_origin: ModeOrigin::Assumed,
    };
    let mut whole = Vec::new();
    let by_whole = decode::decode_whole(&compressed, &data, &mut whole);
    let mut streamed = Vec::new();
    let by_stream =
        decode::decode_stream(&compressed, &data, &mut Buffers::default(), &mut |part| {
            streamed.extend_from_slice(part);
            Ok(())
        });
    assert!(streamed.len() as u64 <= data.size);
    assert_eq!(by_whole.is_ok(), by_stream.is_ok());
    if by_whole.is_ok() {
        assert_eq!(whole, streamed);
    }
    if let Some(content) = theirs {
        assert_eq!(by_whole.is_ok(), content.len() as u64 == data.size);
    } else if by_whole.is_ok() {
        assert!(whole.len() >= MOST, "the other inflater refuses it");
    }
});
