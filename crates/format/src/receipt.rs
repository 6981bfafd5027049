//! Receipts: the facts about one published directory, as a file beside it (store-format.md, section 9).
//!
//! I2: whatever has a receipt and a name in `bundles/` is complete and durable. A receipt is enough to list a bundle and to
//! read its MCPB manifest, without its tree and without the database.

use serde::{Deserialize, Serialize};

use crate::archive_facts::{ArchiveDigest, Sanitized, Signature};
use crate::digest::{DirectoryId, ObjectId, TreeId};
use crate::error::{FileKind, FormatError};
use crate::install_facts::InstallFacts;
use crate::json::{self, Extra, Members};
use crate::layout::Layout;
use crate::name::{BundleName, Version};
use crate::tree_path::TreePath;

/// The number that says which table of members a receipt follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptNumber;

impl Serialize for ReceiptNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(json::VERSION)
    }
}

/// Files of the directory that are not what the layout alone would make of the tree.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exceptions {
    /// Files of the tree that are the server's own to change.
    pub private: Vec<TreePath>,
    /// Files of the host's own, outside the tree.
    pub host: Vec<TreePath>,
    /// Files of a linked layout that are copies.
    pub copied: Vec<TreePath>,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where the MCPB manifest of the bundle is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpbManifestObject {
    /// Its content.
    pub object: ObjectId,
    /// Its bytes.
    pub size: u64,
}

