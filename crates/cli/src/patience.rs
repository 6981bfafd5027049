//! How long to wait, as people write it: seconds, or a number with `s`, `m` or `h`.

use std::time::Duration;

/// A wait that nobody sits through; longer ones would run past the end of the clock.
const LONGEST: u64 = 366 * 24 * 3600;

/// Reads a time.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let (digits, seconds) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    let number: u64 = digits
        .trim_end()
        .parse()
        .map_err(|_| "a time is a number of seconds, or such as 30s, 5m or 1h".to_owned())?;
    match number.checked_mul(seconds) {
        Some(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        _ => Err("it is longer than a year".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("90", 90),
            ("30s", 30),
            ("5m", 300),
            ("2 h", 7200),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text:?}");
        }
        for wrong in ["", "m", "-1", "1.5", "5d", "99999h", "é"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
