//! What names are in the file system (store-format.md, section 4): components that are safe on every platform.
//!
//! Different names get different components; only the form for long names rests on a digest, and there the receipt, which
//! holds the names unescaped, decides.

use std::path::PathBuf;

use crate::digest::{Digest, hex_digit};
use crate::name::{BundleName, PinLabel, Version};

/// Longest components, in bytes: a published directory lies at most 96 bytes below the root.
const VERSION: usize = 22;
const UNSCOPED_NAME: usize = 48;
const SCOPE: usize = 22;
const NAME_IN_SCOPE: usize = 25;
const LABEL: usize = 64;

/// Bytes of the mark and the digits with which a shortened component ends.
const SHORTENED: usize = 18;
/// No escape begins so, because `_` is no hex digit.
const SHORTENED_MARK: &[u8] = b"+_";
const SHORTENED_DIGITS: usize = 16;

/// Bytes of an escape: `+` and two digits.
const ESCAPE: usize = 3;

/// The component of a bundle name, or the two of a scoped one.
pub fn bundle_path(name: &BundleName) -> PathBuf {
    match name.scoped() {
        Some((scope, name)) => {
            let scope = component(b"@", scope, SCOPE);
            [scope, component(b"", name, NAME_IN_SCOPE)]
                .iter()
                .collect()
        }
        None => component(b"", name.as_str(), UNSCOPED_NAME).into(),
    }
}

/// The component of a version.
pub fn version_component(version: &Version) -> String {
    component(b"", version.as_str(), VERSION)
}

/// The component of a pin label, without its `.json`.
pub fn label_component(label: &PinLabel) -> String {
    component(b"", label.as_str(), LABEL)
}

/// Escapes one component; `sigil` is the literal `@` of a scope and counts towards the limit.
fn component(sigil: &[u8], raw: &str, limit: usize) -> String {
    let mut escaped = sigil.to_vec();
    let last = raw.len().saturating_sub(1);
    for (index, byte) in raw.bytes().enumerate() {
        let at_an_end = index == last || escaped.is_empty();
        if is_literal(byte) && !(byte == b'.' && at_an_end) {
            escaped.push(byte);
        } else {
            push_escape(&mut escaped, byte);
        }
    }
    if is_device(&escaped) {
        let first = escaped[0];
        let mut safe = Vec::with_capacity(escaped.len() + 2);
        push_escape(&mut safe, first);
        safe.extend_from_slice(&escaped[1..]);
        escaped = safe;
    }
    if escaped.len() > limit {
        shorten(&mut escaped, raw, limit);
    }
    escaped.into_iter().map(char::from).collect()
}

fn is_literal(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.')
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(&[b'+', hex_digit(byte >> 4), hex_digit(byte)]);
}

