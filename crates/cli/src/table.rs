//! Plain tables that fit 80 columns: what is too long is cut with an ellipsis (`--json` has it whole).

use std::fmt::Write as _;

/// The widest a line may be.
const WIDTH: usize = 80;
/// A column is not cut to less than this.
const NARROWEST: usize = 8;
/// What stands between two columns.
pub(crate) const GAP: &str = "  ";

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Text, to the left; cut if the line is too wide.
    Text,
    /// A number, to the right; never cut.
    Number,
}

/// Rows under a heading.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    columns: [Column; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with these headings.
    pub(crate) fn new(headings: [(&str, Column); N]) -> Self {
        Table {
            columns: headings.map(|(_, column)| column),
            rows: vec![headings.map(|(heading, _)| heading.to_owned())],
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    /// The lines; nothing at all where there is no row.
    pub(crate) fn render(&self) -> String {
        if self.rows.len() == 1 {
            return String::new();
        }
        let lines = self.lines(WIDTH);
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// The heading and the rows, within this width as far as text can be cut.
    pub(crate) fn lines(&self, width: usize) -> Vec<String> {
        let widths = self.widths(width);
        let rows = self.rows.iter().map(|row| {
            let mut line = String::new();
            for (index, cell) in row.iter().enumerate() {
                let width = widths[index];
                let gap = if index == 0 { "" } else { GAP };
                let cell = cut(cell, width);
                // Writing to a string cannot fail.
                let _ = match self.columns[index] {
                    Column::Text => write!(line, "{gap}{cell:<width$}"),
                    Column::Number => write!(line, "{gap}{cell:>width$}"),
                };
            }
            line.truncate(line.trim_end().len());
            line
        });
        rows.collect()
    }

    fn widths(&self, most: usize) -> [usize; N] {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        while widths.iter().sum::<usize>() + GAP.len() * N.saturating_sub(1) > most {
            let widest = (0..N)
                .filter(|index| self.columns[*index] == Column::Text && widths[*index] > NARROWEST)
                .max_by_key(|index| widths[*index]);
            match widest {
                Some(index) => widths[index] -= 1,
                None => break,
            }
        }
        widths
    }
}

fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    let mut short: String = cell.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Cut in the middle: of a path, both ends say something.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let tail = kept.div_ceil(2);
    let head: String = text.chars().take(kept - tail).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    format!("{head}…{tail}")
}

/// Text from a file name as it may be shown: nothing in it moves a cursor or hides a letter.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '"' | '\'' | '\\' => vec![c],
            _ => c.escape_debug().collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_80_columns() {
        let mut table = Table::new([
            ("NAME", Column::Text),
            ("VERSION", Column::Text),
            ("SIZE", Column::Number),
        ]);
        table.row(["a".into(), "1".into(), "5 B".into()]);
        table.row(["ä".repeat(255), "9".repeat(255), "58.8 MB".into()]);
        let text = table.render();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(text.lines().next().unwrap().starts_with("NAME"));
        assert!(text.contains('…') && text.contains("58.8 MB"));
    }

    #[test]
    fn a_table_without_rows_has_no_heading() {
        assert_eq!(Table::new([("NAME", Column::Text)]).render(), "");
    }

    #[test]
    fn both_ends_of_a_long_text_stay() {
        assert_eq!(shortened("abcdefg", 7), "abcdefg");
        assert_eq!(shortened("äbcdefgh", 7), "äbc…fgh");
        assert_eq!(shortened("abcdefgh", 4), "a…gh");
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(printable("a\x1b[2J'é\u{202e}"), "a\\u{1b}[2J'é\\u{202e}");
    }
}
