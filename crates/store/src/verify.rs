//! `verify`: re-hashes all objects and trees, and checks every receipt, ref, pin, checkout, record and published directory.
//!
//! Takes no lock but the manifest's, for as long as its records are read. What an install or a remove changes meanwhile is
//! looked at again before it counts as damage. Whatever cannot be read is a finding, and the rest is checked all the same.

mod bundles;
mod finding;
mod objects;
mod records;
mod roots;
mod shelves;
mod strays;
mod trees;

use serde::Serialize;

use crate::error::Result;
use crate::observe::Observer;
use crate::options::VerifyOptions;
use crate::store::Store;

pub use finding::{Defect, Finding, Harm};

/// What verify found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Objects that were hashed.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bundles that were checked.
    pub bundles: u64,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// Files in published directories that are not of their bundles: no damage.
    pub extra: Vec<Extra>,
}

/// Extra files of one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Extra {
    /// `name@version`.
    pub bundle: String,
    /// Paths relative to the bundle's directory.
    pub paths: Vec<String>,
}

impl Store {
    /// Checks everything that the store holds.
    ///
    /// # Errors
    /// The store cannot be read, or the operation was cancelled. Damage is no error: it is in the report.
    pub fn verify(&self, options: &VerifyOptions, observer: &dyn Observer) -> Result<VerifyReport> {
        let mut report = VerifyReport::default();
        let hashed = objects::verify(self, options, observer, &mut report)?;
        let checked = bundles::verify(self, options, observer, &hashed, &mut report)?;
        records::verify(self, options, observer, &checked.bundles, &mut report)?;
        trees::verify(self, options, &checked.trees, &mut report)?;
        roots::verify(self, &mut report)?;
        strays::verify(self, &mut report)?;
        Ok(report)
    }
}
