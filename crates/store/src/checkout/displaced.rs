//! Step 11: what a checkout displaced is deleted, unless somebody holds it.

use std::path::{Path, PathBuf};

use linkstead_format::CheckoutState;
use linkstead_fs::dir;
use linkstead_fs::stat::{self, FileKind};
use serde::Serialize;

use super::records::{self, Recorded};
use super::target::Target;
use crate::error::Result;
use crate::locks;
use crate::observe::{Event, Notice, Observer};
use crate::store::Store;

/// A displaced directory that is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Displaced {
    /// Where it lies now.
    pub path: PathBuf,
    /// The processes that hold it, as far as the system tells.
    pub holders: Vec<String>,
    /// Why else it is there.
    pub problem: Option<String>,
}

impl Store {
    /// Deletes what checkouts displaced and nobody holds any more. Needs no lock: nobody goes there by these names.
    pub(crate) fn clear_displaced(&self, observer: &dyn Observer) -> Result<()> {
        self.clear_displaced_by(observer, remove)
    }

    /// The same with the deletion of the caller, who counts what is gone, say.
    pub(crate) fn clear_displaced_by(
        &self,
        observer: &dyn Observer,
        mut delete: impl FnMut(&Path) -> Result<()>,
    ) -> Result<()> {
        for recorded in records::readable(self.root())? {
            if recorded.checkout.state == CheckoutState::Complete {
                for left in clear_by(&recorded, &mut delete) {
                    let Some(problem) = left.problem else {
                        continue;
                    };
                    observer.event(&Event::Notice {
                        notice: Notice::NotDeleted { problem },
                    });
                }
            }
        }
        Ok(())
    }
}

/// The names beside a path at which something lies that was displaced.
pub(super) fn of(recorded: &Recorded) -> Vec<PathBuf> {
    let Some(target) = Target::recorded(&recorded.checkout.path) else {
        return Vec::new();
    };
    let own = [target.fresh(&recorded.id), target.old(&recorded.id)];
    let earlier = recorded.checkout.displaced.iter();
    // A record names what lies beside its path, and nothing else.
    let earlier = earlier.filter(|name| name.starts_with('.') && name.contains(".linkstead-"));
    let earlier = earlier.filter(|name| !name.contains('/'));
    let all = own
        .into_iter()
        .chain(earlier.map(|name| target.parent.join(name)));
    all.filter(|path| matches!(stat::stat(path), Ok(Some(_))))
        .collect()
}

/// Whether somebody holds it, or that cannot be known.
pub(super) fn is_held(path: &Path) -> bool {
    let is_directory = stat::stat(path)
        .is_ok_and(|found| found.is_some_and(|found| found.kind == FileKind::Directory));
    is_directory && !matches!(locks::try_directory(path), Ok(Some(_)))
}

/// Deletes it as far as nobody holds it; what is left.
pub(super) fn clear(recorded: &Recorded) -> Vec<Displaced> {
    clear_by(recorded, &mut remove)
}

fn clear_by(recorded: &Recorded, delete: &mut impl FnMut(&Path) -> Result<()>) -> Vec<Displaced> {
    let mut left = Vec::new();
    for path in of(recorded) {
        match delete_unless_held(&path, delete) {
            Ok(None) => {}
            Ok(Some(holders)) => left.push(Displaced {
                path,
                holders,
                problem: None,
            }),
            Err(error) => left.push(Displaced {
                path,
                holders: Vec::new(),
                problem: Some(error.to_string()),
            }),
        }
    }
    left
}

/// Deletes a directory; who holds it, if somebody does. A part that a power cut brings back is found by the next gc.
fn delete_unless_held(
    path: &Path,
    delete: &mut impl FnMut(&Path) -> Result<()>,
) -> Result<Option<Vec<String>>> {
    let is_dir = stat::stat(path)?.is_some_and(|found| found.kind == FileKind::Directory);
    let lock = match is_dir {
        true => match locks::try_directory(path)? {
            Some(lock) => Some(lock),
            None => return Ok(Some(locks::holders(path))),
        },
        false => None,
    };
    delete(path)?;
    drop(lock);
    Ok(None)
}

fn remove(path: &Path) -> Result<()> {
    dir::remove_tree(path)?;
    Ok(())
}
