//! Pins: roots that a person named (store-format.md, section 10).

use serde::Serialize;

use crate::directory::DirectoryName;
use crate::error::{FileKind, FormatError};
use crate::json::{self, Extra, Members};
use crate::name::{BundleName, PinLabel, Version};

/// One pin file: its bundle is kept until the pin is taken back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pin {
    #[serde(rename = "pin")]
    number: u64,
    /// What the person calls it.
    pub label: PinLabel,
    /// The bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// The last component of its directory.
    pub directory: DirectoryName,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Pin {
    /// A pin without unknown members.
    pub fn new(
        label: PinLabel,
        name: BundleName,
        version: Version,
        directory: DirectoryName,
    ) -> Self {
        Pin {
            number: json::VERSION,
            label,
            name,
            version,
            directory,
            extra: Extra::new(),
        }
    }

    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// Reads the bytes of the file.
    ///
    /// # Errors
    /// No JSON object, another version than 1, or a member that is missing or wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut members = Members::decode(FileKind::Pin, bytes)?;
        members.version("pin")?;
        Ok(Pin {
            number: json::VERSION,
            label: members.take("label")?,
            name: members.take("name")?,
            version: members.take("version")?,
            directory: members.take("directory")?,
            extra: members.rest(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_undoes_encode() {
        let mut pin = Pin::new(
            PinLabel::parse("before the fair").unwrap(),
            BundleName::parse("time").unwrap(),
            Version::parse("1.0").unwrap(),
            DirectoryName::parse("0123456789abcdef").unwrap(),
        );
        pin.extra.insert("by".into(), "me".into());
        let bytes = pin.encode();
        assert!(bytes.starts_with(b"{\n  \"pin\": 1,\n") && bytes.ends_with(b"}\n"));
        assert_eq!(Pin::decode(&bytes).unwrap(), pin);
    }
}
