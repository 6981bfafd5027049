//! Pins: bundles that a person wants kept, each under a label of its own (store-format.md, sections 10 and 14).
//!
//! A label is taken by a rename that replaces nothing, because two names have two locks. Whoever holds the lock of the name
//! that a pin is about may rewrite or delete it.

use std::path::{Path, PathBuf};

use linkstead_format::{
    BundleKey, BundleName, BundleRef, FormatError, Pin, PinLabel, Ref, Version, paths,
};
use linkstead_fs::rename::RenameOutcome;
use linkstead_fs::{dir, file};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::observe::Observer;
use crate::options::PinOptions;
use crate::refs::{self, Resolved};
use crate::staging::{self, Staging};
use crate::store::{SMALL_FILE, Store};

/// A bundle that a pin keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pinned {
    /// What the pin is called.
    pub label: PinLabel,
    /// The bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its directory, absolute. Another one may have taken its place under the version: the pin keeps the one that it names.
    pub directory: PathBuf,
    /// Whether its version still means this directory; else it goes with the first gc after the pin.
    pub named: bool,
}

/// A pin that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Unpinned {
    /// It kept this.
    Pin(Pinned),
    /// What it kept cannot be said.
    Damaged {
        /// What it was called.
        label: PinLabel,
        /// Why it could not be read.
        problem: String,
    },
}

impl Store {
    /// Keeps the directory that an installed version has until the pin is taken back: it is neither removed nor collected. A
    /// version that is published again with other content gets another directory, which this pin does not keep. The same pin
    /// once more is no error.
    ///
    /// # Errors
    /// Not installed; the label is taken by another bundle, or by other content of this one; locks, or a failure of the file
    /// system.
    pub fn pin(
        &self,
        label: &PinLabel,
        name: &BundleName,
        version: &Version,
        options: &PinOptions,
        observer: &dyn Observer,
    ) -> Result<Pinned> {
        self.require_writable()?;
        let locks = self.locks(&options.control, observer);
        let _mark = Staging::mark(self.root())?;
        let _window = locks.window(name)?;
        // A ref that was not durably written must not be relied on.
        refs::sync_name(self.root(), name)?;
        let bundle = self.resolve(&BundleRef {
            name: name.clone(),
            version: Some(version.clone()),
        })?;
        let pin = Pin::new(label.clone(), bundle.name, bundle.version, bundle.directory);
        if claim(self.root(), &pin)? == RenameOutcome::TargetExists {
            match read(self.root(), label)? {
                Some(there) if key(&there) == key(&pin) && there.label == pin.label => {
                    rewrite(self.root(), &there)?;
                }
                // Deleted meanwhile by somebody who holds another name's lock, or another's.
                there => return Err(taken(&pin, there)),
            }
        }
        Ok(self.pinned(pin))
    }

    /// Takes a pin back, a damaged one too. What it kept stays as long as a name means it.
    ///
    /// # Errors
    /// There is no such pin, or one that a newer program made; locks, or a failure of the file system.
    pub fn unpin(
        &self,
        label: &PinLabel,
        options: &PinOptions,
        observer: &dyn Observer,
    ) -> Result<Unpinned> {
        self.require_writable()?;
        let locks = self.locks(&options.control, observer);
        let _mark = Staging::mark(self.root())?;
        loop {
            let before = self.found(label)?;
            let (_window, _everything) = match &before {
                Found::Pin(pin) => (Some(locks.window(&pin.name)?), None),
                // It does not say whose lock guards it, so nobody may have any.
                Found::Damaged { .. } => (None, Some(locks.exclusive()?)),
            };
            // Before the lock it may have been taken back, and the label taken for another name.
            let now = self.found(label)?;
            let unpinned = match (before, now) {
                (Found::Pin(before), Found::Pin(now)) if before.name == now.name => {
                    Unpinned::Pin(self.pinned(now))
                }
                (Found::Damaged { .. }, Found::Damaged { problem }) => Unpinned::Damaged {
                    label: label.clone(),
                    problem,
                },
                _ => continue,
            };
            dir::remove_file(&self.path(paths::pin(label)))?;
            sync_all(self.root())?;
            return Ok(unpinned);
        }
    }

