//! `linkstead remove`: takes a bundle out of sight; gc takes back its space.

use linkstead_store::{Holder, OpenMode, RemoveOptions, Removed, RemovedState};

use crate::args::RemoveArgs;
use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// Removes a bundle and says so.
pub(crate) fn run(args: &RemoveArgs, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = RemoveOptions {
        control: session.control.clone(),
        extra_files: args.extra.policy(),
        held: args.held(),
    };
    let removed = store.remove(&args.bundle, &options, &*observer)?;
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
    if let RemovedState::WhenIdle { holders } = &removed.state {
        text.push_str(&format!(
            "its directory stays while it is held{}\n",
            held_by(holders)
        ));
    }
    text.push_str(&extra_files(removed));
    if let Some(bytes) = removed.frees {
        let when = match removed.state {
            RemovedState::WhenIdle { .. } => " after that",
            _ => "",
        };
        text.push_str(&format!("gc frees {} for it{when}\n", Size(bytes)));
    }
    text
}

fn held_by(holders: &[Holder]) -> String {
    let holders: Vec<String> = holders.iter().map(holder).collect();
    match &*holders {
        [] => String::new(),
        some => format!(" by {}", some.join(", ")),
    }
}

/// A process, such as `python3 (process 4711)`.
pub(super) fn holder(holder: &Holder) -> String {
    match &holder.command {
        Some(command) => format!("{} (process {})", printable(command), holder.process),
        None => format!("process {}", holder.process),
    }
}

fn extra_files(removed: &Removed) -> String {
    if let Some(damage) = &removed.damage {
        let damage = printable(damage);
        return format!("nobody can tell which files in its directory are extra: {damage}\n");
    }
    if removed.extra_files.is_empty() {
        return String::new();
    }
    let what = match removed.state {
        RemovedState::WhenIdle { .. } => {
            "in its directory, which keep it also after that, but for gc --discard-extra"
        }
        _ => "in its directory, parked until gc",
    };
    let count = counted(removed.extra_files.len() as u64, "extra file");
    let mut text = format!("{count} {what}:\n");
    for path in &removed.extra_files {
        text.push_str(&format!("  {}\n", printable(path)));
    }
    text
}
