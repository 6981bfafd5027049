//! Spans of time as people write them: a number with `s`, `m`, `h`, `d` or `w`.

use std::time::Duration;

const DAY: u64 = 24 * 3600;

/// What nobody waits for, and no clock has seen.
const LONGEST: u64 = 1000 * 366 * DAY;

/// Reads a span. Only nothing needs no unit: a bare 30 is thirty seconds to some and thirty days to others.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = match text[..digits].parse() {
        Ok(number) => number,
        Err(_) if digits > 0 => return Err("it is longer than a thousand years".to_owned()),
        Err(_) => return Err(wrong()),
    };
    let factor = match text[digits..].trim_start() {
        "" if number == 0 => 1,
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return Err(wrong()),
    };
    match number.checked_mul(factor) {
        Some(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        _ => Err("it is longer than a thousand years".to_owned()),
    }
}

fn wrong() -> String {
    "a time is a number with its unit, such as 30d, 12h, 90m or 2w".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("0d", 0),
            ("30s", 30),
            ("5m", 300),
            ("2 h", 7200),
            ("30d", 30 * DAY),
            (" 2w ", 14 * DAY),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text:?}");
        }
        for wrong in [
            "",
            "d",
            "30",
            "-1d",
            "1.5d",
            "5y",
            "5D",
            "5 days",
            "é",
            "9999999d",
            "99999999999999999999d",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
