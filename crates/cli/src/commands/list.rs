//! `linkstead list`: what is installed.

use linkstead_store::{Listed, OpenMode};

use crate::failure::Failure;
use crate::session::Session;
use crate::size::Size;
use crate::table::{Column, Table, printable};

/// Prints all installed bundles.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let bundles = store.list()?;
    drop(observer);
    if bundles.is_empty() {
        session.report("nothing is installed\n");
    }
    for bundle in &bundles {
        if let Some(problem) = &bundle.problem {
            session.report(&format!(
                "warning: {}@{}: {problem}\n",
                bundle.name, bundle.version
            ));
        }
    }
    session.format.show(&bundles, |bundles| table(bundles))
}

fn table(bundles: &[Listed]) -> String {
    let mut table = Table::new([
        ("NAME", Column::Text),
        ("VERSION", Column::Text),
        ("", Column::Text),
        ("FILES", Column::Number),
        ("SIZE", Column::Number),
        ("INSTALLED", Column::Text),
    ]);
    for bundle in bundles {
        table.row([
            printable(bundle.name.as_str()),
            printable(bundle.version.as_str()),
            marks(bundle).into(),
            bundle.files.to_string(),
            Size(bundle.bytes).to_string(),
            to_the_minute(&bundle.installed),
        ]);
    }
    table.render()
}

fn marks(bundle: &Listed) -> &'static str {
    match (bundle.current, bundle.pins.is_empty()) {
        (true, true) => "*",
        (true, false) => "* pinned",
        (false, true) => "",
        (false, false) => "pinned",
    }
}

/// `2026-11-23T21:43:05Z` as `2026-11-23 21:43`; anything else stays.
fn to_the_minute(time: &str) -> String {
    match time.get(..16) {
        Some(minute) => minute.replace('T', " "),
        None => printable(time),
    }
}
