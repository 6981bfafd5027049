//! What names an object (store-format.md, section 6): content and exec class, as a key and as a place in the store.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::digest::ObjectId;
use crate::paths;

/// Whether a file may be executed. Nothing else of a mode is kept.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ExecClass {
    /// A file to be read.
    #[default]
    Plain,
    /// A file that may be executed.
    Executable,
}

impl ExecClass {
    /// The class of a file with this mode: any exec bit makes it executable.
    pub const fn from_mode(mode: u32) -> Self {
        if mode & 0o111 == 0 {
            ExecClass::Plain
        } else {
            ExecClass::Executable
        }
    }

    /// The mode of a sealed file.
    pub const fn sealed_mode(self) -> u32 {
        match self {
            ExecClass::Plain => 0o444,
            ExecClass::Executable => 0o555,
        }
    }

    /// The mode of a file that the server may change.
    pub const fn private_mode(self) -> u32 {
        match self {
            ExecClass::Plain => 0o644,
            ExecClass::Executable => 0o755,
        }
    }

    /// What the name of an object of this class ends in.
    const fn suffix(self) -> &'static str {
        match self {
            ExecClass::Plain => "",
            ExecClass::Executable => ".x",
        }
    }
}

impl ObjectId {
    /// Which of the 256 directories of `objects/` holds what has this content.
    pub fn shelf(&self) -> u8 {
        self.as_bytes()[0]
    }
}

/// One object: the same content in both classes is two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The digest of its content.
    pub id: ObjectId,
    /// Its exec class.
    pub exec: ExecClass,
}

impl ObjectKey {
    /// Where it lies below the store's root: `objects/ab/<62 hex>[.x]`.
    pub fn relative_path(&self) -> PathBuf {
        let hex = self.id.to_string();
        [paths::OBJECTS, &hex[..2], &self.file_name()]
            .iter()
            .collect()
    }

    /// Which of the 256 directories of `objects/` holds it.
    pub fn shelf(&self) -> u8 {
        self.id.shelf()
    }

    /// Its name in the directory that holds it: `<62 hex>[.x]`.
    pub fn file_name(&self) -> String {
        let mut name = self.id.to_string();
        name.drain(..2);
        name.push_str(self.exec.suffix());
        name
    }

    /// The object that has this place: a directory of `objects/` and a file name in it. `None` for a stray file.
    pub fn parse(shelf: &str, file_name: &str) -> Option<Self> {
        let (rest, exec) = match file_name.strip_suffix(ExecClass::Executable.suffix()) {
            Some(rest) => (rest, ExecClass::Executable),
            None => (file_name, ExecClass::Plain),
        };
        Some(ObjectKey {
            id: paths::parse_shelved(shelf, rest)?,
            exec,
        })
    }
}

/// The digest, and `.x` for an executable.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.id, self.exec.suffix())
    }
}

/// The id of the empty content, which is no object: empty files are never linked.
pub fn empty_content() -> ObjectId {
    ObjectId::of(b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_exec_bit_makes_a_file_executable() {
        for mode in [0o100, 0o010, 0o001, 0o755, 0o4711] {
            assert_eq!(ExecClass::from_mode(mode), ExecClass::Executable);
        }
        for mode in [0, 0o644, 0o4666] {
            assert_eq!(ExecClass::from_mode(mode), ExecClass::Plain);
        }
    }

    #[test]
    fn a_key_and_its_place_say_the_same() {
        for exec in [ExecClass::Plain, ExecClass::Executable] {
            let key = ObjectKey {
                id: ObjectId::of(b"#!/bin/sh\n"),
                exec,
            };
            let path = key.relative_path();
            let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
            assert_eq!(parts[..2], ["objects", "bc"]);
            assert_eq!(ObjectKey::parse(parts[1], parts[2]), Some(key));
        }
    }

    #[test]
    fn a_stray_file_is_no_object() {
        let rest = "0".repeat(62);
        for (shelf, name) in [
            ("ab", "x".to_owned()),
            ("AB", rest.clone()),
            ("abc", rest[1..].to_owned()),
            ("ab", format!("{rest}.y")),
            ("ab", format!("{rest}.x.x")),
        ] {
            assert_eq!(ObjectKey::parse(shelf, &name), None, "{shelf}/{name}");
        }
    }

    #[test]
    fn the_empty_content_has_a_known_id() {
        assert_eq!(
            empty_content().to_string(),
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        );
    }
}
