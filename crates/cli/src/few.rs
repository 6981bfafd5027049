//! The first few of many paths, one a line. `--json` has all of them.

use crate::table::printable;

/// At most `most` of them, and how many more there are.
pub(crate) fn lines(paths: &[String], most: usize, indent: &str) -> String {
    let shown = paths.iter().take(most);
    let mut text: String = shown
        .map(|path| format!("{indent}{}\n", printable(path)))
        .collect();
    match paths.len().saturating_sub(most) {
        0 => {}
        more => text.push_str(&format!("{indent}and {more} more\n")),
    }
    text
}
