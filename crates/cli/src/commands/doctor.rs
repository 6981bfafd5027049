//! `linkstead doctor`: a look at the store and its place, and advice.

mod advice;

use std::fmt::Write as _;

use linkstead_store::{
    Abilities, Ability, Concern, Diagnosis, Holder, LockState, Owner, Place, Shelf, StoreState,
    diagnose,
};
use serde::Serialize;

use super::Ending;
use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// What `--json` prints: what was seen, and the sentences for its concerns, in the same order.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    diagnosis: Diagnosis,
    advice: Vec<String>,
}

/// Prints what is seen and what to do.
pub(crate) fn run(session: &Session) -> Result<Ending, Failure> {
    let diagnosis = diagnose(&session.store)?;
    let told = Told {
        advice: diagnosis.concerns.iter().map(advice::sentence).collect(),
        diagnosis,
    };
    session.format.show(&told, text)?;
    Ok(match told.diagnosis.needs_a_person() {
        true => Ending::WithFindings,
        false => Ending::Done,
    })
}

fn text(told: &Told) -> String {
    let seen = &told.diagnosis;
    let mut text = String::new();
    let mut line = |what: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{what:<17}{}", printable(value));
    };
    line("store", &seen.root.display().to_string());
    line("state", state(seen.state));
    if let Some(json) = &seen.store_json {
        line(
            "format",
            &format!("{} version {}", json.format, json.version),
        );
        let features = &json.features;
        let all = [
            &features.compatible,
            &features.read_only,
            &features.incompatible,
        ];
        line("features", &listed(all.into_iter().flatten()));
    }
    if let Some(owner) = &seen.owner {
        line("owner", &of_owner(owner));
    }
    of_place(&seen.place, &mut line);
    if seen.state != StoreState::Absent {
        of_contents(seen, &mut line);
    }
    if !told.advice.is_empty() {
        text.push('\n');
    }
    for (concern, sentence) in seen.concerns.iter().zip(&told.advice) {
        text.push_str(&format!("{}: {}\n", urgency(concern), printable(sentence)));
    }
    text
}

fn urgency(concern: &Concern) -> &'static str {
    match concern.needs_a_person() {
        true => "warning",
        false => "note",
    }
}

fn state(state: StoreState) -> &'static str {
    match state {
        StoreState::Opens => "it opens",
        StoreState::Absent => "there is none yet",
        _ => "it cannot be used",
    }
}

fn of_owner(owner: &Owner) -> String {
    let whose = match owner.owner == owner.user {
        true => "this user".to_owned(),
        false => format!("this is user {}", owner.user),
    };
    format!("user {} ({whose}), mode {:04o}", owner.owner, owner.mode)
}

fn of_place(place: &Place, line: &mut impl FnMut(&str, &str)) {
    line("file system", &place.filesystem);
    let bytes = place.free_bytes.map(|bytes| Size(bytes).to_string());
    let files = place.free_inodes.map(|files| format!("{files} files"));
    let free: Vec<String> = [bytes, files].into_iter().flatten().collect();
    line("  free", &listed(&free));
    let Abilities {
        hard_links,
        reflinks,
        symbolic_links,
        rename_no_replace,
        sync_filesystem,
        sync_directories,
        locks,
        modes,
        mtimes,
        ..
    } = place.abilities;
    for (what, ability) in [
        ("  hard links", hard_links),
        ("  reflinks", reflinks),
        ("  symlinks", symbolic_links),
        ("  renameat2", rename_no_replace),
        ("  syncfs", sync_filesystem),
        ("  directory sync", sync_directories),
        ("  flock", locks),
        ("  keeps modes", modes),
        ("  keeps times", mtimes),
    ] {
        line(what, can(ability));
    }
}

fn can(ability: Ability) -> &'static str {
    match ability {
        Ability::Yes => "yes",
        Ability::No => "no",
        Ability::Untried => "not tried",
    }
}

fn of_contents(seen: &Diagnosis, line: &mut impl FnMut(&str, &str)) {
    let locks: Vec<String> = seen.locks.iter().map(lock).collect();
    match &*locks {
        [] => line("locks", "nobody holds any, as far as the system tells"),
        [first, others @ ..] => {
            line("locks", first);
            for other in others {
                line("", other);
            }
        }
    }
    let leftovers = &seen.leftovers;
    line(
        "stagings",
        &format!(
            "{} under way, {} dead",
            leftovers.stagings, leftovers.dead_stagings
        ),
    );
    line("parked", &shelf(leftovers.parked));
    line("trash", &shelf(leftovers.trash));
    line("quarantine", &shelf(leftovers.quarantine));
}

fn lock(state: &LockState) -> String {
    let mut text = format!("{}, held by {}", state.lock, processes(&state.holders));
    if !state.waiting.is_empty() {
        text.push_str(&format!("; {} waits", processes(&state.waiting)));
    }
    text
}

fn processes(holders: &[Holder]) -> String {
    let named = |holder: &Holder| match &holder.command {
        Some(command) => format!("{command} ({})", holder.process),
        None => holder.process.to_string(),
    };
    let named: Vec<String> = holders.iter().map(named).collect();
    listed(&named)
}

fn shelf(shelf: Shelf) -> String {
    match shelf.entries {
        0 => "empty".into(),
        entries => format!("{}, {}", counted(entries, "item"), Size(shelf.bytes)),
    }
}

fn listed<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    let words: Vec<&str> = words.into_iter().map(String::as_str).collect();
    match words.is_empty() {
        true => "none".into(),
        false => words.join(", "),
    }
}
