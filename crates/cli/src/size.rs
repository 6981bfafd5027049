//! Sizes as people write and read them. `10GB` is ten to the tenth; `10GiB`, and the bare letter `10g`, count in 1024s.

use std::fmt;

/// Bytes, printed with three digits at least: `999 B`, `1.2 kB`, `58.8 MB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
        if self.0 < 1000 {
            return f.pad(&format!("{} B", self.0));
        }
        let mut amount = self.0 as f64 / 1000.0;
        let mut unit = 0;
        // What would be printed as 1000.0 is 1.0 of the next unit.
        while amount >= 999.95 && unit + 1 < UNITS.len() {
            amount /= 1000.0;
            unit += 1;
        }
        f.pad(&format!("{amount:.1} {}", UNITS[unit]))
    }
}

/// Reads a size.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || "a size is a number of bytes, or such as 10GB, 10GiB or 10g".to_owned();
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let factor = factor(text[digits..].trim_start()).ok_or_else(wrong)?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "it is more than can be counted".to_owned())
}

fn factor(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_lowercase();
    if matches!(&*unit, "" | "b") {
        return Some(1);
    }
    let power = "kmgtp".find(unit.chars().next()?)? as u32 + 1;
    match &unit[1..] {
        "b" => Some(1000_u64.pow(power)),
        "" | "i" | "ib" => Some(1024_u64.pow(power)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_all_common_ways() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17 B", 17),
            ("10 GB", 10_000_000_000),
            ("10GiB", 10 << 30),
            ("10g", 10 << 30),
            ("1Ki", 1024),
            ("3 mb", 3_000_000),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text:?}");
        }
        for wrong in [
            "",
            "GB",
            "-1",
            "1.5G",
            "1 XB",
            "1gibb",
            "1é",
            "99999999999P",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn sizes_are_printed_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (58_840_000, "58.8 MB"),
            (999_960, "1.0 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }
}
