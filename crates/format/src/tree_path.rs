//! `TreePath`: a path inside a tree that keeps every rule on names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::path_rule::{self, PathRule};

/// A relative path in a tree: UTF-8 components joined by `/`, ordered by its bytes. Whoever holds one may join it to a
/// directory: it cannot lead out of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TreePath(Box<str>);

impl TreePath {
    /// Takes a path that breaks no rule.
    ///
    /// # Errors
    /// The first rule that it breaks; [`PathRule::broken_by`] tells them all.
    pub fn parse(path: &str) -> Result<TreePath, PathRule> {
        if !path_rule::is_plainly_sound(path)
            && let Some(rule) = PathRule::broken_by(path).next()
        {
            return Err(rule);
        }
        Ok(TreePath(path.into()))
    }

    /// Takes a path unjudged, for tests that switch off a rule on names: nothing may be written under such a path.
    #[cfg(feature = "rule-switches")]
    pub fn unjudged(path: &str) -> TreePath {
        TreePath(path.into())
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory that holds it; `None` at the root of the tree.
    pub fn parent(&self) -> Option<TreePath> {
        self.parent_str().map(|parent| TreePath(parent.into()))
    }

    /// [`parent`](Self::parent) as text, without an allocation.
    pub fn parent_str(&self) -> Option<&str> {
        self.last_slash().map(|slash| &self.0[..slash])
    }

    /// Names are short: a look at each byte costs less than a search.
    fn last_slash(&self) -> Option<usize> {
        self.0.bytes().rposition(|byte| byte == b'/')
    }

    /// All directories above it, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.parent_str(), |path| {
            path.rsplit_once('/').map(|(parent, _)| parent)
        })
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.last_slash()
            .map_or(&self.0, |slash| &self.0[slash + 1..])
    }

    /// The components, from the root.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The path below this one.
    ///
    /// # Errors
    /// The first rule that the joined path breaks.
    pub fn join(&self, below: &str) -> Result<TreePath, PathRule> {
        TreePath::parse(&format!("{self}/{below}"))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for TreePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<std::path::Path> for TreePath {
    fn as_ref(&self) -> &std::path::Path {
        std::path::Path::new(&*self.0)
    }
}

impl FromStr for TreePath {
    type Err = PathRule;

    fn from_str(path: &str) -> Result<Self, PathRule> {
        TreePath::parse(path)
    }
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TreePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        TreePath::parse(&text)
            .map_err(|rule| serde::de::Error::custom(format!("the path {text:?} {rule}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_knows_its_parts() {
        let path = TreePath::parse("a/b-c/d.py").unwrap();
        assert_eq!(path.file_name(), "d.py");
        assert_eq!(path.parent().unwrap().as_str(), "a/b-c");
        assert_eq!(path.ancestors().collect::<Vec<_>>(), ["a/b-c", "a"]);
        assert_eq!(path.components().collect::<Vec<_>>(), ["a", "b-c", "d.py"]);
        assert_eq!(TreePath::parse("a").unwrap().parent(), None);
        assert_eq!(
            TreePath::parse("a").unwrap().join("b").unwrap().as_str(),
            "a/b"
        );
        assert_eq!(
            TreePath::parse("a").unwrap().join("../b"),
            Err(PathRule::DotDot)
        );
    }

    proptest! {
        #[test]
        fn parsing_and_the_list_of_rules_agree(path in "([a-c.:/\\\\ \u{0}\u{7f}é\u{202e}]|nul|com1){0,8}") {
            let first = PathRule::broken_by(&path).next();
            prop_assert_eq!(TreePath::parse(&path).err(), first);
        }

        #[test]
        fn no_path_leaves_the_root(path in "\\PC{0,24}") {
            if let Ok(path) = TreePath::parse(&path) {
                let below: &std::path::Path = path.as_ref();
                prop_assert!(below.components().all(|c| matches!(c, std::path::Component::Normal(_))));
                prop_assert_eq!(below.components().count(), path.components().count());
            }
        }

        #[test]
        fn what_is_accepted_comes_back_as_it_was(path in "[a-z]{1,3}(/[a-z.]{1,3}){0,3}") {
            if let Ok(parsed) = TreePath::parse(&path) {
                prop_assert_eq!(parsed.as_str(), path.as_str());
            }
        }
    }
}
