//! How long to wait, as people write it: seconds, or a span with its unit.

use std::time::Duration;

use crate::span;

/// A wait that nobody sits through; longer ones would run past the end of the clock.
const LONGEST: u64 = 366 * 24 * 3600;

/// Reads a time.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let time = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => span::parse(text)
            .map_err(|_| "a time is a number of seconds, or such as 30s, 5m or 1h".to_owned())?,
    };
    match time.as_secs() {
        ..=LONGEST => Ok(time),
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
            ("2d", 172_800),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text:?}");
        }
        for wrong in ["", "m", "-1", "1.5", "400d", "99999h", "é"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
