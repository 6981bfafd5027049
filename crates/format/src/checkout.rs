//! Checkouts: directories outside the store that were made from a tree (store-format.md, section 10).
//!
//! The only files of a store that hold an absolute path.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::digest::TreeId;
use crate::error::{FileKind, FormatError};
use crate::json::{self, Extra, Members};
use crate::layout::Layout;
use crate::name::{BundleName, Version};

/// How far a checkout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckoutState {
    /// Something may have been done at its path: this is durable before anything there is touched.
    Intended,
    /// The directory is there.
    Complete,
}

/// Which directory was made, as the file system tells directories apart. Compared with the one that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryIdentity {
    /// The device number.
    pub device: u64,
    /// The inode number.
    pub inode: u64,
}

/// One checkout file. The tree and its objects are roots.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checkout {
    #[serde(rename = "checkout")]
    number: u64,
    /// The directory, absolute.
    pub path: String,
    /// The name of the bundle that it was made from.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its tree.
    pub tree: TreeId,
    /// How the directory was made.
    pub layout: Layout,
    /// How far it is.
    pub state: CheckoutState,
    /// Which directory it is, once it is there.
    pub directory: Option<DirectoryIdentity>,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Checkout {
    /// A checkout that is intended; `path` is absolute.
    pub fn intended(
        path: String,
        name: BundleName,
        version: Version,
        tree: TreeId,
        layout: Layout,
    ) -> Self {
        Checkout {
            number: json::VERSION,
            path,
            name,
            version,
            tree,
            layout,
            state: CheckoutState::Intended,
            directory: None,
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
    /// No JSON object, another version than 1, a member that is missing or wrong, or a path that is not absolute.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut members = Members::decode(FileKind::Checkout, bytes)?;
        members.version("checkout")?;
        let path: String = members.take("path")?;
        if !Path::new(&path).has_root() {
            return Err(FormatError::Member {
                file: FileKind::Checkout,
                member: "path",
                problem: format!("{path:?} is not absolute"),
            });
        }
        Ok(Checkout {
            number: json::VERSION,
            path,
            name: members.take("name")?,
            version: members.take("version")?,
            tree: members.take("tree")?,
            layout: members.take("layout")?,
            state: members.take("state")?,
            directory: members.take_optional("directory")?,
            extra: members.rest(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Checkout {
        Checkout::intended(
            "/srv/time".into(),
            BundleName::parse("time").unwrap(),
            Version::parse("1.0").unwrap(),
            TreeId::of(b""),
            Layout::default(),
        )
    }

    #[test]
    fn decode_undoes_encode_in_both_states() {
        let intended = sample();
        let text = String::from_utf8(intended.encode()).unwrap();
        assert!(text.contains(r#""state": "intended""#) && text.contains(r#""directory": null"#));
        assert_eq!(Checkout::decode(text.as_bytes()).unwrap(), intended);
        let complete = Checkout {
            state: CheckoutState::Complete,
            directory: Some(DirectoryIdentity {
                device: 1,
                inode: u64::MAX,
            }),
            ..intended
        };
        assert_eq!(Checkout::decode(&complete.encode()).unwrap(), complete);
    }

    #[test]
    fn its_path_is_absolute() {
        let relative = Checkout {
            path: "time".into(),
            ..sample()
        };
        let error = Checkout::decode(&relative.encode())
            .unwrap_err()
            .to_string();
        assert!(error.contains("\"path\""), "{error}");
    }
}
