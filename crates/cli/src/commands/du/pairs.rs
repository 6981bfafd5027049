//! Which bundles share how much.

use linkstead_store::{SharingPair, Store};

use super::named;
use crate::failure::Failure;
use crate::session::Session;
use crate::size::Size;
use crate::table::{Column, Table};

/// Prints the pairs that share the most.
pub(super) fn run(store: &Store, top: usize, session: &Session) -> Result<(), Failure> {
    let mut pairs = store.sharing_pairs()?;
    let all = pairs.len();
    if all == 0 {
        session.report("no two bundles share anything\n");
    }
    pairs.truncate(top);
    session.format.show(&pairs, |pairs| table(pairs))?;
    if all > top {
        session.report(&format!("and {} pairs more: --top {all}\n", all - top));
    }
    Ok(())
}

fn table(pairs: &[SharingPair]) -> String {
    let mut table = Table::new([
        ("BUNDLE", Column::Text),
        ("AND", Column::Text),
        ("FILES", Column::Number),
        ("SHARED", Column::Number),
    ]);
    for pair in pairs {
        table.row([
            named(&pair.one),
            named(&pair.other),
            pair.shared.files.to_string(),
            Size(pair.shared.bytes).to_string(),
        ]);
    }
    table.render()
}
