//! Which files are the server's own to change: private globs, and the judgement on a path (store-format.md, section 8).
//!
//! A bad glob is found when the globs are made, so that whoever has them can match with them.

use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::tree_path::TreePath;

/// Files that servers of all kinds write beside their code.
pub const DEFAULT_PRIVATE_GLOBS: &[&str] = &[
    "**/__pycache__/**",
    "*.pyc",
    "*.pyo",
    "uv.lock",
    "*.db",
    "*.sqlite",
    "*.sqlite3",
    "*.log",
];

/// The most globs, and the most bytes of one: what the encoding can count.
const MOST: usize = u16::MAX as usize;

/// Why a glob cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlobError {
    /// It has no bytes.
    #[error("a private glob must not be empty")]
    Empty,
    /// It is over 65,535 bytes long.
    #[error("a private glob has at most {MOST} bytes, not {0}")]
    TooLong(usize),
    /// There are over 65,535.
    #[error("a layout has at most {MOST} private globs, not {0}")]
    TooMany(usize),
    /// It is not well formed.
    #[error("the private glob {glob:?} is wrong: {problem}")]
    Malformed {
        /// The glob.
        glob: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Together they are more than can be matched.
    #[error("the private globs cannot be matched together: {problem}")]
    Set {
        /// What is wrong with them.
        problem: String,
    },
}

/// Private globs: well formed, ascending by their bytes, each once. The default are [`DEFAULT_PRIVATE_GLOBS`].
#[derive(Debug, Clone)]
pub struct PrivateGlobs {
    globs: Vec<String>,
    matcher: PrivateMatcher,
}

impl PrivateGlobs {
    /// Sorts the globs and checks each.
    ///
    /// # Errors
    /// The first glob that cannot be used, and why.
    pub fn new<G: Into<String>>(globs: impl IntoIterator<Item = G>) -> Result<Self, GlobError> {
        let mut globs: Vec<String> = globs.into_iter().map(Into::into).collect();
        globs.sort_unstable();
        globs.dedup();
        if globs.len() > MOST {
            return Err(GlobError::TooMany(globs.len()));
        }
        let matcher = PrivateMatcher::new(&globs)?;
        Ok(PrivateGlobs { globs, matcher })
    }

    /// No globs: nothing is private.
    pub fn none() -> Self {
        PrivateGlobs {
            globs: Vec::new(),
            matcher: PrivateMatcher::default(),
        }
    }

    /// These globs and others.
    ///
    /// # Errors
    /// The first glob that cannot be used, and why.
    pub fn with<G: Into<String>>(
        &self,
        more: impl IntoIterator<Item = G>,
    ) -> Result<Self, GlobError> {
        let own = self.globs.iter().cloned();
        PrivateGlobs::new(own.chain(more.into_iter().map(Into::into)))
    }

    /// The globs, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.globs.iter().map(String::as_str)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u16 {
        u16::try_from(self.globs.len()).unwrap_or(u16::MAX)
    }

    /// What judges paths by these globs.
    pub fn matcher(&self) -> PrivateMatcher {
        self.matcher.clone()
    }
}

impl Default for PrivateGlobs {
    fn default() -> Self {
        let globs = DEFAULT_PRIVATE_GLOBS.iter().copied();
        PrivateGlobs::new(globs).expect("the default globs are well formed")
    }
}

impl PartialEq for PrivateGlobs {
    fn eq(&self, other: &Self) -> bool {
        self.globs == other.globs
    }
}

impl Eq for PrivateGlobs {}

impl Serialize for PrivateGlobs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.globs.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PrivateGlobs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let globs = Vec::<String>::deserialize(deserializer)?;
        PrivateGlobs::new(globs).map_err(D::Error::custom)
    }
}

/// Judges paths. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct PrivateMatcher {
    /// Directories all of whose files are meant, wherever they lie: globs `**/name/**` of plain letters. Each path is matched with
    /// the default one, and a comparison of components takes a tenth of what a regular expression does.
    directories: Arc<[String]>,
    /// Other globs with a `/`, matched from the bundle's root.
    anchored: Arc<GlobSet>,
    /// Globs without, matched against the last component.
    last_component: Arc<GlobSet>,
}

impl PrivateMatcher {
    fn new(globs: &[String]) -> Result<Self, GlobError> {
        let mut directories = Vec::new();
        let mut anchored = GlobSetBuilder::new();
        let mut last_component = GlobSetBuilder::new();
        for text in globs {
            let glob = compile(text)?;
            if let Some(name) = all_below(text) {
                directories.push(name.to_owned());
            } else if text.contains('/') {
                anchored.add(glob);
            } else {
                last_component.add(glob);
            }
        }
        let build = |set: &GlobSetBuilder| {
            set.build().map(Arc::new).map_err(|error| GlobError::Set {
                problem: error.to_string(),
            })
        };
        Ok(PrivateMatcher {
            directories: directories.into(),
            anchored: build(&anchored)?,
            last_component: build(&last_component)?,
        })
    }

    /// Whether the file at this path is the server's own to change.
    pub fn is_private(&self, path: &TreePath) -> bool {
        self.last_component.is_match(path.file_name())
            || self.lies_in_one(path)
            || (!self.anchored.is_empty() && self.anchored.is_match(path.as_str()))
    }

