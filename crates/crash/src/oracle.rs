//! Judges a store against a ledger, first as it lies there, then through its recovery, a second install and a gc.
//!
//! | module | what it holds the store to |
//! |---|---|
//! | `lying` | before anything is recovered: every acknowledged bundle is present and byte-exact, every visible one whole, I2 to I4 |
//! | `checkouts` | the directory outside the store: old or new, whole, and nothing beside it |
//! | `live` | the same of what one process may know while others work |
//! | `healing` | the store and its manifest open, verify finds nothing, another install succeeds, a second heal changes nothing |
//! | `leaks` | after a gc nothing lies there that no bundle needs, and nothing is gone that one needs |
//! | `sharing` | what was installed undisturbed is on disk once |
//! | `shelves` | what lies where in a store |

mod checkouts;
mod healing;
mod leaks;
mod live;
mod lying;
mod sharing;
mod shelves;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use linkstead_store::format::BundleRef;
use linkstead_store::{OpenMode, OpenOptions, Store};

use crate::checking_out;
use crate::ledger::Ledger;
use crate::sample::Sample;

pub use leaks::tidy;
pub use live::{checkout_is_whole, own_name, visible_are_whole};
pub use lying::as_it_lies;
pub use sharing::thrifty;

/// The bundle that every judged store must still be able to install.
pub const PROBE: Sample = Sample::new(11, 1);

/// A promise that was broken.
#[derive(Debug, Clone)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<linkstead_store::Error> for Violation {
    fn from(error: linkstead_store::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(source) = cause {
            text = format!("{text}: {source}");
            cause = source.source();
        }
        Violation(text)
    }
}

type Judged = Result<(), Violation>;

fn broken(what: impl Into<String>) -> Judged {
    Err(Violation(what.into()))
}

/// How much of the judgement is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    Full,
    /// What it takes to see that something is lost: up to the verify after recovery.
    UntilVerified,
}

/// Judges the store at `root`. It is recovered, installed into and collected on the way.
///
/// # Errors
/// The first promise that is broken.
pub fn judge(root: &Path, ledger: &Ledger, depth: Depth) -> Judged {
    checking_out::bring_home(root);
    during("as it lies there", || as_it_lies(root, ledger))?;
    during("after recovery", || healing::recovered(root, ledger))?;
    if depth == Depth::Full {
        during("after another install", || {
            healing::reinstalled(root, ledger)
        })?;
        let visible = shelves::visible(root)?;
        during("after gc", || leaks::collected(root, &visible, ledger))?;
        during("after a second heal", || healing::healed_again(root))?;
    }
    Ok(())
}

fn during(when: &str, check: impl FnOnce() -> Judged) -> Judged {
    // A database that panics over its own file is a broken promise too, and must not end the run.
    let checked = panic::catch_unwind(AssertUnwindSafe(check));
    checked
        .unwrap_or_else(|_| broken("a panic"))
        .map_err(|Violation(what)| Violation(format!("{when}: {what}")))
}

/// The store as a reader opens it; `None` where there is none, and none is promised.
fn open_to_read(root: &Path, ledger: &Ledger) -> Result<Option<Store>, Violation> {
    match Store::open(root, &OpenOptions::new(OpenMode::ReadOnly)) {
        Ok(store) => Ok(Some(store)),
        Err(_) if !ledger.is_made() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Every acknowledged pin of these samples is there, none is there that cannot be, and each names a directory that is there.
fn pins_hold(store: &Store, ledger: &Ledger, about: impl Fn(Sample) -> bool) -> Judged {
    let mut seen = BTreeSet::new();
    for pin in store.pins()? {
        let label = format!("{}@{}", pin.name, pin.version);
        let Ok(sample) = label.parse::<Sample>() else {
            return broken(format!("{label} is pinned and was never installed"));
        };
        if !about(sample) {
            continue;
        }
        if !ledger.may_pin(sample) {
            return broken(format!("{sample} is pinned after its pin was taken back"));
        }
        if !pin.directory.is_dir() {
            return broken(format!("a pin names {sample}, which is gone"));
        }
        seen.insert(sample);
    }
    match ledger
        .pinned()
        .find(|sample| about(*sample) && !seen.contains(sample))
    {
        Some(lost) => broken(format!("the pin of {lost} was acknowledged and is lost")),
        None => Ok(()),
    }
}

fn resolve(store: &Store, name: &str) -> Result<Option<Sample>, Violation> {
    let wanted = BundleRef::parse(name).expect("a plain name");
    match store.resolve(&wanted) {
        Ok(found) => Ok(format!("{}@{}", found.name, found.version).parse().ok()),
        Err(
            linkstead_store::Error::NotInstalled { .. } | linkstead_store::Error::NoCurrent { .. },
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
