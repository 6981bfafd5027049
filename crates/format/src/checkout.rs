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
use crate::tree_path::TreePath;

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
    /// When it was made, in nanoseconds since 1970; 0 where the file system does not tell.
    #[serde(default)]
    pub born: u64,
    /// The number that its file system has by itself; 0 where it has none.
    #[serde(default)]
    pub filesystem: u64,
}

impl DirectoryIdentity {
    /// Whether both are the same directory. Devices may get other numbers when a system starts anew, and inode numbers are used
    /// again: so the birth decides where it is known, or else the file system's own number.
    #[must_use]
    pub fn is(&self, other: &DirectoryIdentity) -> bool {
        let is_known = |mine: u64, others: u64| mine != 0 && others != 0;
        let is_same_home = if is_known(self.born, other.born) {
            self.born == other.born
        } else if is_known(self.filesystem, other.filesystem) {
            self.filesystem == other.filesystem
        } else {
            self.device == other.device
        };
        self.inode == other.inode && is_same_home
    }
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
    /// Which directory it is, once it was made: of one that is intended, perhaps not yet at its path.
    pub directory: Option<DirectoryIdentity>,
    /// The top of the mount that `path` lies on: another one is there, or none, while its disk is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mount: Option<DirectoryIdentity>,
    /// Files of the host's own in it: outside the tree, with any content or gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host: Vec<TreePath>,
    /// Names beside `path` of what earlier checkouts displaced and somebody held: to be deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub displaced: Vec<String>,
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
            mount: None,
            host: Vec::new(),
            displaced: Vec::new(),
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
            mount: members.take_optional("mount")?,
            host: members.take_optional("host")?.unwrap_or_default(),
            displaced: members.take_optional("displaced")?.unwrap_or_default(),
            extra: members.rest(),
        })
    }
}

/// The longest part of a directory's name that goes into the names beside it: with what is added, 255 bytes.
const NAME_PART: usize = 223;

/// The names beside a checkout's path that its making uses (store-format.md, section 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BesidePath<'a> {
    name: &'a str,
}

impl<'a> BesidePath<'a> {
    /// The names beside `path`; `None` if it does not end in a name.
    #[must_use]
    pub fn of(path: &'a str) -> Option<Self> {
        let name = Path::new(path).file_name()?.to_str()?;
        let end = (0..=name.len().min(NAME_PART))
            .rev()
            .find(|end| name.is_char_boundary(*end))?;
        Some(BesidePath { name: &name[..end] })
    }

    /// Where the new directory is made, and the old one lies after an exchange; `id` is that of the checkout.
    #[must_use]
    pub fn fresh(&self, id: &str) -> String {
        format!(".{}.linkstead-{id}", self.name)
    }

    /// Where the old directory lies when names cannot be exchanged.
    #[must_use]
    pub fn old(&self, id: &str) -> String {
        format!("{}.old", self.fresh(id))
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
                born: 1,
                filesystem: u64::MAX,
            }),
            mount: Some(DirectoryIdentity {
                device: 1,
                inode: 2,
                born: 0,
                filesystem: 0,
            }),
            host: vec![TreePath::parse("meta.json").unwrap()],
            displaced: vec![BesidePath::of("/srv/time").unwrap().old("0")],
            ..intended
        };
        assert_eq!(Checkout::decode(&complete.encode()).unwrap(), complete);
    }

    #[test]
    fn members_that_an_older_program_did_not_write_may_be_missing() {
        let text = String::from_utf8(sample().encode()).unwrap();
        for member in ["mount", "host", "displaced"] {
            assert!(!text.contains(member));
        }
        let old = text.replace(
            "\"directory\": null",
            r#""directory": {"device": 1, "inode": 2}"#,
        );
        let identity = Checkout::decode(old.as_bytes()).unwrap().directory;
        let identity = identity.unwrap();
        assert_eq!((identity.born, identity.filesystem), (0, 0));
    }

    #[test]
    fn a_directory_is_known_by_its_birth_or_else_by_its_file_system_or_device() {
        let identity = |device, inode, born| DirectoryIdentity {
            device,
            inode,
            born,
            filesystem: 0,
        };
        let made = identity(1, 2, 3);
        assert!(made.is(&identity(9, 2, 3)), "a system that started anew");
        assert!(
            !made.is(&identity(1, 2, 4)),
            "the inode number was used again"
        );
        assert!(!made.is(&identity(1, 5, 3)));
        assert!(made.is(&identity(1, 2, 0)));
        assert!(!made.is(&identity(9, 2, 0)));
        let on = |device, filesystem| DirectoryIdentity {
            filesystem,
            ..identity(device, 2, 0)
        };
        assert!(on(1, 7).is(&on(9, 7)), "a system that started anew");
        assert!(!on(1, 7).is(&on(1, 8)), "another disk");
        assert!(on(1, 7).is(&on(1, 0)));
    }

    #[test]
    fn names_beside_a_path_fit_a_directory() {
        let id = "0123456789abcdef";
        let beside = BesidePath::of("/srv/time").unwrap();
        assert_eq!(beside.fresh(id), ".time.linkstead-0123456789abcdef");
        assert_eq!(beside.old(id), ".time.linkstead-0123456789abcdef.old");
        let long = format!("/srv/{}", "ä".repeat(127));
        let beside = BesidePath::of(&long).unwrap();
        assert!(beside.old(id).len() <= 255 && beside.fresh(id).starts_with(".ää"));
        assert!(BesidePath::of("/").is_none());
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
