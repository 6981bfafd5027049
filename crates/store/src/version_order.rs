//! Versions in the order in which people count them: `1.9` before `1.10`, and `2.0-rc1` before `2.0`. Only for showing them:
//! no decision rests on it, and a version may be written in any way.

use std::cmp::Ordering;
use std::iter::once;

use linkstead_format::Version;

/// Whether `a` comes before `b`.
pub(crate) fn by_count(a: &Version, b: &Version) -> Ordering {
    pieces(a.as_str())
        .cmp(pieces(b.as_str()))
        // `1.0` and `1.00` count the same and are two versions.
        .then_with(|| a.cmp(b))
}

/// In this order a version that goes on with `-` comes before the one that ends there, and any other goes after it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Dash,
    End,
    /// How many digits without leading zeros, and the digits.
    Number(usize, &'a str),
    Other(char),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    let parts = std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_number = first.is_ascii_digit();
        let length = match rest.find(|c: char| !c.is_ascii_digit()) {
            Some(0) => first.len_utf8(),
            Some(digits) => digits,
            None => rest.len(),
        };
        let (part, left) = rest.split_at(length);
        rest = left;
        Some(match first {
            '-' => Piece::Dash,
            _ if is_number => {
                let digits = part.trim_start_matches('0');
                Piece::Number(digits.len(), digits)
            }
            other => Piece::Other(other),
        })
    });
    parts.chain(once(Piece::End))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Seen to fail when versions are compared as text.
    #[test]
    fn versions_are_counted() {
        let counted = [
            "0.9",
            "1",
            "1.0-rc1",
            "1.0-rc2",
            "1.0-rc10",
            "1.0",
            "1.00",
            "1.0.1",
            "1.9",
            "1.10",
            "1.10+1",
            "2.0.0-beta",
            "2.0.0",
            "2.0.0a",
            "10.0",
            "99999999999999999999999.1",
            "a",
            "é1",
        ];
        let counted: Vec<Version> = counted
            .iter()
            .map(|text| Version::parse(text).expect("a version"))
            .collect();
        let mut sorted = counted.clone();
        sorted.reverse();
        sorted.sort_by(by_count);
        assert_eq!(sorted, counted);
    }
}
