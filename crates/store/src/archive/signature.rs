//! The MCPB signature block: `MCPB_SIG_V1`, u32 length, DER, `MCPB_SIG_END`, at the very end of the file.
//!
//! The block is anchored twice: its length must end it exactly at the end of the file, and an end record must stand right
//! before it whose comment length is 0, or the length of the block. Both forms are in circulation. The signature itself is
//! not checked.

use std::io;

use linkstead_fs::read_at::ReadAt;

use super::record::{EndRecord, u32_at};

const HEADER: &[u8] = b"MCPB_SIG_V1";
const FOOTER: &[u8] = b"MCPB_SIG_END";
/// Everything of a block but its DER.
const FRAME: usize = HEADER.len() + 4 + FOOTER.len();
/// The longest block that is looked for, in bytes. Real ones hold a chain of certificates: some KiB.
const LONGEST: u64 = 16 << 20;

/// A well-formed block.
pub(crate) struct Block {
    /// Where it begins; the end record stands right before it.
    pub(crate) start: u64,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Whether a file with these last bytes claims to end with a block.
pub(crate) fn is_claimed(tail: &[u8]) -> bool {
    tail.ends_with(FOOTER)
}

/// The block that ends the file. `None` if there is no well-formed one.
pub(crate) fn find(archive: &dyn ReadAt) -> io::Result<Option<Block>> {
    let size = archive.size();
    let mut searched = 128 << 10;
    loop {
        let count = size.min(searched);
        let mut tail = vec![0; count as usize];
        archive.read_exact_at(&mut tail, size - count)?;
        if let Some(start) = start_in(&tail) {
            return Ok(Some(Block {
                start: size - count + start as u64,
                bytes: tail.split_off(start),
            }));
        }
        if count == size || searched >= LONGEST {
            return Ok(None);
        }
        searched = LONGEST + EndRecord::SIZE as u64;
    }
}

/// Position in the file's last bytes where a block begins that ends with them and stands behind an end record.
fn start_in(tail: &[u8]) -> Option<usize> {
    if !tail.ends_with(FOOTER) {
        return None;
    }
    let last = tail.len().checked_sub(FRAME)?;
    (EndRecord::SIZE..=last).rev().find(|&start| {
        let length = tail.len() - start;
        tail[start..].starts_with(HEADER)
            && u32_at(tail, start + HEADER.len()) as usize == length - FRAME
            && EndRecord::parse(&tail[start - EndRecord::SIZE..]).is_some_and(|end| {
                end.comment_length == 0 || usize::from(end.comment_length) == length
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(der: usize, comment_length: u16) -> Vec<u8> {
        let mut bytes = b"PK\x05\x06".to_vec();
        bytes.extend([0; 16]);
        bytes.extend(comment_length.to_le_bytes());
        bytes.extend(HEADER);
        bytes.extend((der as u32).to_le_bytes());
        bytes.extend(std::iter::repeat_n(0x30, der));
        bytes.extend(FOOTER);
        bytes
    }

    #[test]
    fn both_forms_are_found_whatever_their_length() {
        for (der, comment) in [(0, 0), (10, 0), (10, 37), (200_000, 0)] {
            let block = find(&signed(der, comment)).unwrap().unwrap();
            assert_eq!((block.start, block.bytes.len()), (22, der + 27));
        }
    }

    #[test]
    fn a_block_that_lies_is_none() {
        assert!(
            find(&signed(10, 36)).unwrap().is_none(),
            "the comment is shorter than the block"
        );
        let mut wrong_length = signed(10, 0);
        wrong_length[22 + HEADER.len()] = 9;
        assert!(find(&wrong_length).unwrap().is_none());
        let mut two = signed(10, 0);
        two.extend_from_slice(&signed(10, 0)[22..]);
        assert!(
            find(&two).unwrap().is_none(),
            "the second stands behind no end record"
        );
    }
}
