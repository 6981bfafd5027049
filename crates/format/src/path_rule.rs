//! What a path in a tree may be: the rules on names, one variant each.
//!
//! A path that keeps them all means the same thing on Linux, macOS and Windows, shows as what it is, and cannot leave the
//! directory that it is joined to.

/// The longest component, in bytes.
pub const MAX_COMPONENT: usize = 255;
/// The longest path, in bytes.
pub const MAX_PATH: usize = 1024;
/// The most components.
pub const MAX_DEPTH: usize = 64;

/// One rule on names; the messages complete "the path …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum PathRule {
    /// A component is `..`.
    #[error("has the component `..`")]
    DotDot,
    /// It begins with `/`.
    #[error("is absolute")]
    Absolute,
    /// It begins with a Windows drive.
    #[error("begins with a drive")]
    Drive,
    /// It begins with two slashes or backslashes: a Windows share or device.
    #[error("begins like a network share")]
    Unc,
    /// It has a backslash, which is a separator on Windows.
    #[error("has a backslash")]
    Backslash,
    /// It has a NUL.
    #[error("has a NUL")]
    Nul,
    /// It has a control character other than NUL.
    #[error("has a control character")]
    Control,
    /// It has a bidi control or another invisible format character.
    #[error("has a bidi or other format character")]
    FormatCharacter,
    /// It has no bytes.
    #[error("is empty")]
    Empty,
    /// A component is `.`.
    #[error("has the component `.`")]
    Dot,
    /// A component is empty.
    #[error("has an empty component")]
    DoubleSlash,
    /// A component is longer than [`MAX_COMPONENT`].
    #[error("has a component of over 255 bytes")]
    ComponentTooLong,
    /// It is longer than [`MAX_PATH`].
    #[error("is over 1,024 bytes long")]
    PathTooLong,
    /// It has more than [`MAX_DEPTH`] components.
    #[error("is over 64 components deep")]
    TooDeep,
    /// It has a colon, which names a stream or a drive on Windows.
    #[error("has a colon")]
    Colon,
    /// A component ends with a dot or a space, which Windows drops.
    #[error("has a component that ends with a dot or a space")]
    TrailingDotOrSpace,
    /// A component is a Windows device, with or without an extension.
    #[error("has a component that is a Windows device name")]
    DeviceName,
}

impl PathRule {
    /// All rules, in the order in which they are reported.
    pub const ALL: [PathRule; 17] = [
        PathRule::DotDot,
        PathRule::Absolute,
        PathRule::Drive,
        PathRule::Unc,
        PathRule::Backslash,
        PathRule::Nul,
        PathRule::Control,
        PathRule::FormatCharacter,
        PathRule::Empty,
        PathRule::Dot,
        PathRule::DoubleSlash,
        PathRule::ComponentTooLong,
        PathRule::PathTooLong,
        PathRule::TooDeep,
        PathRule::Colon,
        PathRule::TrailingDotOrSpace,
        PathRule::DeviceName,
    ];

    /// Every rule that the path breaks, in order.
    pub fn broken_by(path: &str) -> impl Iterator<Item = PathRule> + '_ {
        PathRule::ALL
            .into_iter()
            .filter(move |rule| rule.is_broken_by(path))
    }

    fn is_broken_by(self, path: &str) -> bool {
        let any_component = |broken: fn(&str) -> bool| path.split('/').any(broken);
        match self {
            PathRule::DotDot => any_component(|component| component == ".."),
            PathRule::Absolute => path.starts_with('/'),
            PathRule::Drive => {
                matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
            }
            PathRule::Unc => {
                matches!(path.as_bytes(), [b'/' | b'\\', b'/' | b'\\', ..])
            }
            PathRule::Backslash => path.contains('\\'),
            PathRule::Nul => path.contains('\0'),
            PathRule::Control => path.chars().any(|c| c != '\0' && c.is_control()),
            PathRule::FormatCharacter => path.chars().any(is_format_character),
            PathRule::Empty => path.is_empty(),
            PathRule::Dot => any_component(|component| component == "."),
            PathRule::DoubleSlash => has_empty_component(path),
            PathRule::ComponentTooLong => {
                any_component(|component| component.len() > MAX_COMPONENT)
            }
            PathRule::PathTooLong => path.len() > MAX_PATH,
            PathRule::TooDeep => path.split('/').count() > MAX_DEPTH,
            PathRule::Colon => path.contains(':'),
            PathRule::TrailingDotOrSpace => any_component(ends_with_dot_or_space),
            PathRule::DeviceName => any_component(is_device_name),
        }
    }
}

/// True only for paths that break no rule: the common path is judged in two passes over its bytes.
pub(crate) fn is_plainly_sound(path: &str) -> bool {
    // Without an early end the compiler looks at many bytes at once.
    let is_all_plain = path.bytes().fold(true, |all, byte| all & is_plain(byte));
    if !is_all_plain || path.len() > MAX_PATH {
        return false;
    }
    let mut depth = 0;
    // Components are short: a search for each slash would cost more than a look at each byte.
    for component in path.as_bytes().split(|&byte| byte == b'/') {
        depth += 1;
        let is_sound = matches!(component.last(), Some(&last) if last != b'.' && last != b' ')
            && component.len() <= MAX_COMPONENT
            && !(begins_like_device(component) && may_be_device_name(component));
        if !is_sound {
            return false;
        }
    }
    depth <= MAX_DEPTH
}