/// One receipt file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Receipt {
    /// Always 1 in what this program reads and writes.
    pub receipt: ReceiptNumber,
    /// The bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its tree.
    pub tree: TreeId,
    /// The whole directory id.
    pub directory: DirectoryId,
    /// How the directory was made.
    pub layout: Layout,
    /// Private files, host files and copies.
    pub exceptions: Exceptions,
    /// What it was installed from; may be empty.
    pub archives: Vec<ArchiveDigest>,
    /// Whether the archive carries a signature.
    pub signature: Signature,
    /// Mode bits that were dropped.
    pub sanitized: Sanitized,
    /// The MCPB manifest, if the bundle has one.
    pub mcpb_manifest: Option<McpbManifestObject>,
    /// Regular files of the tree.
    pub files: u64,
    /// Sum of their sizes.
    pub bytes: u64,
    /// The platform that the bundle is for, if known.
    pub platform: Option<String>,
    /// When it was installed: RFC 3339, UTC.
    pub installed: String,
    /// What that install cost and reused, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install: Option<InstallFacts>,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Receipt {
    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// Reads the bytes of the file.
    ///
    /// # Errors
    /// No JSON object, another version than 1, a member that is missing or wrong, or a directory id that is not that of the
    /// tree and the layout.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut members = Members::decode(FileKind::Receipt, bytes)?;
        members.version("receipt")?;
        let receipt = Receipt {
            receipt: ReceiptNumber,
            name: members.take("name")?,
            version: members.take("version")?,
            tree: members.take("tree")?,
            directory: members.take("directory")?,
            layout: members.take("layout")?,
            exceptions: members.take("exceptions")?,
            archives: members.take("archives")?,
            signature: members.take("signature")?,
            sanitized: members.take("sanitized")?,
            mcpb_manifest: members.take_optional("mcpb_manifest")?,
            files: members.take("files")?,
            bytes: members.take("bytes")?,
            platform: members.take_optional("platform")?,
            installed: members.take("installed")?,
            install: members.take_optional("install")?,
            extra: members.rest(),
        };
        receipt.check_directory()?;
        Ok(receipt)
    }

    fn check_directory(&self) -> Result<(), FormatError> {
        let made = self.layout.directory_id(&self.tree);
        if made == self.directory {
            return Ok(());
        }
        Err(FormatError::Member {
            file: FileKind::Receipt,
            member: "directory",
            problem: format!("tree and layout make {made}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::install_facts::Amount;

    fn sample() -> Receipt {
        let tree = TreeId::of(b"LKTR\x01\0\0\0\0");
        let layout = Layout::default();
        Receipt {
            receipt: ReceiptNumber,
            name: BundleName::parse("@acme/time").unwrap(),
            version: Version::parse("1.0").unwrap(),
            tree,
            directory: layout.directory_id(&tree),
            layout,
            exceptions: Exceptions {
                private: vec![TreePath::parse("uv.lock").unwrap()],
                ..Exceptions::default()
            },
            archives: vec![ArchiveDigest {
                algorithm: "blake3".into(),
                digest: Digest::of(b"").to_string(),
            }],
            signature: Signature::PresentNotChecked,
            sanitized: Sanitized {
                write: 3,
                ..Sanitized::default()
            },
            mcpb_manifest: Some(McpbManifestObject {
                object: ObjectId::of(b"{}\n"),
                size: 3,
            }),
            files: 1,
            bytes: 3,
            platform: None,
            installed: "2026-11-23T20:43:00Z".into(),
            install: Some(InstallFacts::default()),
            extra: Extra::new(),
        }
    }

    #[test]
    fn decode_undoes_encode() {
        let bytes = sample().encode();
        assert_eq!(Receipt::decode(&bytes).unwrap(), sample());
        assert!(bytes.starts_with(b"{\n  \"receipt\": 1,\n  \"name\": \"@acme/time\",\n"));
        assert!(bytes.ends_with(b"}\n"));
    }

    #[test]
    fn members_are_those_of_the_specification() {
        let text = String::from_utf8(sample().encode()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["signature"], "present-not-checked");
        assert_eq!(value["layout"]["kind"], "linked");
        assert_eq!(value["exceptions"]["private"][0], "uv.lock");
        assert_eq!(value["sanitized"]["write"], 3);
        assert!(value["platform"].is_null());
        assert_eq!(value.as_object().unwrap().len(), 16);
    }

    // Seen to fail when the member must be there, and when an absent one is written as null.
    #[test]
    fn what_an_install_reused_may_be_unknown() {
        let mut receipt = sample();
        receipt.install = None;
        let bytes = receipt.encode();
        assert_eq!(Receipt::decode(&bytes).unwrap(), receipt);
        assert!(!String::from_utf8(bytes).unwrap().contains("\"install\""));
        let facts = receipt.install.get_or_insert_default();
        facts.linked = Amount { files: 2, bytes: 7 };
        facts.extra.insert("later".into(), 1.into());
        assert_eq!(Receipt::decode(&receipt.encode()).unwrap(), receipt);
    }

    #[test]
    fn unknown_members_are_kept() {
        let mut receipt = sample();
        receipt.extra.insert("later".into(), true.into());
        receipt.exceptions.extra.insert("x".into(), 1.into());
        assert_eq!(Receipt::decode(&receipt.encode()).unwrap(), receipt);
    }

    #[test]
    fn another_number_is_told() {
        let text = String::from_utf8(sample().encode()).unwrap();
        let later = text.replace("\"receipt\": 1", "\"receipt\": 2");
        let error = Receipt::decode(later.as_bytes()).unwrap_err();
        assert!(
            matches!(error, FormatError::Version { found: 2, .. }),
            "{error}"
        );
    }

    #[test]
    fn tree_and_layout_make_the_directory_id() {
        let mut receipt = sample();
        receipt.tree = TreeId::of(b"another");
        let error = Receipt::decode(&receipt.encode()).unwrap_err().to_string();
        assert!(error.contains("\"directory\""), "{error}");
    }

    #[test]
    fn a_path_that_leads_out_is_no_exception() {
        let text = String::from_utf8(sample().encode()).unwrap();
        let text = text.replace(
            "\"uv.lock\"\n    ],\n    \"host\"",
            "\"../uv.lock\"\n    ],\n    \"host\"",
        );
        let error = Receipt::decode(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("\"exceptions\""), "{error}");
    }
}