/// Whether Windows would take the component for a device: it looks only at what stands before the first dot.
fn is_device(escaped: &[u8]) -> bool {
    let stem = escaped
        .split(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    match stem {
        b"con" | b"prn" | b"aux" | b"nul" => true,
        [b'c', b'o', b'm', digit] | [b'l', b'p', b't', digit] => digit.is_ascii_digit(),
        _ => false,
    }
}

/// Cuts at an escape's edge, and ends in digits of the unescaped text's digest.
fn shorten(escaped: &mut Vec<u8>, raw: &str, limit: usize) {
    let cut = limit - SHORTENED;
    let partial = (1..ESCAPE).find(|back| escaped[cut - back] == b'+');
    escaped.truncate(cut - partial.unwrap_or(0));
    escaped.extend_from_slice(SHORTENED_MARK);
    let digest = Digest::of(raw.as_bytes()).to_string();
    escaped.extend_from_slice(&digest.as_bytes()[..SHORTENED_DIGITS]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bundle(name: &str) -> String {
        let path = bundle_path(&BundleName::parse(name).unwrap());
        path.to_str().unwrap().to_owned()
    }

    fn version(version: &str) -> String {
        version_component(&Version::parse(version).unwrap())
    }

    #[test]
    fn the_table_of_the_specification_holds() {
        assert_eq!(bundle("time"), "time");
        assert_eq!(bundle("My Server"), "+4dy+20+53erver");
        assert_eq!(bundle("@acme/time"), "@acme/time");
        assert_eq!(bundle("con.fig"), "+63on.fig");
        assert_eq!(version("1.0.0+build"), "1.0.0+2bbuild");
        let fifty = format!("{}+_fa67810803e839cf", "a".repeat(30));
        assert_eq!(bundle(&"a".repeat(50)), fifty);
    }

    #[test]
    fn only_scopes_begin_with_an_at_sign() {
        assert_eq!(bundle("@acme"), "+40acme");
        assert_eq!(bundle("a@b"), "a+40b");
        assert_eq!(bundle("@@/@"), "@+40/+40");
    }

    #[test]
    fn dots_at_the_ends_are_escaped() {
        assert_eq!(bundle("..."), "+2e.+2e");
        assert_eq!(bundle(".a."), "+2ea+2e");
        assert_eq!(version("1."), "1+2e");
        assert_eq!(bundle("@.a/.b"), "@.a/+2eb");
    }

    #[test]
    fn device_stems_are_broken_up() {
        assert_eq!(bundle("con"), "+63on");
        assert_eq!(bundle("com7.tar.gz"), "+63om7.tar.gz");
        assert_eq!(bundle("lpt0"), "+6cpt0");
        assert_eq!(bundle("com10"), "com10");
        assert_eq!(bundle("console"), "console");
        assert_eq!(bundle("con."), "con+2e");
        assert_eq!(bundle("@con/nul.x"), "@con/+6eul.x");
    }

    #[test]
    fn a_cut_never_splits_an_escape() {
        for padding in 0..4 {
            let raw = format!("{}{}", "a".repeat(padding), "Z".repeat(40));
            let escaped = version(&raw);
            let (kept, digits) = escaped.split_once("+_").unwrap();
            let whole = "+5a".repeat((4 - padding) / 3);
            assert_eq!(kept, format!("{}{whole}", "a".repeat(padding)));
            assert_eq!(digits, &Digest::of(raw.as_bytes()).to_string()[..16]);
        }
    }

    /// Undoes the escapes; `None` for the shortened form.
    fn unescape(component: &str) -> Option<String> {
        let mut raw = Vec::new();
        let mut bytes = component.bytes();
        while let Some(byte) = bytes.next() {
            if byte == b'+' {
                let digits = [bytes.next()?, bytes.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                raw.push(u8::from_str_radix(digits, 16).ok()?);
            } else {
                raw.push(byte);
            }
        }
        String::from_utf8(raw).ok()
    }

    fn is_safe(component: &str, limit: usize) -> bool {
        let rest = component.strip_prefix('@').unwrap_or(component);
        component.len() <= limit
            && !component.starts_with('.')
            && !component.ends_with('.')
            && !is_device(component.as_bytes())
            && rest.bytes().all(|byte| is_literal(byte) || byte == b'+')
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof!["[a-c.@+_ A]{1,9}", "\\PC{1,80}", "(con|com1|aux)[.x]{0,3}"]
            .prop_filter("a valid part", |part| Version::parse(part).is_ok())
    }

    proptest! {
        #[test]
        fn a_component_is_safe_and_can_be_undone(raw in part()) {
            for limit in [VERSION, UNSCOPED_NAME, NAME_IN_SCOPE, LABEL] {
                let escaped = component(b"", &raw, limit);
                prop_assert!(is_safe(&escaped, limit), "{escaped}");
                prop_assert!(!escaped.starts_with('@'));
                if !escaped.contains("+_") {
                    prop_assert_eq!(unescape(&escaped), Some(raw.clone()));
                }
            }
        }

        #[test]
        fn scopes_are_safe_and_can_be_undone(scope in part()) {
            let escaped = component(b"@", &scope, SCOPE);
            prop_assert!(escaped.starts_with('@') && is_safe(&escaped, SCOPE), "{escaped}");
            if !escaped.contains("+_") {
                prop_assert_eq!(unescape(&escaped[1..]), Some(scope));
            }
        }

        #[test]
        fn different_versions_have_different_components(one in part(), other in part()) {
            prop_assume!(one != other);
            prop_assert_ne!(component(b"", &one, VERSION), component(b"", &other, VERSION));
        }
    }
}
