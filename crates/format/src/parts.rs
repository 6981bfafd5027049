//! The digest of bytes whose parts are hashed by several threads, in any order: BLAKE3 is a tree, and each part is a subtree.
//!
//! A thread reads a part into a buffer that its core's cache holds, and hashes it there; no part waits for another.

use std::ops::Range;

use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root,
};

use crate::digest::Digest;

/// Bytes of each part but the last. A power of two of BLAKE3's chunks, as its subtrees are.
const PART: u64 = 1 << 20;

/// Bytes of known length, cut into parts.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    length: u64,
}

impl Parts {
    /// So many bytes; none are one part that is empty.
    pub fn of(length: u64) -> Self {
        Parts { length }
    }

    /// How many parts there are.
    pub fn count(&self) -> u64 {
        self.length.div_ceil(PART).max(1)
    }

    /// Where the bytes of a part are.
    pub fn range(&self, index: u64) -> Range<u64> {
        let start = index * PART;
        start..self.length.min(start + PART)
    }

    /// What hashes the bytes of a part.
    pub fn hasher(&self, index: u64) -> PartHasher {
        let mut hasher = blake3::Hasher::new();
        hasher.set_input_offset(index * PART);
        PartHasher {
            hasher,
            is_all: self.count() == 1,
        }
    }

    /// The digest of all bytes.
    ///
    /// # Panics
    /// If these are not all parts.
    pub fn digest(&self, parts: &[PartDigest]) -> Digest {
        assert_eq!(parts.len() as u64, self.count());
        Digest::from_bytes(match halves(parts) {
            None => parts[0].0,
            Some((left, right)) => {
                *merge_subtrees_root(&merged(left), &merged(right), Mode::Hash).as_bytes()
            }
        })
    }
}

/// Hashes one part, piece by piece.
#[derive(Debug, Clone)]
pub struct PartHasher {
    hasher: blake3::Hasher,
    is_all: bool,
}

impl PartHasher {
    /// Adds the next bytes of the part.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// What the digest of all bytes needs of this part.
    pub fn finish(&self) -> PartDigest {
        PartDigest(if self.is_all {
            *self.hasher.finalize().as_bytes()
        } else {
            self.hasher.finalize_non_root()
        })
    }
}

/// The value of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartDigest(ChainingValue);

/// The left subtree of BLAKE3 is the largest power of two that leaves something to the right.
fn halves(parts: &[PartDigest]) -> Option<(&[PartDigest], &[PartDigest])> {
    (parts.len() > 1).then(|| parts.split_at(parts.len().next_power_of_two() / 2))
}

fn merged(parts: &[PartDigest]) -> ChainingValue {
    match halves(parts) {
        None => parts[0].0,
        Some((left, right)) => merge_subtrees_non_root(&merged(left), &merged(right), Mode::Hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hash_like_the_whole() {
        let bytes: Vec<u8> = (0..9 * PART + 5).map(|n| (n % 251) as u8).collect();
        let lengths = [0, 1, 1024, PART - 1, PART, PART + 1, 2 * PART, 3 * PART];
        let more = (4..=9).map(|parts| parts * PART + 5);
        for length in lengths.into_iter().chain(more) {
            let bytes = &bytes[..length as usize];
            let parts = Parts::of(length);
            let hash = |index| {
                let mut hasher = parts.hasher(index);
                let range = parts.range(index);
                for piece in bytes[range.start as usize..range.end as usize].chunks(100_000) {
                    hasher.update(piece);
                }
                hasher.finish()
            };
            let parts_of_it: Vec<_> = (0..parts.count()).map(hash).collect();
            assert_eq!(parts.digest(&parts_of_it), Digest::of(bytes), "{length}");
        }
    }
}
