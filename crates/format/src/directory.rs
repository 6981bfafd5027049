//! The last component of a published directory: the first digits of its directory id (store-format.md, section 8).

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::{DirectoryId, is_lower_hex};
use crate::error::FormatError;

/// Digits of the shortest name, and digits by which a name grows while another directory has it.
const SHORTEST: usize = 16;
const STEP: usize = 8;
const LONGEST: usize = 64;

/// 16, 24, … 64 hex digits that begin a directory id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectoryName(String);

impl DirectoryName {
    /// Reads a name as it stands on disk.
    ///
    /// # Errors
    /// Another number of digits, or something that is no lowercase hex digit.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let digits = (SHORTEST..=LONGEST).contains(&text.len()) && text.len().is_multiple_of(STEP);
        if digits && is_lower_hex(text) {
            Ok(DirectoryName(text.into()))
        } else {
            Err(FormatError::DirectoryName { found: text.into() })
        }
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the directory with this id may have this name.
    pub fn names(&self, id: &DirectoryId) -> bool {
        id.to_string().starts_with(&self.0)
    }
}

impl DirectoryId {
    /// The names that the directory may have, the shortest first: the first that no other directory id has taken is its own.
    pub fn names(&self) -> impl Iterator<Item = DirectoryName> + use<> {
        let hex = self.to_string();
        (SHORTEST..=LONGEST)
            .step_by(STEP)
            .map(move |digits| DirectoryName(hex[..digits].into()))
    }
}

impl fmt::Display for DirectoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for DirectoryName {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        DirectoryName::parse(text)
    }
}

impl Serialize for DirectoryName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DirectoryName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DirectoryName::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_grow_by_eight_digits_to_the_whole_id() {
        let id = DirectoryId::of(b"x");
        let names: Vec<_> = id.names().collect();
        let lengths: Vec<_> = names.iter().map(|name| name.as_str().len()).collect();
        assert_eq!(lengths, [16, 24, 32, 40, 48, 56, 64]);
        assert!(names.iter().all(|name| name.names(&id)));
        assert!(
            names
                .iter()
                .all(|name| DirectoryName::parse(name.as_str()).is_ok())
        );
        assert_eq!(names[6].as_str(), id.to_string());
    }

    #[test]
    fn nothing_else_is_a_directory_name() {
        for wrong in [
            "",
            "none",
            "0123456789abcde",
            "0123456789abcdef0",
            "0123456789ABCDEF",
            "0123456789abcdeé",
        ] {
            assert!(DirectoryName::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
