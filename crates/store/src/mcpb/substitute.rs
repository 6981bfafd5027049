//! `${…}` in the words of a server's configuration: pure, in one pass, so that what is put in is never looked into again.
//!
//! What is unknown stays as it is written: a word may be for a shell. The rules for several values and for none follow the
//! MCPB specification where it says something (several values become several arguments); the rest is written at each function.

/// What a name between `${` and `}` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning<'a> {
    /// One value.
    One(&'a str),
    /// The values of an option that takes several.
    Many(&'a [String]),
    /// An option of the user's that has no value.
    Unset,
    /// No name that means anything here.
    Unknown,
}

/// A piece of a word.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// The arguments that one word makes: a word that is one name alone becomes as many as it has values, none if it has none.
/// Within a longer word, several values are joined by `separator` and none is empty.
pub(crate) fn argument<'a, E>(
    word: &str,
    separator: &str,
    meaning: impl Fn(&str) -> Result<Meaning<'a>, E>,
) -> Result<Vec<String>, E> {
    if let [Piece::Name(name)] = &*pieces(word) {
        match meaning(name)? {
            Meaning::Many(values) => return Ok(values.to_vec()),
            Meaning::Unset => return Ok(Vec::new()),
            Meaning::One(_) | Meaning::Unknown => {}
        }
    }
    Ok(vec![joined(word, separator, meaning)?])
}

/// The value of a variable: as in a longer word, but one that is a name alone and has no value is not set at all.
pub(crate) fn variable<'a, E>(
    word: &str,
    separator: &str,
    meaning: impl Fn(&str) -> Result<Meaning<'a>, E>,
) -> Result<Option<String>, E> {
    if let [Piece::Name(name)] = &*pieces(word)
        && meaning(name)? == Meaning::Unset
    {
        return Ok(None);
    }
    joined(word, separator, meaning).map(Some)
}

/// A word that stays one word.
pub(crate) fn joined<'a, E>(
    word: &str,
    separator: &str,
    meaning: impl Fn(&str) -> Result<Meaning<'a>, E>,
) -> Result<String, E> {
    let mut text = String::new();
    for piece in pieces(word) {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Name(name) => match meaning(name)? {
                Meaning::One(value) => text.push_str(value),
                Meaning::Many(values) => text.push_str(&values.join(separator)),
                Meaning::Unset => {}
                Meaning::Unknown => {
                    text.push_str("${");
                    text.push_str(name);
                    text.push('}');
                }
            },
        }
    }
    Ok(text)
}

fn pieces(word: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while let Some(begin) = rest.find("${") {
        let inside = &rest[begin + 2..];
        let Some(end) = inside.find('}') else { break };
        // `${a${b}`: the name that is closed is the last one that was opened.
        let opened = inside[..end].rfind("${").map_or(0, |again| again + 2);
        let before = &rest[..begin + opened];
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Name(&inside[opened..end]));
        rest = &inside[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(name: &str) -> Result<Meaning<'static>, String> {
        static BOTH: std::sync::LazyLock<Vec<String>> =
            std::sync::LazyLock::new(|| vec!["/a".into(), "/b c".into()]);
        match name {
            "HOME" => Ok(Meaning::One("/home/me")),
            "/" => Ok(Meaning::One("/")),
            "trap" => Ok(Meaning::One("${HOME} $& $1")),
            "both" => Ok(Meaning::Many(&BOTH)),
            "unset" => Ok(Meaning::Unset),
            "wrong" => Err("wrong".into()),
            _ => Ok(Meaning::Unknown),
        }
    }

    fn arguments(word: &str) -> Vec<String> {
        argument(word, ":", meaning).unwrap()
    }

    #[test]
    fn a_word_is_put_together_of_its_pieces() {
        for (word, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("${HOME}", "/home/me"),
            ("${HOME}${/}x${/}y", "/home/me/x/y"),
            ("a${HOME}b", "a/home/meb"),
            ("--dirs=${both}", "--dirs=/a:/b c"),
            ("--key=${unset}!", "--key=!"),
        ] {
            assert_eq!(arguments(word), [expected], "{word:?}");
        }
    }

    #[test]
    fn what_means_nothing_stays_as_it_is_written() {
        for word in [
            "${OTHER}",
            "$HOME",
            "${",
            "a${HOME",
            "$${}",
            "}{",
            "${user-config}",
        ] {
            assert_eq!(arguments(word), [word]);
        }
        assert_eq!(arguments("${a${HOME}}"), ["${a/home/me}"]);
    }

    #[test]
    fn what_is_put_in_is_not_looked_into() {
        assert_eq!(
            arguments("${trap}-${trap}"),
            ["${HOME} $& $1-${HOME} $& $1"]
        );
    }

    #[test]
    fn a_name_alone_becomes_as_many_arguments_as_it_has_values() {
        assert_eq!(arguments("${both}"), ["/a", "/b c"]);
        assert!(arguments("${unset}").is_empty());
    }

    #[test]
    fn a_variable_without_a_value_is_not_set() {
        let value = |word| variable(word, ":", meaning).unwrap();
        assert_eq!(value("${unset}"), None);
        assert_eq!(value("x${unset}").as_deref(), Some("x"));
        assert_eq!(value("${both}").as_deref(), Some("/a:/b c"));
        assert_eq!(value("").as_deref(), Some(""));
    }

    #[test]
    fn a_wrong_name_is_an_error_wherever_it_stands() {
        for word in ["${wrong}", "a${wrong}"] {
            assert!(argument(word, ":", meaning).is_err());
            assert!(variable(word, ":", meaning).is_err());
        }
    }
}
