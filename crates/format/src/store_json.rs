//! `store.json`: what a store is, and what this program may do with it (store-format.md, sections 12 and 19).

use serde::{Deserialize, Serialize};

use crate::error::{FileKind, FormatError};
use crate::json::{self, Extra, Members};

const FORMAT: &str = "linkstead";
const DIGEST: &str = "blake3-256";
/// Leases lock the published directory itself.
const LEASE_DIRECTORY: &str = "directory";
/// Leases lock a file beside it.
const LEASE_FILE: &str = "file";
/// The kinds of roots that this program looks at before it deletes.
const ROOTS: [&str; 5] = ["ref", "pin", "checkout", "use", "lease"];
/// Features that this program knows, of each set: version 1 begins without any.
const KNOWN_FEATURES: [&str; 0] = [];

/// Features beyond version 1, by what an unknown one forbids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Nothing.
    pub compatible: Vec<String>,
    /// Writing.
    pub read_only: Vec<String>,
    /// Opening.
    pub incompatible: Vec<String>,
}

/// What this program may do with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    ReadWrite,
    /// Only read.
    ReadOnly {
        /// The unknown feature that forbids writing.
        feature: String,
    },
}

/// How leases are held in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseKind {
    /// A lock on the published directory itself.
    Directory,
    /// A lock on a file beside it, where directories cannot be locked.
    File,
}

/// The content of `store.json`, written once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoreJson {
    /// Always `linkstead`.
    pub format: String,
    /// Version of the format.
    pub version: u64,
    /// The digest that names everything.
    pub digest: String,
    /// How leases are held; see [`lease_kind`](Self::lease_kind).
    pub lease: String,
    /// The kinds of roots that may occur.
    pub roots: Vec<String>,
    /// Features beyond the version.
    pub features: Features,
    /// When the store was made: RFC 3339, UTC.
    pub created: String,
    /// Unknown members.
    #[serde(flatten)]
    pub extra: Extra,
}

impl StoreJson {
    /// A new store of this version, with directory leases; `created` is RFC 3339, UTC.
    pub fn new(created: String) -> Self {
        StoreJson {
            format: FORMAT.into(),
            version: json::VERSION,
            digest: DIGEST.into(),
            lease: LEASE_DIRECTORY.into(),
            roots: ROOTS.map(Into::into).into(),
            features: Features::default(),
            created,
            extra: Extra::new(),
        }
    }

    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// Reads the bytes of the file. Format and version are judged first: the rest of a later one may look otherwise.
    ///
    /// # Errors
    /// No JSON object, another format or version, or a member that is missing or wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut members = Members::decode(FileKind::StoreJson, bytes)?;
        let format: String = members.take("format")?;
        if format != FORMAT {
            return Err(unknown("format", &format));
        }
        members.version("version")?;
        Ok(StoreJson {
            format,
            version: json::VERSION,
            digest: members.take("digest")?,
            lease: members.take("lease")?,
            roots: members.take("roots")?,
            features: members.take("features")?,
            created: members.take("created")?,
            extra: members.rest(),
        })
    }

    /// Says what this program may do with the store.
    ///
    /// # Errors
    /// The store must not be opened: another format, version or digest, or an unknown incompatible feature.
    pub fn check_open(&self) -> Result<Access, FormatError> {
        if self.format != FORMAT {
            return Err(unknown("format", &self.format));
        }
        if self.version != json::VERSION {
            return Err(FormatError::Version {
                file: FileKind::StoreJson,
                found: self.version,
                understood: json::VERSION,
            });
        }
        if self.digest != DIGEST {
            return Err(unknown("digest", &self.digest));
        }
        if let Some(feature) = first_unknown(&self.features.incompatible) {
            return Err(unknown("incompatible feature", feature));
        }
        Ok(self.access())
    }

    /// A lease that cannot be seen must not be overrun, so an unknown kind of lease forbids writing too.
    fn access(&self) -> Access {
        if let Some(feature) = first_unknown(&self.features.read_only) {
            return Access::ReadOnly {
                feature: feature.into(),
            };
        }
        match self.lease_kind() {
            Some(_) => Access::ReadWrite,
            None => Access::ReadOnly {
                feature: format!("lease kind {}", self.lease),
            },
        }
    }

    /// How leases are held; `None` in a way that this program does not know.
    pub fn lease_kind(&self) -> Option<LeaseKind> {
        match self.lease.as_str() {
            LEASE_DIRECTORY => Some(LeaseKind::Directory),
            LEASE_FILE => Some(LeaseKind::File),
            _ => None,
        }
    }

    /// The kinds of roots that may occur and this program does not know: then it must not collect (I5).
    pub fn unknown_roots(&self) -> impl Iterator<Item = &str> {
        self.roots
            .iter()
            .map(String::as_str)
            .filter(|root| !ROOTS.contains(root))
    }
}