    fn lies_in_one(&self, path: &TreePath) -> bool {
        let above = path.parent_str().unwrap_or("");
        let is_one = |name: &str| self.directories.iter().any(|directory| directory == name);
        !self.directories.is_empty() && above.split('/').any(is_one)
    }
}

/// The name in a glob `**/name/**`, if all its characters stand for themselves.
fn all_below(glob: &str) -> Option<&str> {
    let name = glob.strip_prefix("**/")?.strip_suffix("/**")?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (!name.is_empty() && name.bytes().all(is_plain)).then_some(name)
}

/// A leading `/` only anchors: a literal in the bundle's root could not be told from a glob on last components without it.
fn compile(text: &str) -> Result<globset::Glob, GlobError> {
    let pattern = text.strip_prefix('/').unwrap_or(text);
    if pattern.is_empty() {
        return Err(GlobError::Empty);
    }
    if text.len() > MOST {
        return Err(GlobError::TooLong(text.len()));
    }
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|error| GlobError::Malformed {
            glob: text.into(),
            problem: error.kind().to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    fn is_private(glob: &str, text: &str) -> bool {
        let globs = PrivateGlobs::new([glob]).unwrap();
        globs.matcher().is_private(&path(text))
    }

    #[test]
    fn a_glob_without_a_slash_matches_the_last_component_anywhere() {
        assert!(is_private("*.pyc", "a.pyc"));
        assert!(is_private("*.pyc", "lib/x/a.pyc"));
        assert!(!is_private("*.pyc", "a.pyc/b"));
        assert!(!is_private("a*c", "a/c"));
        assert!(is_private("[!a]", "x/b"));
    }

    #[test]
    fn a_glob_with_a_slash_is_anchored_at_the_root() {
        assert!(is_private("data/*", "data/x"));
        assert!(!is_private("data/*", "lib/data/x"));
        assert!(!is_private("data/*", "data/x/y"));
        assert!(is_private("data/**", "data/x/y"));
        assert!(is_private("**/__pycache__/**", "__pycache__/a"));
        assert!(is_private("**/__pycache__/**", "a/b/__pycache__/c/d"));
        assert!(!is_private("**/__pycache__/**", "a/__pycache__x/c"));
        assert!(!is_private("a?b/c", "a/b/c"));
        assert!(is_private("/main.py", "main.py"));
        assert!(!is_private("/main.py", "lib/main.py"));
    }

    proptest::proptest! {
        // Seen to fail when the last component is compared too, and when a component is only looked for as a part of the path.
        #[test]
        fn a_directory_is_matched_as_its_glob_would_be(
            name in "[a_]{1,2}", text in "[a_]{1,3}(/[a_]{1,3}){0,4}",
        ) {
            let glob = format!("**/{name}/**");
            let by_library = compile(&glob).unwrap().compile_matcher();
            proptest::prop_assert_eq!(all_below(&glob), Some(name.as_str()));
            proptest::prop_assert_eq!(is_private(&glob, &text), by_library.is_match(&text));
        }
    }

    #[test]
    fn only_plain_names_are_directories() {
        for glob in [
            "**/a*/**",
            "**/a/b/**",
            "**/**",
            "**//**",
            "**/{a,b}/**",
            "**/é/**",
            "a/**",
        ] {
            assert_eq!(all_below(glob), None, "{glob}");
        }
    }

    /// The specification speaks only of `*` and `?`; this holds the behaviour still, because directories are made by it.
    #[test]
    fn a_class_in_an_anchored_glob_may_match_a_slash() {
        assert!(is_private("a[!x]b/c", "a/b/c"));
    }

    #[test]
    fn the_default_globs_are_made_and_sorted() {
        let globs = PrivateGlobs::default();
        assert!(globs.iter().is_sorted());
        assert_eq!(globs.iter().count(), DEFAULT_PRIVATE_GLOBS.len());
        assert!(globs.matcher().is_private(&path("server/uv.lock")));
        assert!(!globs.matcher().is_private(&path("server/main.py")));
    }

    #[test]
    fn classes_and_backslashes_take_special_characters_for_themselves() {
        assert!(is_private("a[[]1].py", "a[1].py"));
        assert!(!is_private("a[[]1].py", "a1.py"));
        assert!(is_private(r"a\*.py", "a*.py"));
        assert!(!is_private(r"a\*.py", "ab.py"));
        assert!(is_private("a[!b-c].py", "ad.py"));
        assert!(!is_private("a[!b-c].py", "ab.py"));
        assert!(is_private("{a,b}.py", "b.py"));
    }

    #[test]
    fn a_bad_glob_is_told_when_the_globs_are_made() {
        assert_eq!(PrivateGlobs::new([""]).unwrap_err(), GlobError::Empty);
        assert_eq!(PrivateGlobs::new(["/"]).unwrap_err(), GlobError::Empty);
        let long = "a".repeat(MOST + 1);
        assert_eq!(
            PrivateGlobs::new([long]).unwrap_err(),
            GlobError::TooLong(MOST + 1)
        );
        let error = PrivateGlobs::new(["ok", "a[b"]).unwrap_err();
        assert!(error.to_string().contains("a[b"), "{error}");
    }
}
