//! `linkstead diff`: what changed from one bundle to another.

use std::fmt::Write as _;

use linkstead_store::format::BundleRef;
use linkstead_store::{Changed, Diff, OpenMode, Silent};

use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// Prints the difference.
pub(crate) fn run(from: &BundleRef, to: &BundleRef, session: &Session) -> Result<(), Failure> {
    let store = session.open(OpenMode::ReadOnly, &Silent)?;
    let diff = store.diff(from, to)?;
    session.format.show(&diff, lines)
}

fn lines(diff: &Diff) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for entry in &diff.added {
        let _ = writeln!(text, "+ {} ({})", printable(&entry.path), Size(entry.bytes));
    }
    for entry in &diff.removed {
        let _ = writeln!(text, "- {} ({})", printable(&entry.path), Size(entry.bytes));
    }
    for change in &diff.changed {
        let what = match change.what {
            Changed::Content => format!("{} -> {}", Size(change.before), Size(change.after)),
            Changed::ContentAndMode => format!(
                "{} -> {}, and whether it may be executed",
                Size(change.before),
                Size(change.after)
            ),
            Changed::Mode => "only whether it may be executed".into(),
            Changed::Target => "where it leads".into(),
            _ => "file or link".into(),
        };
        let _ = writeln!(text, "~ {} ({what})", printable(&change.path));
    }
    let sum = |bytes: u64| Size(bytes).to_string();
    let _ = writeln!(
        text,
        "added {}, {}; removed {}, {}\nchanged {}, {} -> {}; the same {}, {}",
        counted(diff.added.len() as u64, "file"),
        sum(diff.added.iter().map(|entry| entry.bytes).sum()),
        counted(diff.removed.len() as u64, "file"),
        sum(diff.removed.iter().map(|entry| entry.bytes).sum()),
        counted(diff.changed.len() as u64, "file"),
        sum(diff.changed.iter().map(|change| change.before).sum()),
        sum(diff.changed.iter().map(|change| change.after).sum()),
        counted(diff.same as u64, "file"),
        sum(diff.same_bytes),
    );
    text
}
