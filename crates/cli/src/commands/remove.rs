//! `linkstead remove`: takes a bundle out of sight; gc takes back its space.

use linkstead_store::format::BundleRef;
use linkstead_store::{OpenMode, RemoveOptions, Removed};

use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::table::printable;

/// Removes a bundle and says so.
pub(crate) fn run(wanted: &BundleRef, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = RemoveOptions {
        control: session.control.clone(),
    };
    let removed = store.remove(wanted, &options, &*observer)?;
    drop(observer);
    session.format.show(&removed, lines)
}

fn lines(removed: &Removed) -> String {
    let name = printable(removed.name.as_str());
    let mut text = format!("removed {name} {}\n", printable(removed.version.as_str()));
    if let Some(version) = &removed.now_current {
        text.push_str(&format!(
            "{name} now means {name}@{}\n",
            printable(version.as_str())
        ));
    }
    if !removed.extra_files.is_empty() {
        let count = counted(removed.extra_files.len() as u64, "extra file");
        text.push_str(&format!("{count} in its directory, parked until gc:\n"));
        for path in &removed.extra_files {
            text.push_str(&format!("  {}\n", printable(path)));
        }
    }
    text
}
