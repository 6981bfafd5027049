//! `linkstead leases`: which bundles are held, and by which processes.

use linkstead_store::{Leased, OpenMode, Silent};

use crate::failure::Failure;
use crate::session::Session;
use crate::table::{Column, Table, printable};

/// Prints all leased bundles.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let store = session.open(OpenMode::ReadOnly, &Silent)?;
    let leased = store.leases()?;
    if leased.is_empty() {
        session.report("nothing is held\n");
    }
    session.format.show(&leased, |leased| table(leased))
}

fn table(leased: &[Leased]) -> String {
    let mut table = Table::new([
        ("NAME", Column::Text),
        ("VERSION", Column::Text),
        ("", Column::Text),
        ("PROCESS", Column::Number),
        ("COMMAND", Column::Text),
    ]);
    for bundle in leased {
        let mut row = |process: String, command: &str| {
            table.row([
                printable(bundle.name.as_str()),
                printable(bundle.version.as_str()),
                if bundle.named { "" } else { "no longer named" }.into(),
                process,
                printable(command),
            ]);
        };
        for holder in &bundle.holders {
            row(
                holder.process.to_string(),
                holder.command.as_deref().unwrap_or("?"),
            );
        }
        if bundle.holders.is_empty() {
            row("?".into(), "?");
        }
    }
    table.render()
}
