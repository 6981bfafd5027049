//! One worker of a crowd: what it is told, what it does, and what it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::deed::{Deed, Manner};
use crate::dice::Dice;
use crate::sample::Sample;

/// What a worker of a crowd does: random deeds on its own name and on those that all want, until it is killed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Crowded {
    /// The store.
    pub root: PathBuf,
    /// Which worker; also the number of its own name.
    pub worker: u8,
    /// Of its choices.
    pub seed: u64,
}

/// What a worker of a crowd says, one line each.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Said {
    /// A deed on its own name begins.
    Begins(Deed),
    /// It has returned without an error.
    Acknowledged(Deed),
    /// Another deed has returned.
    Returned,
    /// A promise is broken.
    Objects(String),
}

impl Crowded {
    /// A command that starts this worker.
    ///
    /// # Panics
    /// The path of the store is not UTF-8.
    #[must_use]
    pub fn command(&self, driver: &Path) -> Command {
        let mut command = Command::new(driver);
        command
            .arg("crowd")
            .arg(serde_json::to_string(self).expect("plain"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }

    /// The bundles that every worker installs and removes.
    #[must_use]
    pub fn wanted_by_all() -> Vec<Sample> {
        vec![Sample::new(8, 1), Sample::new(8, 2), Sample::new(9, 1)]
    }

    /// What this worker is like.
    #[must_use]
    pub fn temper(&self) -> Temper {
        match self.worker {
            0..=3 => Temper::Even,
            4..=6 => Temper::Quarrelsome,
            _ => Temper::Tidy,
        }
    }

    /// A random deed, and whether it is about the worker's own name.
    #[must_use]
    pub fn choose(&self, dice: &mut Dice) -> (Deed, Whose) {
        let own = Sample::new(self.worker, 1 + dice.below(2) as u8);
        let common = *dice.pick(&Self::wanted_by_all());
        let contested = Self::wanted_by_all()[0];
        match (self.temper(), dice.below(3)) {
            (Temper::Quarrelsome, 0) => {
                return (Deed::Install(contested, Manner::Linked), Whose::Common);
            }
            (Temper::Quarrelsome, 1) => return (Deed::Remove(contested), Whose::Common),
            (Temper::Tidy, 0..=1) => return (Deed::Gc, Whose::Common),
            _ => {}
        }
        match dice.below(15) {
            0..=2 => (Deed::Install(own, Manner::Linked), Whose::Own),
            3 => (Deed::Remove(own), Whose::Own),
            4..=5 => (Deed::Install(common, Manner::Linked), Whose::Common),
            6 => (Deed::Remove(common), Whose::Common),
            7 => (
                Deed::Install(common, Manner::WholeFilesystem),
                Whose::Common,
            ),
            8 => (Deed::Verify, Whose::Common),
            9 => (Deed::Use(own), Whose::Own),
            10 => (Deed::Pin(own), Whose::Own),
            11 => (Deed::Unpin(own), Whose::Own),
            // All to one path.
            12..=13 => (Deed::CheckOut(common), Whose::Common),
            _ => (Deed::Gc, Whose::Common),
        }
    }
}

/// What a worker does most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    /// Some of everything.
    Even,
    /// Installs and removes what others install and remove.
    Quarrelsome,
    /// Collects.
    Tidy,
}

/// Whose names a deed is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The worker's alone.
    Own,
    /// Everybody's.
    Common,
}