/// Whether it has the first three letters of a device name.
fn begins_like_device(component: &[u8]) -> bool {
    component.first_chunk::<3>().is_some_and(|letters| {
        matches!(
            &letters.map(|letter| letter.to_ascii_lowercase()),
            b"con" | b"prn" | b"aux" | b"nul" | b"com" | b"lpt"
        )
    })
}

fn may_be_device_name(component: &[u8]) -> bool {
    std::str::from_utf8(component).is_ok_and(is_device_name)
}

fn is_plain(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) && byte != b'\\' && byte != b':'
}

/// The leading slash of an absolute path is the business of another rule.
fn has_empty_component(path: &str) -> bool {
    path.contains("//") || (path.len() > 1 && path.ends_with('/'))
}

fn ends_with_dot_or_space(component: &str) -> bool {
    component != "." && component != ".." && component.ends_with(['.', ' '])
}

/// Windows reads a device in what stands before the first dot, whatever its case, and drops spaces at its end.
/// It also takes the superscripts of 1 to 3 for digits. Source: "Naming Files, Paths, and Namespaces", Microsoft Learn.
fn is_device_name(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(' ');
    let is = |name: &str| stem.eq_ignore_ascii_case(name);
    if ["con", "prn", "aux", "nul", "conin$", "conout$"]
        .into_iter()
        .any(is)
    {
        return true;
    }
    let mut chars = stem.chars();
    let Some(last) = chars.next_back() else {
        return false;
    };
    let port = chars.as_str();
    matches!(last, '0'..='9' | '¹' | '²' | '³')
        && (port.eq_ignore_ascii_case("com") || port.eq_ignore_ascii_case("lpt"))
}

/// General category Cf of Unicode 17, and the line and paragraph separators (Zl, Zp).
fn is_format_character(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str) -> Vec<PathRule> {
        PathRule::broken_by(path).collect()
    }

    #[test]
    fn each_rule_has_a_path_that_breaks_it_alone() {
        let long_component = "a".repeat(256);
        let long_path = vec!["a".repeat(200); 6].join("/");
        let deep = vec!["a"; 65].join("/");
        for (path, rule) in [
            ("a/../b", PathRule::DotDot),
            ("/a", PathRule::Absolute),
            ("a\\b", PathRule::Backslash),
            ("a\0", PathRule::Nul),
            ("a\u{7f}b", PathRule::Control),
            ("a\u{85}b", PathRule::Control),
            ("a\u{202e}b", PathRule::FormatCharacter),
            ("", PathRule::Empty),
            ("a/./b", PathRule::Dot),
            ("a//b", PathRule::DoubleSlash),
            ("a/", PathRule::DoubleSlash),
            (&long_component, PathRule::ComponentTooLong),
            (&long_path, PathRule::PathTooLong),
            (&deep, PathRule::TooDeep),
            ("a:b", PathRule::Colon),
            ("a./b", PathRule::TrailingDotOrSpace),
            ("a /b", PathRule::TrailingDotOrSpace),
            ("lib/NUL.txt", PathRule::DeviceName),
            ("com¹", PathRule::DeviceName),
            ("aux .c", PathRule::DeviceName),
        ] {
            if path == "a:b" {
                assert_eq!(broken(path), [PathRule::Drive, rule]);
            } else {
                assert_eq!(broken(path), [rule], "{path:?}");
            }
        }
    }

    #[test]
    fn some_rules_come_with_others() {
        assert_eq!(broken("C:x"), [PathRule::Drive, PathRule::Colon]);
        assert_eq!(broken("\\\\srv\\x"), [PathRule::Unc, PathRule::Backslash]);
        assert_eq!(
            broken("//srv/x"),
            [PathRule::Absolute, PathRule::Unc, PathRule::DoubleSlash]
        );
    }

    #[test]
    fn harmless_names_are_free() {
        for path in [
            "a", "...a", ".git/.x", "console", "com", "com10", "lpt", "é/ü", "a b", "-", "~",
        ] {
            assert_eq!(broken(path), [], "{path:?}");
        }
    }

    #[test]
    fn the_quick_judgement_never_passes_what_the_rules_refuse() {
        for path in [
            "a..",
            "nul",
            "a/con.x/b",
            "a\u{1}",
            "é",
            "a//b",
            "a/",
            "/",
            ".",
            "..",
            "x:",
        ] {
            if is_plainly_sound(path) {
                assert_eq!(broken(path), [], "{path:?}");
            }
        }
        assert!(is_plainly_sound("site-packages/numpy/__init__.py"));
    }

    proptest::proptest! {
        // Seen to fail when `is_plainly_sound` looks at the first byte alone, or lets a trailing dot pass.
        #[test]
        fn what_is_plainly_sound_breaks_no_rule(path in "([ -~]{0,4}|a|\\.|\\.\\.|con|LPT1|nul\\.x|é|/){0,6}") {
            proptest::prop_assert!(!is_plainly_sound(&path) || broken(&path).is_empty(), "{path:?}");
        }
    }
}
