//! The JSON files of a store: one object each, whose unknown members are kept, and whose errors name the member.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{FileKind, FormatError};

/// Members that this program does not know. They are kept when the file is rewritten.
pub type Extra = Map<String, Value>;

/// The version of every kind of file that has one.
pub(crate) const VERSION: u64 = 1;

/// The members of a file that is being decoded; what is not taken is [`Extra`].
#[derive(Debug)]
pub(crate) struct Members {
    file: FileKind,
    members: Extra,
}

impl Members {
    pub(crate) fn decode(file: FileKind, bytes: &[u8]) -> Result<Self, FormatError> {
        let not_an_object = |source| FormatError::Json { file, source };
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => Ok(Members { file, members }),
            Ok(_) => Err(not_an_object(None)),
            Err(error) => Err(not_an_object(Some(error))),
        }
    }

    /// Takes the member that holds the file's version, and refuses every other version than 1.
    pub(crate) fn version(&mut self, member: &'static str) -> Result<(), FormatError> {
        match self.take::<u64>(member)? {
            VERSION => Ok(()),
            found => Err(FormatError::Version {
                file: self.file,
                found,
                understood: VERSION,
            }),
        }
    }

    /// Takes a member that must be there.
    pub(crate) fn take<T: DeserializeOwned>(
        &mut self,
        member: &'static str,
    ) -> Result<T, FormatError> {
        match self.members.remove(member) {
            Some(value) => self.read(member, value),
            None => Err(FormatError::MissingMember {
                file: self.file,
                member,
            }),
        }
    }

    /// Takes a member that may be null or missing.
    pub(crate) fn take_optional<T: DeserializeOwned>(
        &mut self,
        member: &'static str,
    ) -> Result<Option<T>, FormatError> {
        match self.members.remove(member) {
            Some(value) => self.read(member, value),
            None => Ok(None),
        }
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Extra {
        self.members
    }

    fn read<T: DeserializeOwned>(
        &self,
        member: &'static str,
        value: Value,
    ) -> Result<T, FormatError> {
        serde_json::from_value(value).map_err(|error| FormatError::Member {
            file: self.file,
            member,
            problem: error.to_string(),
        })
    }
}

/// A file's bytes: its version first, members in the order of the specification, a newline at the end.
pub(crate) fn encode<T: Serialize>(content: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(content)
        .expect("these types have string keys and no failing implementation");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_file_and_the_member() {
        let members = |text: &str| Members::decode(FileKind::Pin, text.as_bytes());
        for text in ["", "[]", "{", "null", "\u{feff}{}"] {
            let error = members(text).unwrap_err();
            assert_eq!(error.to_string(), "this pin is not a JSON object");
        }
        let mut found = members(r#"{"pin": 2, "label": 7}"#).unwrap();
        let error = found.version("pin").unwrap_err().to_string();
        assert_eq!(
            error,
            "this pin is of version 2; this program understands version 1"
        );
        let error = found.take::<String>("label").unwrap_err().to_string();
        assert!(error.contains("\"label\" of this pin"), "{error}");
        let error = found.take::<String>("name").unwrap_err().to_string();
        assert_eq!(error, "this pin has no member \"name\"");
    }

    #[test]
    fn deep_nesting_is_an_error_like_any_other() {
        let deep = "[".repeat(100_000);
        assert!(Members::decode(FileKind::Ref, deep.as_bytes()).is_err());
    }
}
