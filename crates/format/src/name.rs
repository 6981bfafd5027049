//! What a bundle, a version or a pin may be called (store-format.md, section 4), and `NAME@VERSION`.
//!
//! Names are kept as they were written; [`escape`](crate::escape) says what they are on disk.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest name or version, in bytes.
const LONGEST: usize = 255;

/// What a text was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameKind {
    /// A bundle name.
    Bundle,
    /// A version.
    Version,
    /// The label of a pin.
    Label,
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameKind::Bundle => "a bundle name",
            NameKind::Version => "a version",
            NameKind::Label => "a pin label",
        })
    }
}

/// The rule that a text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameRule {
    /// Nothing there.
    #[error("must not be empty")]
    Empty,
    /// Over 255 bytes.
    #[error("has at most {LONGEST} bytes, not {0}")]
    TooLong(usize),
    /// A control character.
    #[error("must not contain the control character {0:?}")]
    Control(char),
    /// A slash where none may be.
    #[error("must not contain \"/\"")]
    Slash,
    /// A slash in a name that is no `@scope/name`, or a second one.
    #[error("contains \"/\" only as @scope/name")]
    NotScoped,
    /// `@/name` or `@scope/`.
    #[error("needs something on both sides of its \"/\"")]
    EmptySide,
    /// `.` or `..`.
    #[error("must not be \".\" or \"..\", nor a side of its \"/\"")]
    Dots,
}

/// Why a text is no name, version or label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {rule}")]
pub struct NameError {
    /// What it was meant to be.
    pub kind: NameKind,
    /// The rule that it breaks.
    pub rule: NameRule,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $kind:ident, $check:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks the rules.
            ///
            /// # Errors
            /// The first rule that is broken.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                match $check(text) {
                    Ok(()) => Ok($name(text.into())),
                    Err(rule) => Err(NameError { kind: NameKind::$kind, rule }),
                }
            }

            /// As it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $name::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $name::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    )*};
}

names! {
    /// The name of a bundle: one part, or `@scope/name`.
    BundleName, Bundle, check_bundle;
    /// The version of a bundle. Any text; nothing is read into it.
    Version, Version, check_part;
    /// What a person calls a pin; the rules are those of a version.
    PinLabel, Label, check_part;
}

impl BundleName {
    /// Scope (without its `@`) and name, if the name is scoped.
    pub fn scoped(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix('@')?.split_once('/')
    }
}

impl PinLabel {
    /// The label of a pin that a person gave none: `name@version`, with `:` for the slash of a scope, which no label has.
    ///
    /// # Errors
    /// Name and version together are too long for a label.
    pub fn of_bundle(name: &BundleName, version: &Version) -> Result<Self, NameError> {
        PinLabel::parse(&format!("{name}@{version}").replace('/', ":"))
    }
}

fn check_bundle(text: &str) -> Result<(), NameRule> {
    check_text(text)?;
    let Some((scope, name)) = text.split_once('/') else {
        return check_dots(text);
    };
    let scope = scope.strip_prefix('@').ok_or(NameRule::NotScoped)?;
    if name.contains('/') {
        return Err(NameRule::NotScoped);
    }
    if scope.is_empty() || name.is_empty() {
        return Err(NameRule::EmptySide);
    }
    check_dots(scope)?;
    check_dots(name)
}

fn check_part(text: &str) -> Result<(), NameRule> {
    check_text(text)?;
    if text.contains('/') {
        return Err(NameRule::Slash);
    }
    check_dots(text)
}

fn check_text(text: &str) -> Result<(), NameRule> {
    if text.is_empty() {
        return Err(NameRule::Empty);
    }
    if text.len() > LONGEST {
        return Err(NameRule::TooLong(text.len()));
    }
    match text.chars().find(|c| c.is_control()) {
        Some(control) => Err(NameRule::Control(control)),
        None => Ok(()),
    }
}

fn check_dots(part: &str) -> Result<(), NameRule> {
    if matches!(part, "." | "..") {
        return Err(NameRule::Dots);
    }
    Ok(())
}

/// What a person asks for: `NAME` or `NAME@VERSION`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleRef {
    /// The name.
    pub name: BundleName,
    /// The version; the current one if none is given.
    pub version: Option<Version>,
}

impl BundleRef {
    /// Splits at the last `@` after position 0, so that `@scope/name` has no version.
    ///
    /// # Errors
    /// The rule that the name or the version breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (name, version) = match text.rfind('@') {
            Some(at) if at > 0 => (&text[..at], Some(Version::parse(&text[at + 1..])?)),
            _ => (text, None),
        };
        Ok(BundleRef {
            name: BundleName::parse(name)?,
            version,
        })
    }
}

impl fmt::Display for BundleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

impl FromStr for BundleRef {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        BundleRef::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_written_in_any_way() {
        for name in [
            "time",
            "My Server",
            "@acme/time",
            "@acme",
            "a@b",
            "größe",
            "...",
            "con",
            "-",
        ] {
            assert_eq!(BundleName::parse(name).unwrap().as_str(), name);
        }
        assert!(BundleName::parse(&"a".repeat(255)).is_ok());
    }

    #[test]
    fn each_rule_on_names_is_told() {
        for (name, rule) in [
            ("", NameRule::Empty),
            (&*"a".repeat(256), NameRule::TooLong(256)),
            ("a\u{7}b", NameRule::Control('\u{7}')),
            ("a\u{85}b", NameRule::Control('\u{85}')),
            ("a/b", NameRule::NotScoped),
            ("../a", NameRule::NotScoped),
            ("@a/b/c", NameRule::NotScoped),
            ("@/b", NameRule::EmptySide),
            ("@a/", NameRule::EmptySide),
            (".", NameRule::Dots),
            ("..", NameRule::Dots),
            ("@../a", NameRule::Dots),
            ("@a/.", NameRule::Dots),
        ] {
            assert_eq!(BundleName::parse(name).unwrap_err().rule, rule, "{name:?}");
        }
        assert_eq!(Version::parse("1/2").unwrap_err().rule, NameRule::Slash);
        let error = Version::parse("").unwrap_err();
        assert_eq!(error.to_string(), "a version must not be empty");
    }

    #[test]
    fn a_reference_splits_at_the_last_at_sign_after_position_0() {
        for (text, name, version) in [
            ("time", "time", None),
            ("time@1.0", "time", Some("1.0")),
            ("@acme/time", "@acme/time", None),
            ("@acme/time@1.0", "@acme/time", Some("1.0")),
            ("@acme", "@acme", None),
            ("a@b@2", "a@b", Some("2")),
        ] {
            let found = BundleRef::parse(text).unwrap();
            assert_eq!(found.name.as_str(), name);
            assert_eq!(found.version.as_ref().map(Version::as_str), version);
            assert_eq!(found.to_string(), text);
        }
        for wrong in ["", "a@", "a@b/c"] {
            assert!(BundleRef::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
