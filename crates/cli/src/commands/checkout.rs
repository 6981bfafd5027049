//! `linkstead checkout`: a bundle's directory at a path outside the store; which there are; forgetting one.

use std::fmt::Write as _;
use std::path::Path;

use linkstead_store::format::BundleRef;
use linkstead_store::{
    CheckedOut, CheckoutOptions, CheckoutOutcome, Displace, Displaced, ErrorKind, ForgetOptions,
    LinkMode, ListedCheckout, Observer, OpenMode, Silent, Standing, Store,
};

use crate::args::CheckoutArgs;
use crate::environment;
use crate::failure::Failure;
use crate::few;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::{Column, Table, printable};

/// Checks out the bundle that is named, forgets, or lists.
pub(crate) fn run(args: &CheckoutArgs, session: &Session) -> Result<(), Failure> {
    match (&args.bundle, &args.directory, &args.forget) {
        (Some(bundle), Some(directory), _) => {
            let observer = session.observer();
            let store = session.open(OpenMode::ReadWrite, &*observer)?;
            let place = Place {
                directory,
                displace: args.displace.displace(),
                link_mode: args.link_mode.into(),
            };
            let done = place.check_out(&store, bundle, session, &*observer)?;
            drop(observer);
            session.report(&report(&done));
            session.format.show_directory(&done, &done.directory)
        }
        (_, _, Some(directory)) => forget(directory, session),
        _ => list(session),
    }
}

/// Where a bundle goes, and how.
pub(crate) struct Place<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) displace: Displace,
    pub(crate) link_mode: LinkMode,
}

impl Place<'_> {
    /// Checks a bundle out to it. The user's home and the directory that we are in must stay.
    pub(crate) fn check_out(
        &self,
        store: &Store,
        bundle: &BundleRef,
        session: &Session,
        observer: &dyn Observer,
    ) -> Result<CheckedOut, Failure> {
        let options = CheckoutOptions {
            control: session.control.clone(),
            link_mode: self.link_mode,
            displace: self.displace,
            protected: environment::directories_in_use(),
        };
        store
            .checkout(bundle, self.directory, &options, observer)
            .map_err(|error| match error.path() {
                Some(path)
                    if error.kind() == ErrorKind::NoSpace && !path.starts_with(store.root()) =>
                {
                    Failure::CheckoutDisk(error)
                }
                _ => error.into(),
            })
    }
}

fn forget(directory: &Path, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = ForgetOptions {
        control: session.control.clone(),
    };
    let forgotten = store.forget_checkout(directory, &options, &*observer)?;
    drop(observer);
    session.format.show(&forgotten, |forgotten| {
        let mut text = format!(
            "forgotten: {}, {} {}\n",
            path(&forgotten.path),
            printable(forgotten.name.as_str()),
            printable(forgotten.version.as_str())
        );
        for left in &forgotten.displaced {
            let _ = writeln!(text, "  still there, and yours to delete: {}", path(left));
        }
        text
    })
}

fn list(session: &Session) -> Result<(), Failure> {
    let store = session.open(OpenMode::ReadOnly, &Silent)?;
    let checkouts = store.checkouts()?;
    if checkouts.is_empty() {
        session.report("nothing is checked out\n");
    }
    session.format.show(&checkouts, |all| table(all))
}

fn table(checkouts: &[ListedCheckout]) -> String {
    if checkouts.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        ("NAME", Column::Text),
        ("VERSION", Column::Text),
        ("", Column::Text),
        ("DIRECTORY", Column::Text),
    ]);
    for checkout in checkouts {
        table.row([
            printable(checkout.name.as_str()),
            printable(checkout.version.as_str()),
            standing(checkout.standing).into(),
            path(&checkout.path),
        ]);
    }
    table.render()
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Here => "",
        Standing::Away => "away",
        Standing::Gone => "gone",
        _ => "unfinished",
    }
}

/// What became of the path, as lines.
pub(crate) fn report(done: &CheckedOut) -> String {
    let how = match done.outcome {
        CheckoutOutcome::AlreadyThere => "already checked out",
        CheckoutOutcome::Replaced | CheckoutOutcome::ReplacedForeign => {
            "checked out, in the place of what was there,"
        }
        _ => "checked out",
    };
    let mut text = format!(
        "{how} {} {}: {} files, {}\n",
        done.name,
        done.version,
        done.files,
        Size(done.bytes)
    );
    // Writing to a string cannot fail.
    if let Some(why) = &done.no_links_because {
        let _ = writeln!(text, "  copies stand in for links: {why}");
    }
    for (what, paths) in [
        ("kept", &done.kept),
        ("deleted with the old one", &done.discarded),
    ] {
        text.push_str(&files(what, paths));
    }
    for left in &done.displaced {
        text.push_str(&displaced(left));
    }
    text
}

fn files(what: &str, paths: &[String]) -> String {
    const SHOWN: usize = 20;
    if paths.is_empty() {
        return String::new();
    }
    let count = counted(paths.len() as u64, "file");
    let files = few::lines(paths, SHOWN, "    ");
    format!("  {what}: {count}\n{files}")
}

fn displaced(left: &Displaced) -> String {
    let held = match (&left.problem, &*left.holders) {
        (Some(problem), _) => format!("cannot be deleted: {problem}"),
        (None, []) => "is in use; gc deletes it later".into(),
        (None, some) => format!("is held by {}; gc deletes it later", some.join(", ")),
    };
    format!("  the old one, {}, {held}\n", left.path.display())
}

fn path(path: &Path) -> String {
    printable(&path.to_string_lossy())
}
