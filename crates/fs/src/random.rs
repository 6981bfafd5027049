//! Names that nobody has used.

/// Sixteen lowercase hex digits from the system's random source.
///
/// # Panics
///
/// If the system has no random source at all: nothing here could then be kept apart from another process.
#[must_use]
pub fn unique_name() -> String {
    let number = getrandom::u64().expect("the system has a random source");
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::unique_name;

    #[test]
    fn names_are_sixteen_hex_digits_and_differ() {
        let (one, other) = (unique_name(), unique_name());
        assert_eq!(one.len(), 16);
        assert!(
            one.bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        );
        assert_ne!(one, other);
    }
}
