//! `linkstead pin`: keeps a version, or lists what is kept.

use linkstead_store::format::PinLabel;
use linkstead_store::{OpenMode, PinOptions, Pinned, Silent};

use crate::args::{IdentityArg, PinArgs};
use crate::failure::Failure;
use crate::session::Session;
use crate::table::{Column, Table, printable};

/// Pins the version that is named; lists the pins if none is.
pub(crate) fn run(args: &PinArgs, session: &Session) -> Result<(), Failure> {
    match &args.version {
        Some(version) => pin(version, args.label.clone(), session),
        None => list(session),
    }
}

fn pin(version: &IdentityArg, label: Option<PinLabel>, session: &Session) -> Result<(), Failure> {
    let label = match label {
        Some(label) => label,
        None => PinLabel::of_bundle(&version.name, &version.version)
            .map_err(|error| Failure::Usage(format!("{error}; give one with --as")))?,
    };
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = PinOptions {
        control: session.control.clone(),
    };
    let pinned = store.pin(
        &label,
        &version.name,
        &version.version,
        &options,
        &*observer,
    )?;
    drop(observer);
    session.format.show(&pinned, |pinned| {
        format!(
            "pinned {} {} as {}\n",
            printable(pinned.name.as_str()),
            printable(pinned.version.as_str()),
            printable(pinned.label.as_str())
        )
    })
}

fn list(session: &Session) -> Result<(), Failure> {
    let store = session.open(OpenMode::ReadOnly, &Silent)?;
    let pins = store.pins()?;
    if pins.is_empty() {
        session.report("nothing is pinned\n");
    }
    session.format.show(&pins, |pins| table(pins))
}

fn table(pins: &[Pinned]) -> String {
    let mut table = Table::new([
        ("LABEL", Column::Text),
        ("NAME", Column::Text),
        ("VERSION", Column::Text),
        ("", Column::Text),
        ("DIRECTORY", Column::Text),
    ]);
    for pin in pins {
        let directory = pin.directory.file_name().unwrap_or_default();
        table.row([
            printable(pin.label.as_str()),
            printable(pin.name.as_str()),
            printable(pin.version.as_str()),
            if pin.named { "" } else { "no longer named" }.into(),
            directory.to_string_lossy().into_owned(),
        ]);
    }
    table.render()
}