    /// All pins, by label.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn pins(&self) -> Result<Vec<Pinned>> {
        let mut pins: Vec<Pinned> = all(self.root())?
            .into_iter()
            .map(|pin| self.pinned(pin))
            .collect();
        pins.sort_by(|a, b| a.label.cmp(&b.label));
        Ok(pins)
    }

    /// The labels of the pins that keep a bundle's directory. One that cannot be read is passed over: `verify` tells of it, and
    /// whatever would collect.
    ///
    /// # Errors
    /// The pins cannot be listed.
    pub fn pins_of(&self, bundle: &Resolved) -> Result<Vec<PinLabel>> {
        Ok(labels_of(&readable(self.root())?, &bundle.key()))
    }

    fn found(&self, label: &PinLabel) -> Result<Found> {
        match read(self.root(), label) {
            Ok(Some(pin)) if pin.label == *label => Ok(Found::Pin(pin)),
            Err(Error::Unreadable { source, .. }) if !is_newer(&source) => Ok(Found::Damaged {
                problem: source.to_string(),
            }),
            Err(error) => Err(error),
            _ => Err(Error::NotPinned {
                label: label.clone(),
                labels: readable(self.root())?
                    .into_iter()
                    .map(|pin| pin.label)
                    .collect(),
            }),
        }
    }

    fn pinned(&self, pin: Pin) -> Pinned {
        let meant = refs::read(self.root(), &paths::version_ref(&pin.name, &pin.version));
        let named = meant.is_ok_and(|found| {
            let at = found.as_ref().and_then(Ref::bundle);
            at.is_some_and(|at| at == key(&pin))
        });
        Pinned {
            named,
            directory: self.path(paths::published(&pin.name, &pin.version, &pin.directory)),
            label: pin.label,
            name: pin.name,
            version: pin.version,
        }
    }
}

/// What the file of a label turned out to be.
enum Found {
    Pin(Pin),
    Damaged { problem: String },
}

/// Whether a newer program made it, so that it is no damage.
fn is_newer(error: &FormatError) -> bool {
    matches!(error, FormatError::Version { .. })
}

/// The directory that a pin keeps.
pub(crate) fn key(pin: &Pin) -> BundleKey {
    BundleKey {
        name: pin.name.clone(),
        version: pin.version.clone(),
        directory: pin.directory.clone(),
    }
}

/// The labels of those that keep this directory, in order.
pub(crate) fn labels_of(pins: &[Pin], directory: &BundleKey) -> Vec<PinLabel> {
    let keeping = pins.iter().filter(|pin| key(pin) == *directory);
    let mut labels: Vec<PinLabel> = keeping.map(|pin| pin.label.clone()).collect();
    labels.sort();
    labels
}

/// Reads all pins; the first that cannot be read is an error.
pub(crate) fn all(root: &Path) -> Result<Vec<Pin>> {
    let mut pins = Vec::new();
    for file in files(root)? {
        pins.extend(read_at(file)?);
    }
    Ok(pins)
}

/// Reads the pins that can be read.
pub(crate) fn readable(root: &Path) -> Result<Vec<Pin>> {
    let read = files(root)?.into_iter().map(read_at);
    Ok(read.filter_map(Result::ok).flatten().collect())
}

fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let base = root.join(paths::PINS);
    let entries = dir::list_if_present(&base)?.into_iter();
    Ok(entries.map(|entry| base.join(entry.name)).collect())
}

/// Makes the pins durable as they are: a killed process may have deleted one without its sync, and a power cut must not bring
/// it back when what it kept is gone.
pub(crate) fn sync_all(root: &Path) -> Result<()> {
    Ok(dir::sync_dir_if_present(&root.join(paths::PINS))?)
}

fn read(root: &Path, label: &PinLabel) -> Result<Option<Pin>> {
    read_at(root.join(paths::pin(label)))
}

fn read_at(path: PathBuf) -> Result<Option<Pin>> {
    match file::read(&path, SMALL_FILE)? {
        None => Ok(None),
        Some(bytes) => match Pin::decode(&bytes) {
            Ok(pin) => Ok(Some(pin)),
            Err(source) => Err(Error::Unreadable { path, source }),
        },
    }
}

/// Writes a pin under a label that nobody has; durable when it was.
fn claim(root: &Path, pin: &Pin) -> Result<RenameOutcome> {
    let target = root.join(paths::pin(&pin.label));
    let outcome = file::claim_file(&staging::temporary(root), &target, &pin.encode(), 0o644)?;
    if outcome == RenameOutcome::Renamed {
        sync_all(root)?;
    }
    Ok(outcome)
}

/// A fresh durable write of what is there already: a past error of a sync may have been swallowed (I7).
fn rewrite(root: &Path, pin: &Pin) -> Result<()> {
    let target = root.join(paths::pin(&pin.label));
    file::replace_file(&staging::temporary(root), &target, &pin.encode(), 0o644)?;
    Ok(())
}

fn taken(wanted: &Pin, there: Option<Pin>) -> Error {
    Error::LabelTaken {
        label: wanted.label.clone(),
        by: there.map(|pin| {
            let is_same = (&pin.name, &pin.version) == (&wanted.name, &wanted.version);
            let what = if is_same { "other content of " } else { "" };
            format!("{what}{}@{} ({})", pin.name, pin.version, pin.directory)
        }),
    }
}
