//! What is installed: refs and receipts, read without a lock and without the database (I6).

use std::path::PathBuf;

use linkstead_format::{BundleName, BundleRef, PinLabel, Receipt, Version};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::pins;
use crate::published;
use crate::refs::{self, Resolved};
use crate::store::Store;

/// One installed bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Whether the name alone means this version.
    pub current: bool,
    /// The labels of the pins that keep it.
    pub pins: Vec<PinLabel>,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// Regular files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When it was installed, RFC 3339 in UTC.
    pub installed: String,
    /// What is wrong with it, if its receipt cannot be read.
    pub problem: Option<String>,
}

impl Store {
    /// All installed bundles, by name and version.
    ///
    /// # Errors
    /// The refs cannot be listed. A bundle whose receipt cannot be read is listed with its problem.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let all = refs::all(self.root())?;
        let pins = pins::readable(self.root())?;
        let mut listed = Vec::new();
        for of_name in all.names.values() {
            let current = of_name.current.as_ref();
            for found in &of_name.versions {
                let Some(at) = found.bundle() else {
                    continue;
                };
                let receipt =
                    published::read_receipt(self.root(), &at.name, &at.version, &at.directory);
                let (receipt, problem) = match receipt {
                    Ok(Some(receipt)) => (Some(receipt), None),
                    Ok(None) => (None, Some("its receipt is missing".to_owned())),
                    Err(error) => (None, Some(error.to_string())),
                };
                listed.push(Listed {
                    current: current.is_some_and(|current| {
                        current.version == at.version && current.directory == found.directory
                    }),
                    pins: pins::labels_of(&pins, &at),
                    directory: self.path(at.published()),
                    name: at.name,
                    version: at.version,
                    files: receipt.as_ref().map_or(0, |receipt| receipt.files),
                    bytes: receipt.as_ref().map_or(0, |receipt| receipt.bytes),
                    installed: receipt.map(|receipt| receipt.installed).unwrap_or_default(),
                    problem,
                });
            }
        }
        Ok(listed)
    }

    /// The receipt of an installed bundle.
    ///
    /// # Errors
    /// The name resolves to nothing, or its receipt is missing or unreadable.
    pub fn receipt(&self, wanted: &BundleRef) -> Result<(Resolved, Receipt)> {
        let resolved = self.resolve(wanted)?;
        let receipt = self.receipt_of(&resolved)?;
        Ok((resolved, receipt))
    }

    pub(crate) fn receipt_of(&self, bundle: &Resolved) -> Result<Receipt> {
        published::read_receipt(
            self.root(),
            &bundle.name,
            &bundle.version,
            &bundle.directory,
        )?
        .ok_or_else(|| Error::Damaged {
            path: bundle.path.clone(),
            problem: "its receipt is missing".into(),
        })
    }
}
