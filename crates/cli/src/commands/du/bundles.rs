//! What each bundle takes, with a bar of what is its own and what is shared.

use linkstead_store::{BundleUsage, Store, Usage};

use crate::bar::Bars;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;
use crate::size::Size;
use crate::table::{Column, GAP, Table, printable};

/// Prints the sizes of all bundles and of the store.
pub(super) fn run(store: &Store, session: &Session) -> Result<(), Failure> {
    let usage = store.usage()?;
    session
        .format
        .show(&usage, |usage| text(usage, session.screen))
}

fn text(usage: &Usage, screen: Screen) -> String {
    let bundles = match &*usage.bundles {
        [] => String::new(),
        bundles => picture(bundles, screen) + "\n",
    };
    format!(
        "{bundles}logical   {}\nphysical  {}\nsaved     {}\n",
        Size(usage.store.logical),
        Size(usage.store.physical),
        Size(usage.store.saved)
    )
}

/// The table, and beside each bundle its bar; the table alone where there is no room for bars.
fn picture(bundles: &[BundleUsage], screen: Screen) -> String {
    let table = table(bundles);
    let legend = Bars::legend(screen);
    let room = legend.chars().count() + GAP.len();
    let lines = table.lines(screen.width.saturating_sub(room));
    let widest = lines.iter().map(|line| line.chars().count()).max();
    let widest = widest.unwrap_or_default();
    if widest + room > screen.width {
        return table.render();
    }
    let largest = bundles.iter().map(|bundle| bundle.total).max();
    let width = screen.width - widest - GAP.len();
    let bars = Bars::new(screen, width, largest.unwrap_or_default());
    let bars = bundles
        .iter()
        .map(|bundle| bars.draw(bundle.unique, bundle.shared));
    let beside = std::iter::once(legend).chain(bars);
    let lines = lines.iter().zip(beside);
    lines
        .map(|(line, bar)| format!("{line:<widest$}{GAP}{bar}").trim_end().to_owned() + "\n")
        .collect()
}

fn table(bundles: &[BundleUsage]) -> Table<5> {
    let mut table = Table::new([
        ("NAME", Column::Text),
        ("VERSION", Column::Text),
        ("TOTAL", Column::Number),
        ("SHARED", Column::Number),
        ("UNIQUE", Column::Number),
    ]);
    for bundle in bundles {
        table.row([
            printable(bundle.name.as_str()),
            printable(bundle.version.as_str()),
            Size(bundle.total).to_string(),
            Size(bundle.shared).to_string(),
            Size(bundle.unique).to_string(),
        ]);
    }
    table
}
