//! Refs: what a name, or a name and version, means (store-format.md, section 10).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bundle_key::BundleKey;
use crate::directory::DirectoryName;
use crate::error::{FileKind, FormatError};
use crate::json::{self, Extra, Members};
use crate::name::{BundleName, Version};

/// How a masked name is written.
const NONE: &str = "none";

/// What a ref names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The last component of a published directory.
    Directory(DirectoryName),
    /// Nothing: the name is masked, also where a lower store has it.
    None,
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Target::Directory(name) => name.serialize(serializer),
            Target::None => serializer.serialize_str(NONE),
        }
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            NONE => Ok(Target::None),
            name => DirectoryName::parse(name)
                .map(Target::Directory)
                .map_err(D::Error::custom),
        }
    }
}

/// One ref file: of a version, or `current.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ref {
    #[serde(rename = "ref")]
    number: u64,
    /// The bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// What they mean.
    pub directory: Target,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Ref {
    /// The bundle that it names; `None` where the name is masked.
    pub fn bundle(&self) -> Option<BundleKey> {
        match &self.directory {
            Target::Directory(directory) => Some(BundleKey {
                name: self.name.clone(),
                version: self.version.clone(),
                directory: directory.clone(),
            }),
            Target::None => None,
        }
    }

    /// A ref without unknown members.
    pub fn new(name: BundleName, version: Version, directory: Target) -> Self {
        Ref {
            number: json::VERSION,
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
        let mut members = Members::decode(FileKind::Ref, bytes)?;
        members.version("ref")?;
        Ok(Ref {
            number: json::VERSION,
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
    fn a_ref_reads_as_in_the_specification_and_keeps_unknown_members() {
        let text = r#"{
  "ref": 1,
  "name": "@acme/time",
  "version": "1.0",
  "directory": "0123456789abcdef",
  "later": [
    1
  ]
}
"#;
        let found = Ref::decode(text.as_bytes()).unwrap();
        assert_eq!(found.name.as_str(), "@acme/time");
        assert_eq!(String::from_utf8(found.encode()).unwrap(), text);
    }

    #[test]
    fn none_masks_a_name() {
        let name = BundleName::parse("a").unwrap();
        let masked = Ref::new(name, Version::parse("1").unwrap(), Target::None);
        let text = String::from_utf8(masked.encode()).unwrap();
        assert!(text.contains(r#""directory": "none""#), "{text}");
        assert_eq!(Ref::decode(text.as_bytes()).unwrap(), masked);
    }

    #[test]
    fn what_would_lead_out_of_the_store_is_no_ref() {
        for (name, directory) in [("../a", "0123456789abcdef"), ("a", "../../etc")] {
            let text = format!(
                r#"{{"ref": 1, "name": "{name}", "version": "1", "directory": "{directory}"}}"#
            );
            assert!(Ref::decode(text.as_bytes()).is_err(), "{text}");
        }
    }
}
