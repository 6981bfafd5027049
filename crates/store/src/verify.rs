//! `verify`: re-hashes all objects and trees, and checks every receipt, ref, pin, checkout, record and published directory; or,
//! quickly, looks at all of them without reading any content.
//!
//! Takes no lock but the manifest's, for as long as its records are read. What an install or a remove changes meanwhile is
//! looked at again before it counts as damage. Whatever cannot be read is a finding, and the rest is checked all the same.

mod bundles;
mod checkouts;
mod copies;
mod finding;
mod harms;
mod hurt;
mod listing;
mod named;
mod objects;
mod orphans;
mod records;
mod remedies;
mod roots;
mod strays;
mod trees;

use serde::Serialize;

use crate::error::Result;
use crate::observe::Observer;
use crate::options::VerifyOptions;
use crate::store::Store;

pub use finding::{Defect, Finding, Remedy};
pub use hurt::{Harm, Hurt, HurtCheckout};

pub(crate) use bundles::Touched;
pub(crate) use copies::Copies;
pub(crate) use named::{all as named, is_still_named};
pub(crate) use objects::Hashed;

/// What verify found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Objects that were looked at.
    pub objects: u64,
    /// Bytes of objects that were hashed.
    pub bytes: u64,
    /// Bytes of objects and of bundles' own files that a quick look did not read.
    pub unread_bytes: u64,
    /// Bundles that were checked.
    pub bundles: u64,
    /// Checkouts that were checked. One that is away, or was deleted, is no damage.
    pub checkouts: u64,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// What an operation that failed left behind, and no name means: no damage. The next gc takes it back, or a repair.
    pub leftovers: Vec<Finding>,
    /// Files that have their right content in an inode of their own, where they could share their object's: no damage, only less
    /// shared.
    pub unshared: Vec<Unshared>,
    /// Files in published directories and checkouts that are not of their bundles: no damage.
    pub extra: Vec<Extra>,
}

/// Extra files of one bundle or checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Extra {
    /// Whose directory they lie in.
    #[serde(flatten)]
    pub of: Hurt,
    /// Paths relative to the directory.
    pub paths: Vec<String>,
}

/// Files of one bundle that a repair shares again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unshared {
    /// `name@version`.
    pub bundle: String,
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Paths relative to the bundle's directory.
    pub paths: Vec<String>,
}

/// A report with what a repair must know besides.
pub(crate) struct Verified {
    pub(crate) report: VerifyReport,
    pub(crate) hashed: Hashed,
    /// The bundles with something to mend or to share.
    pub(crate) touched: Touched,
}

impl Store {
    /// Checks everything that the store holds.
    ///
    /// # Errors
    /// The store cannot be read, or the operation was cancelled. Damage is no error: it is in the report.
    pub fn verify(&self, options: &VerifyOptions, observer: &dyn Observer) -> Result<VerifyReport> {
        Ok(self.verified(options, observer)?.report)
    }

    pub(crate) fn verified(
        &self,
        options: &VerifyOptions,
        observer: &dyn Observer,
    ) -> Result<Verified> {
        let mut report = VerifyReport::default();
        let hashed = objects::verify(self, options, observer, &mut report)?;
        let checked = bundles::verify(self, options, observer, &hashed, &mut report)?;
        records::verify(self, options, observer, &checked.bundles, &mut report)?;
        trees::verify(self, options, &checked.trees, &mut report)?;
        roots::verify(self, &mut report)?;
        checkouts::verify(self, options, observer, &hashed, &mut report)?;
        strays::verify(self, &mut report)?;
        remedies::say(self, &checked.bundles, options.depth, &mut report)?;
        Ok(Verified {
            report,
            hashed,
            touched: checked.touched,
        })
    }
}
