//! The largest files, and who uses them.

use std::iter::repeat;

use linkstead_store::{ObjectUsage, ObjectUser, Store};

use super::named;
use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::{GAP, printable, shortened};

/// How many of those who use a file are named.
const NAMED: usize = 3;

/// Columns of a size.
const SIZE: usize = 8;

/// Prints the largest objects, each with those that have it.
pub(super) fn run(store: &Store, top: usize, session: &Session) -> Result<(), Failure> {
    let largest = store.largest_objects(top)?;
    if largest.is_empty() {
        session.report("no file has any bytes\n");
    }
    session.format.show(&largest, |largest| {
        largest
            .iter()
            .map(|object| lines(object, session.screen.width))
            .collect()
    })
}

/// The size once, and a line for each of those who have it.
fn lines(object: &ObjectUsage, width: usize) -> String {
    let room = width.saturating_sub(SIZE + GAP.len());
    let mut users: Vec<String> = object.users.iter().take(NAMED).map(user).collect();
    match object.users.len().saturating_sub(NAMED) {
        0 => {}
        more => users.push(format!("and {} more", counted(more as u64, "bundle"))),
    }
    let sizes = std::iter::once(Size(object.bytes).to_string()).chain(repeat(String::new()));
    let lines = sizes.zip(users).map(|(size, user)| {
        let user = shortened(&user, room);
        format!("{size:>SIZE$}{GAP}{user}\n")
    });
    lines.collect()
}

/// A bundle, and where in it.
fn user(user: &ObjectUser) -> String {
    let path = user.paths.first().map(ToString::to_string);
    let path = path.unwrap_or_default();
    let more = match user.paths.len() {
        0 | 1 => String::new(),
        several => format!(" and {} more", several - 1),
    };
    format!("{}: {}{more}", named(&user.bundle), printable(&path))
}
