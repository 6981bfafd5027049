//! Digests and what they name (store-format.md, section 5): BLAKE3-256, in text 64 lowercase hex digits.
//!
//! Each identifier is a type of its own, so that none can stand where another is meant.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::FormatError;

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 32;

/// A BLAKE3-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; DIGEST_BYTES]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(*blake3::hash(bytes).as_bytes())
    }

    /// A digest that was computed elsewhere.
    pub const fn from_bytes(bytes: [u8; DIGEST_BYTES]) -> Self {
        Digest(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; DIGEST_BYTES] {
        &self.0
    }
}

/// By its bytes, as text. Digests differ at once, so mostly one comparison of eight bytes says all: lists of them are sorted often.
impl Ord for Digest {
    fn cmp(&self, other: &Self) -> Ordering {
        let head = |digest: &Digest| digest.0.first_chunk().copied().map(u64::from_be_bytes);
        head(self)
            .cmp(&head(other))
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 2 * DIGEST_BYTES];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = hex_digit(byte >> 4);
            pair[1] = hex_digit(byte & 15);
        }
        f.pad(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Digest {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        parse(text).ok_or_else(|| FormatError::Digest { found: text.into() })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// One lowercase hex digit of the low four bits.
pub(crate) const fn hex_digit(value: u8) -> u8 {
    b"0123456789abcdef"[(value & 15) as usize]
}

/// Whether all of these are lowercase hex digits.
pub(crate) fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| hex_value(byte).is_some())
}

fn hex_value(digit: u8) -> Option<u8> {
    match HEX_VALUES[usize::from(digit)] {
        NO_DIGIT => None,
        value => Some(value),
    }
}

/// What each byte is as a hex digit: a store has millions of names, and who lists them looks at each digit.
const HEX_VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[hex_digit(value) as usize] = value;
        value += 1;
    }
    values
};
const NO_DIGIT: u8 = u8::MAX;

fn parse(text: &str) -> Option<Digest> {
    if text.len() != 2 * DIGEST_BYTES {
        return None;
    }
    let mut bytes = [0; DIGEST_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = hex_value(pair[0])? << 4 | hex_value(pair[1])?;
    }
    Some(Digest(bytes))
}

/// Computes a digest piece by piece.
#[derive(Debug, Clone, Default)]
pub struct DigestHasher(blake3::Hasher);

impl DigestHasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far.
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Digest);

        impl $name {
            /// The identifier of what these bytes are.
            pub fn of(bytes: &[u8]) -> Self {
                $name(Digest::of(bytes))
            }

            /// The identifier with this digest.
            pub const fn from_digest(digest: Digest) -> Self {
                $name(digest)
            }

            /// Its digest.
            pub const fn digest(&self) -> Digest {
                self.0
            }

            /// The bytes of its digest.
            pub const fn as_bytes(&self) -> &[u8; DIGEST_BYTES] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = FormatError;

            fn from_str(text: &str) -> Result<Self, FormatError> {
                text.parse().map($name)
            }
        }
    )*};
}

identifiers! {
    /// Names an object: the digest of a file's content.
    ObjectId;
    /// Names a tree: the digest of its canonical encoding.
    TreeId;
    /// A look-up key: the digest of all bytes of an archive.
    ArchiveId;
    /// A look-up key: the digest of the compressed bytes of one entry, as they stand in the archive.
    StreamId;
    /// Names a published directory: the digest of the tree id and the encoded layout.
    DirectoryId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_64_lowercase_hex_digits_and_nothing_else() {
        let id = ObjectId::of(b"{}\n");
        let text = "a7c4d54776fcb179f048728766a52d75dc450cc2a5072b7e2c238aa9b2cff3b6";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse::<ObjectId>().unwrap(), id);
        for wrong in [&text[1..], &text.to_uppercase(), "", &format!("{text}0")] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong:?}");
        }
        assert!("é".repeat(32).parse::<Digest>().is_err());
    }

    // Seen to fail when the first eight bytes are taken for a number with its lowest byte first, and when nothing is asked but them.
    #[test]
    fn digests_are_in_the_order_of_their_text() {
        let at = |place: usize, byte: u8| {
            let mut bytes = [7; DIGEST_BYTES];
            bytes[place] = byte;
            // What comes later says the opposite, and is not asked.
            bytes[place + 1..].fill(!byte);
            Digest::from_bytes(bytes)
        };
        for place in 0..DIGEST_BYTES {
            for (one, other) in [(6, 7), (0, 0xff), (0x80, 0x7f), (7, 7)] {
                let (one, other) = (at(place, one), at(place, other));
                let as_text = one.to_string().cmp(&other.to_string());
                assert_eq!(one.cmp(&other), as_text, "{one} {other}");
            }
        }
    }

    #[test]
    fn json_is_the_text() {
        let id = TreeId::of(b"");
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<TreeId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<TreeId>("\"ab\"").is_err());
    }

    #[test]
    fn pieces_hash_like_the_whole() {
        let mut hasher = DigestHasher::new();
        hasher.update(b"{}");
        hasher.update(b"\n");
        assert_eq!(hasher.finish(), Digest::of(b"{}\n"));
    }
}