fn first_unknown(features: &[String]) -> Option<&str> {
    features
        .iter()
        .map(String::as_str)
        .find(|feature| !KNOWN_FEATURES.contains(feature))
}

fn unknown(what: &'static str, found: &str) -> FormatError {
    FormatError::UnknownStore {
        what,
        found: found.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"
{"format": "linkstead", "version": 1, "digest": "blake3-256", "lease": "directory",
 "roots": ["ref", "pin", "checkout", "use", "lease"],
 "features": {"compatible": [], "read_only": [], "incompatible": []}, "created": "2026-11-23T20:43:00Z"}"#;

    fn example() -> StoreJson {
        StoreJson::new("2026-11-23T20:43:00Z".into())
    }

    fn refused(store: &StoreJson) -> String {
        store.check_open().unwrap_err().to_string()
    }

    #[test]
    fn the_example_of_the_specification_is_a_new_store() {
        assert_eq!(StoreJson::decode(EXAMPLE.as_bytes()).unwrap(), example());
        assert_eq!(StoreJson::decode(&example().encode()).unwrap(), example());
        assert_eq!(example().check_open().unwrap(), Access::ReadWrite);
        assert!(example().unknown_roots().next().is_none());
    }

    #[test]
    fn another_format_version_or_digest_is_not_opened() {
        for (from, to, told) in [
            ("linkstead", "ostree", "ostree"),
            ("\"version\": 1", "\"version\": 2", "version 2"),
        ] {
            let text = EXAMPLE.replace(from, to);
            let error = StoreJson::decode(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let other = StoreJson {
            digest: "sha256".into(),
            ..example()
        };
        assert!(refused(&other).contains("sha256"));
    }

    #[test]
    fn a_later_version_is_told_whatever_else_it_has() {
        let error = StoreJson::decode(br#"{"format": "linkstead", "version": 7}"#).unwrap_err();
        assert!(
            matches!(error, FormatError::Version { found: 7, .. }),
            "{error}"
        );
    }

    #[test]
    fn unknown_features_forbid_what_their_set_says() {
        let mut store = example();
        store.features.compatible.push("tint".into());
        assert_eq!(store.check_open().unwrap(), Access::ReadWrite);
        store.features.read_only.push("ledger".into());
        let feature = "ledger".into();
        assert_eq!(store.check_open().unwrap(), Access::ReadOnly { feature });
        store.features.incompatible.push("chunks".into());
        assert!(refused(&store).contains("incompatible feature \"chunks\""));
    }

    #[test]
    fn an_unknown_kind_of_lease_forbids_writing() {
        let store = StoreJson {
            lease: "token".into(),
            ..example()
        };
        assert!(matches!(
            store.check_open().unwrap(),
            Access::ReadOnly { .. }
        ));
    }

    #[test]
    fn an_unknown_kind_of_root_is_found() {
        let mut store = example();
        store.roots.push("subscription".into());
        assert_eq!(store.unknown_roots().collect::<Vec<_>>(), ["subscription"]);
    }
}
