//! A bar of unique and shared bytes, as long as its bundle is large.

use crate::screen::{Screen, Signs};

/// Draws bars that can be compared: the largest takes the whole width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bars {
    screen: Screen,
    width: usize,
    largest: u64,
}

impl Bars {
    /// What the signs mean; no bar is drawn in less than its width.
    pub(crate) fn legend(screen: Screen) -> String {
        let (unique, shared) = signs(screen.signs);
        format!("{unique} unique  {shared} shared")
    }

    pub(crate) fn new(screen: Screen, width: usize, largest: u64) -> Self {
        Bars {
            screen,
            width,
            largest,
        }
    }

    /// The bar of one bundle. Whatever has bytes at all has a sign.
    pub(crate) fn draw(&self, unique: u64, shared: u64) -> String {
        let total = unique + shared;
        let length = share(total, self.largest, self.width).max(usize::from(total > 0));
        let first = share(unique, total, length);
        let (unique_sign, shared_sign) = signs(self.screen.signs);
        let paint = self.screen.paint;
        format!(
            "{}{}",
            paint.unique(&unique_sign.to_string().repeat(first)),
            paint.shared(&shared_sign.to_string().repeat(length - first))
        )
    }
}

fn signs(signs: Signs) -> (char, char) {
    match signs {
        Signs::Unicode => ('█', '░'),
        Signs::Ascii => ('#', '-'),
    }
}

/// How many of `width` signs stand for `part` of `whole`, rounded.
fn share(part: u64, whole: u64, width: usize) -> usize {
    let (part, whole) = (u128::from(part), u128::from(whole.max(1)));
    let signs = (part * width as u128 + whole / 2) / whole;
    usize::try_from(signs).map_or(width, |signs| signs.min(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::Paint;

    fn bars(signs: Signs, paint: Paint) -> Bars {
        let screen = Screen {
            width: 80,
            signs,
            paint,
        };
        Bars::new(screen, 10, 1000)
    }

    // Seen to fail when the total has no sign of its own, and when the width is not the limit.
    #[test]
    fn a_bar_is_as_long_as_its_bundle_is_large() {
        let bars = bars(Signs::Ascii, Paint::Plain);
        for (unique, shared, drawn) in [
            (1000, 0, "##########"),
            (0, 1000, "----------"),
            (300, 200, "###--"),
            (0, 0, ""),
            (1, 0, "#"),
            (0, 1, "-"),
            (1, 999, "----------"),
            (u64::MAX / 2, u64::MAX / 2, "#####-----"),
        ] {
            assert_eq!(bars.draw(unique, shared), drawn, "{unique} and {shared}");
        }
    }

    #[test]
    fn blocks_and_colors_are_for_those_who_see_them() {
        assert_eq!(bars(Signs::Unicode, Paint::Plain).draw(300, 200), "███░░");
        let colored = bars(Signs::Ascii, Paint::Colored).draw(300, 0);
        assert_eq!(colored, "\u{1b}[36m###\u{1b}[0m");
    }
}
