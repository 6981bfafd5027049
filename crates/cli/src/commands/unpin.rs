//! `linkstead unpin`: takes a pin back.

use linkstead_store::format::PinLabel;
use linkstead_store::{OpenMode, PinOptions, Unpinned};

use crate::failure::Failure;
use crate::session::Session;
use crate::table::printable;

/// Deletes the pin and says what it kept.
pub(crate) fn run(label: &PinLabel, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = PinOptions {
        control: session.control.clone(),
    };
    let unpinned = store.unpin(label, &options, &*observer)?;
    drop(observer);
    session.format.show(&unpinned, |unpinned| match unpinned {
        Unpinned::Pin(pinned) => format!(
            "unpinned {} {}, which was kept as {}\n",
            printable(pinned.name.as_str()),
            printable(pinned.version.as_str()),
            printable(pinned.label.as_str())
        ),
        _ => format!(
            "took back {}, which could not be read: what it kept is not known\n",
            printable(label.as_str())
        ),
    })
}
