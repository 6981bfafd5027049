//! Values that are more than a word: identities, digests, globs, host files.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use linkstead_store::format::{BundleName, BundleRef, PrivateGlobs, TreePath, Version};

/// A name with its version.
#[derive(Debug, Clone)]
pub(crate) struct IdentityArg {
    pub(crate) name: BundleName,
    pub(crate) version: Version,
}

impl FromStr for IdentityArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = BundleRef::parse(text).map_err(|error| error.to_string())?;
        match wanted.version {
            Some(version) => Ok(IdentityArg {
                name: wanted.name,
                version,
            }),
            None => Err(format!("it has no version; write {text}@1.0.0, say")),
        }
    }
}

/// A path in the bundle, and the file that goes there.
#[derive(Debug, Clone)]
pub(crate) struct HostFileArg {
    pub(crate) path: TreePath,
    pub(crate) file: PathBuf,
}

/// Reads `PATH=FILE`.
pub(crate) fn host_file(text: &str) -> Result<HostFileArg, String> {
    let (path, file) = text
        .split_once('=')
        .ok_or("it has no \"=\"; write PATH=FILE")?;
    if file.is_empty() {
        return Err("it names no file after its \"=\"".into());
    }
    let path = TreePath::parse(path).map_err(|rule| format!("the path {path:?} {rule}"))?;
    Ok(HostFileArg {
        path,
        file: OsString::from(file).into(),
    })
}

/// A file with values for options, or one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConfigArg {
    File(PathBuf),
    Value(String, String),
}

impl FromStr for ConfigArg {
    type Err = std::convert::Infallible;

    /// What stands before the first `=` is a key, unless it is a path.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once('=') {
            Some((key, value)) if !key.is_empty() && !key.contains('/') => {
                ConfigArg::Value(key.to_owned(), value.to_owned())
            }
            _ => ConfigArg::File(text.into()),
        })
    }
}

/// Reads a glob for private files.
pub(crate) fn glob(text: &str) -> Result<String, String> {
    match PrivateGlobs::new([text]) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a SHA-256 in hex.
pub(crate) fn sha256(text: &str) -> Result<[u8; 32], String> {
    let wrong = || "a SHA-256 has 64 hex digits".to_owned();
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let mut digest = [0; 32];
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
    }
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_needs_its_version() {
        let identity: IdentityArg = "@acme/time@1.0".parse().unwrap();
        assert_eq!(identity.name.as_str(), "@acme/time");
        assert_eq!(identity.version.as_str(), "1.0");
        assert!(
            "@acme/time"
                .parse::<IdentityArg>()
                .unwrap_err()
                .contains("no version")
        );
        assert!("a/b/c@1".parse::<IdentityArg>().is_err());
    }

    #[test]
    fn a_digest_is_exact() {
        let digest = sha256(&"aB".repeat(32)).unwrap();
        assert_eq!(digest, [0xab; 32]);
        for wrong in [
            "",
            "ab",
            &"ab".repeat(33),
            &"+1".repeat(32),
            &"é".repeat(32),
        ] {
            assert!(sha256(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_configuration_is_a_file_or_a_value() {
        let value = |key: &str, value: &str| ConfigArg::Value(key.into(), value.into());
        for (text, expected) in [
            ("a=b=c", value("a", "b=c")),
            ("a=", value("a", "")),
            ("a=/b", value("a", "/b")),
            ("a.json", ConfigArg::File("a.json".into())),
            ("./a=b.json", ConfigArg::File("./a=b.json".into())),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn a_host_file_splits_at_the_first_equals_sign() {
        let found = host_file(".meta.json=etc/a=b").unwrap();
        assert_eq!(found.path.as_str(), ".meta.json");
        assert_eq!(found.file, PathBuf::from("etc/a=b"));
        for wrong in ["a", "a=", "=b", "../a=b", "/a=b"] {
            assert!(host_file(wrong).is_err(), "{wrong:?}");
        }
    }
}
