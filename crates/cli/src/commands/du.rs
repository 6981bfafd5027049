//! `linkstead du`: what each bundle takes and what sharing saves.

use linkstead_store::{OpenMode, Usage};

use crate::failure::Failure;
use crate::session::Session;
use crate::size::Size;
use crate::table::{Column, Table, printable};

/// Prints the sizes of all bundles and of the store.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let usage = store.usage()?;
    drop(observer);
    session.format.show(&usage, table)
}

fn table(usage: &Usage) -> String {
    let mut table = Table::new([
        ("NAME", Column::Text),
        ("VERSION", Column::Text),
        ("TOTAL", Column::Number),
        ("SHARED", Column::Number),
        ("UNIQUE", Column::Number),
    ]);
    for bundle in &usage.bundles {
        table.row([
            printable(bundle.name.as_str()),
            printable(bundle.version.as_str()),
            Size(bundle.total).to_string(),
            Size(bundle.shared).to_string(),
            Size(bundle.unique).to_string(),
        ]);
    }
    let bundles = match &*usage.bundles {
        [] => String::new(),
        _ => table.render() + "\n",
    };
    format!(
        "{bundles}logical   {}\nphysical  {}\nsaved     {}\n",
        Size(usage.store.logical),
        Size(usage.store.physical),
        Size(usage.store.saved)
    )
}
