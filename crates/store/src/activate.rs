//! `use`: a version becomes what its name alone means, in one atomic step; also the way back (store-format.md, section 14).

use std::path::PathBuf;

use linkstead_format::{BundleName, BundleRef, Ref, Target, Version, paths};
use serde::Serialize;

use crate::error::Result;
use crate::observe::Observer;
use crate::options::ActivateOptions;
use crate::refs;
use crate::staging::Staging;
use crate::store::Store;

/// A version that its name alone means from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Activated {
    /// Its name.
    pub name: BundleName,
    /// The version.
    pub version: Version,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// The version that the name alone meant before, if any; the same one if nothing changed.
    pub before: Option<Version>,
}

impl Store {
    /// Makes an installed version the current one: durably when this returns, and for everybody who resolves the name the old
    /// or the new one at every moment before.
    ///
    /// Whoever runs from the old version keeps it.
    ///
    /// # Errors
    /// Not installed; locks, or a failure of the file system.
    pub fn activate(
        &self,
        name: &BundleName,
        version: &Version,
        options: &ActivateOptions,
        observer: &dyn Observer,
    ) -> Result<Activated> {
        self.require_writable()?;
        let locks = self.locks(&options.control, observer);
        let _mark = Staging::mark(self.root())?;
        let _window = locks.window(name)?;
        // A ref that was not durably written, or not durably deleted, must not be relied on.
        refs::sync_name(self.root(), name)?;
        let resolved = self.resolve(&BundleRef {
            name: name.clone(),
            version: Some(version.clone()),
        })?;
        let file = paths::current_ref(name);
        let before = refs::read(self.root(), &file)?
            .as_ref()
            .and_then(Ref::bundle);
        // Written anew also if it says the same: a past error of a sync may have been swallowed (I7).
        let directory = Target::Directory(resolved.directory.clone());
        let content = Ref::new(name.clone(), version.clone(), directory);
        refs::write(self.root(), &file, &content)?;
        self.touch_use(&resolved);
        Ok(Activated {
            name: resolved.name,
            version: resolved.version,
            directory: resolved.path,
            before: before.map(|at| at.version),
        })
    }
}
