//! Checking that pins and checkouts can be read: one that cannot stops every gc (I5).

use linkstead_format::{Checkout, FormatError, Pin, paths};
use linkstead_fs::file;

use super::VerifyReport;
use super::finding::{Defect, Finding};
use super::listing::list_directory;
use crate::error::Result;
use crate::store::{SMALL_FILE, Store};
use crate::unreadable;

pub(super) fn verify(store: &Store, report: &mut VerifyReport) -> Result<()> {
    let pin = |bytes: &[u8]| Pin::decode(bytes).map(drop);
    small_files(store, paths::PINS, pin, report, |problem| {
        Defect::UnreadablePin { problem }
    })?;
    let checkout = |bytes: &[u8]| Checkout::decode(bytes).map(drop);
    small_files(store, paths::CHECKOUTS, checkout, report, |problem| {
        Defect::UnreadableCheckout { problem }
    })
}

fn small_files(
    store: &Store,
    directory: &str,
    decode: impl Fn(&[u8]) -> std::result::Result<(), FormatError>,
    report: &mut VerifyReport,
    defect: impl Fn(String) -> Defect,
) -> Result<()> {
    let base = store.path(directory);
    for entry in list_directory(&base, &mut report.findings)? {
        let path = base.join(entry.name);
        let problem = match file::read(&path, SMALL_FILE) {
            // Taken back since it was listed.
            Ok(None) => None,
            Ok(Some(bytes)) => decode(&bytes).err().map(|error| error.to_string()),
            Err(error) => Some(unreadable::problem_of(error.into())?),
        };
        if let Some(problem) = problem {
            report.findings.push(Finding::new(defect(problem), path));
        }
    }
    Ok(())
}
